using System.Management.Automation;

namespace TcbPowerShell.Commands;

/// <summary>Reads the common parameters, or the preference variables behind them.</summary>
internal static class Preferences
{
    /// <summary>Whether ShouldProcess will refuse all: -WhatIf, given either way, wins over the preference.</summary>
    internal static bool IsDryRun(PSCmdlet cmdlet) =>
        Bound(cmdlet, "WhatIf") is { } whatIf
            ? LanguagePrimitives.IsTrue(whatIf)
            : LanguagePrimitives.IsTrue(cmdlet.GetVariableValue("WhatIfPreference"));

    /// <summary>Whether the debug stream is shown.</summary>
    internal static bool IsDebugging(PSCmdlet cmdlet) =>
        Bound(cmdlet, "Debug") is { } debug
            ? LanguagePrimitives.IsTrue(debug)
            : cmdlet.GetVariableValue("DebugPreference") is { } preference
                && !Is(preference, ActionPreference.SilentlyContinue)
                && !Is(preference, ActionPreference.Ignore);

    /// <summary>Whether the first error stops the pipeline.</summary>
    internal static bool StopsAtErrors(PSCmdlet cmdlet) =>
        Is(Bound(cmdlet, "ErrorAction") ?? cmdlet.GetVariableValue("ErrorActionPreference"), ActionPreference.Stop);

    /// <summary>Writes a verbose line.</summary>
    /// <remarks>
    /// With -Debug and without -Verbose, PowerShell asks at each verbose line whether to go on, and without a terminal that ends the run
    /// (MshCommandRuntime.VerbosePreference). A debug line tells the same, and PowerShell 7 never asks at one.
    /// </remarks>
    internal static void WriteVerbose(PSCmdlet cmdlet, string line)
    {
        if (Bound(cmdlet, "Debug") is { } debug && LanguagePrimitives.IsTrue(debug) && Bound(cmdlet, "Verbose") is null) cmdlet.WriteDebug(line);
        else cmdlet.WriteVerbose(line);
    }

    private static object? Bound(PSCmdlet cmdlet, string name) => cmdlet.MyInvocation.BoundParameters.TryGetValue(name, out object? value) ? value : null;

    private static bool Is(object? preference, ActionPreference value) => string.Equals(preference?.ToString(), value.ToString(), StringComparison.OrdinalIgnoreCase);
}
