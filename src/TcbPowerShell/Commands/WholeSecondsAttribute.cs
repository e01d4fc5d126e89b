using System.Globalization;
using System.Management.Automation;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Commands;

/// <summary>Takes a time of whole seconds, at least one. PowerShell reads a plain number as ticks, which is what most often is wrong.</summary>
internal sealed class WholeSecondsAttribute : ValidateArgumentsAttribute
{
    /// <inheritdoc/>
    protected override void Validate(object? arguments, EngineIntrinsics engineIntrinsics)
    {
        object? value = arguments is PSObject wrapped ? wrapped.BaseObject : arguments;
        if (value is TimeSpan time && time.Ticks % TimeSpan.TicksPerSecond == 0 && time.TotalSeconds is >= 1 and <= int.MaxValue) return;
        string shown = value is null ? "$null" : string.Format(CultureInfo.InvariantCulture, "{0}", value);
        throw new ValidationMetadataException(new UserText(nameof(Messages.NotWholeSeconds), shown).Format(CultureInfo.CurrentUICulture));
    }
}
