using System.Globalization;
using System.Management.Automation;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Commands;

/// <summary>Takes a time of whole seconds, at least one. PowerShell reads a plain number as ticks, which is what most often is wrong.</summary>
internal sealed class WholeSecondsAttribute : ValidateArgumentsAttribute
{
    /// <inheritdoc/>
    protected override void Validate(object arguments, EngineIntrinsics engineIntrinsics)
    {
        var time = (TimeSpan)(arguments is PSObject wrapped ? wrapped.BaseObject : arguments);
        if (time.Ticks % TimeSpan.TicksPerSecond == 0 && time.TotalSeconds is >= 1 and <= int.MaxValue) return;
        throw new ValidationMetadataException(new UserText(nameof(Messages.NotWholeSeconds), time.ToString("c", CultureInfo.InvariantCulture)).Format(CultureInfo.CurrentUICulture));
    }
}
