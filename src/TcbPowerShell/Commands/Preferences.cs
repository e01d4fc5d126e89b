using System.Globalization;
using System.Management.Automation;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Commands;

/// <summary>The session as a cmdlet meets it: its edition, the common parameters, and the preference variables behind them.</summary>
internal static class Preferences
{
    /// <summary>Whether this build of the module is the one for Windows PowerShell.</summary>
#if NETSTANDARD
    internal const bool IsWindowsPowerShell = true;
#else
    internal const bool IsWindowsPowerShell = false;
#endif

    /// <summary>Whether ShouldProcess will refuse all: -WhatIf, given either way, wins over the preference.</summary>
    internal static bool IsDryRun(PSCmdlet cmdlet) =>
        Bound(cmdlet, "WhatIf") is { } whatIf
            ? LanguagePrimitives.IsTrue(whatIf)
            : LanguagePrimitives.IsTrue(cmdlet.GetVariableValue("WhatIfPreference"));

    /// <summary>Asks as the cmdlet's ShouldProcess does, in the language of the session. PowerShell 7 has its own sentence only in English.</summary>
    internal static bool ShouldProcess(PSCmdlet cmdlet, string target, string action)
    {
        CultureInfo culture = CultureInfo.CurrentUICulture;
        string operation = new UserText(nameof(Messages.Operation), action, target).Format(culture);
        return cmdlet.ShouldProcess(
            operation, new UserText(nameof(Messages.OperationQuestion), operation).Format(culture), new UserText(nameof(Messages.OperationCaption)).Format(culture));
    }

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

/// <summary>Resolves a path from the current location of the session, which differs from that of the process.</summary>
internal static class FilePath
{
    /// <summary>The file's own path. One that cannot be meant (blank, a certificate, a variable, a share of Windows elsewhere) ends the cmdlet.</summary>
    internal static string Resolve(PSCmdlet cmdlet, string path)
    {
        string name = path.Substring(path.LastIndexOfAny(['/', '\\']) + 1);
        if (string.IsNullOrWhiteSpace(path) || (name.Length > 0 && string.IsNullOrWhiteSpace(name)))
            cmdlet.ThrowTerminatingError(ErrorRecords.InvalidArgument("InvalidPath", new UserText(nameof(Messages.InvalidPathBlank), path)));
        // On Unix these are characters of a name, and a file of that name would be created.
        if (Path.DirectorySeparatorChar == '/' && (path.StartsWith(@"\\", StringComparison.Ordinal) || path.Contains(@"::\\")))
            cmdlet.ThrowTerminatingError(ErrorRecords.InvalidArgument("InvalidPath", new UserText(nameof(Messages.InvalidPathShare), path)));
        string resolved = cmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out _);
        if (provider.Name != "FileSystem")
            cmdlet.ThrowTerminatingError(ErrorRecords.InvalidArgument("InvalidPath", new UserText(nameof(Messages.InvalidPath), path, provider.Name)));
        return resolved;
    }
}
