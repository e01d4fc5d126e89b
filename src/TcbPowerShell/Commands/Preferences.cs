using System.Management.Automation;

namespace TcbPowerShell.Commands;

/// <summary>What the common parameters, or the preferences behind them, ask for.</summary>
internal static class Preferences
{
    /// <summary>Whether ShouldProcess will refuse all: -WhatIf, given either way, wins over the preference.</summary>
    internal static bool IsDryRun(PSCmdlet cmdlet) =>
        cmdlet.MyInvocation.BoundParameters.TryGetValue("WhatIf", out object? whatIf)
            ? LanguagePrimitives.IsTrue(whatIf)
            : LanguagePrimitives.IsTrue(cmdlet.GetVariableValue("WhatIfPreference"));

    /// <summary>Whether the debug stream is shown.</summary>
    internal static bool IsDebugging(PSCmdlet cmdlet) =>
        cmdlet.MyInvocation.BoundParameters.TryGetValue("Debug", out object? debug)
            ? LanguagePrimitives.IsTrue(debug)
            : cmdlet.GetVariableValue("DebugPreference") is { } preference
                && !string.Equals(preference.ToString(), nameof(ActionPreference.SilentlyContinue), StringComparison.OrdinalIgnoreCase)
                && !string.Equals(preference.ToString(), nameof(ActionPreference.Ignore), StringComparison.OrdinalIgnoreCase);
}
