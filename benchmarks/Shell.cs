using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;

namespace TcbPowerShell.Benchmarks;

/// <summary>The PowerShell that the repository's tool manifest names: <c>dotnet tool restore</c>, <c>dotnet tool run pwsh</c>.</summary>
internal static class Shell
{
    private static readonly Dictionary<string, string?> Metadata = typeof(Shell).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().ToDictionary(item => item.Key, item => item.Value);

    internal static string StagedModule { get; } = Path.Combine(Metadata["StagedModule"]!, "TcbPowerShell.psd1");

    internal static void Restore() => _ = Run("restore");

    /// <summary>Runs a script in a process of its own.</summary>
    /// <returns>Its output.</returns>
    internal static string RunScript(string script, params string[] arguments) =>
        Run("run", ["pwsh", "-NoProfile", "-NonInteractive", "-File", Path.Combine(AppContext.BaseDirectory, script), .. arguments]);

    private static string Run(string command, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", ["tool", command, .. arguments]) { RedirectStandardOutput = true, WorkingDirectory = Metadata["Repository"] };
        using Process process = Process.Start(start)!;
        // This dotnet starts a launcher, and the launcher the shell. Ctrl+C reaches them all; other signals reach this process alone.
        using var signal = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => process.Kill(entireProcessTree: true));
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"'dotnet tool {command}' ended with {process.ExitCode}: {output}");
    }
}
