using System.Management.Automation;

namespace TcbPowerShell.Commands;

/// <summary>Reads an address. The binder would repeat one that is malformed, a password in it included.</summary>
internal sealed class AddressArgumentAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        if (value is Uri or null) return inputData;
        return value is string text && Uri.TryCreate(text, UriKind.RelativeOrAbsolute, out Uri? address)
            ? address
            : throw new ArgumentTransformationMetadataException("This is no address, for example https://api.weixin.qq.com.");
    }
}
