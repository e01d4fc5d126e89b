using System.Globalization;
using System.Management.Automation;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Commands;

/// <summary>Parses an address. The parameter binder would repeat a malformed one in its message, including a password in it.</summary>
internal sealed class AddressArgumentAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        if (value is Uri or null) return inputData;
        return value is string text && Uri.TryCreate(text, UriKind.RelativeOrAbsolute, out Uri? address)
            ? address
            : throw new ArgumentTransformationMetadataException(new UserText(nameof(Messages.AddressInvalid)).Format(CultureInfo.CurrentUICulture));
    }
}
