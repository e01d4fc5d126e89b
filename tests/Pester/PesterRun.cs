using System.Diagnostics;
using System.Text;
using System.Xml.Linq;

namespace TcbPowerShell.Tests.Pester;

/// <summary>One run of the scripts in a PowerShell of its own.</summary>
internal static class PesterRun
{
    /// <summary>Only so that a run that would hang fails instead.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(20);

    /// <param name="folder">The folder of the scripts.</param>
    /// <param name="version">The version of Pester to run them with.</param>
    /// <param name="name">The name of the report.</param>
    /// <param name="shared">A folder that several runs have in common.</param>
    internal static async Task<PesterResult[]> StartAsync(string folder, string version, string name, string? shared = null)
    {
        string report = Path.Combine(AppContext.BaseDirectory, $"Pester-{name}.xml");
        File.Delete(report);
        ProcessStartInfo start = PowerShell();
        // It leads to the list of tools.
        start.WorkingDirectory = Build.Scripts;
        start.Environment["TCB_SHARED"] = shared;
        string pester = Path.Combine(Build.PesterPackages, version, "tools", "Pester.psd1");
        foreach (string argument in (string[])["-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-File", "Run.ps1", "-Pester", pester, "-Report", report, "-Path", folder])
            start.ArgumentList.Add(argument);

        (int exitCode, string output) = await RunAsync(start);

        XDocument read = File.Exists(report) ? XDocument.Load(report) : new XDocument();
        PesterResult[] results = PesterResult.Read(read);
        // A script that cannot be read and a block that cannot be set up are no failed tests, and the report does not say what is wrong.
        bool isExplained = exitCode == 0 || (results.Any(result => result.Failure is not null) && read.Root?.Attribute("errors")?.Value == "0");
        string[] silent = [.. Directory.GetFiles(folder, "*.Tests.ps1").Select(Path.GetFileName).Except(results.Select(result => result.Script))!];
        if (!isExplained || silent.Length > 0)
        {
            string without = silent.Length == 0 ? "" : $"Without a result: {string.Join(", ", silent)}.\n";
            results = [.. results, new PesterResult("Run.ps1", "runs every script to its end", $"Exit code {exitCode}.\n{without}{output}", null)];
        }
        return results;
    }

    // The one that the build restored, whatever else is on the machine; TCB_POWERSHELL names another.
    private static ProcessStartInfo PowerShell()
    {
        string? other = Environment.GetEnvironmentVariable("TCB_POWERSHELL");
        ProcessStartInfo start = string.IsNullOrEmpty(other)
            ? new(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", ["tool", "run", "pwsh"])
            : new(other);
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.StandardOutputEncoding = start.StandardErrorEncoding = Encoding.UTF8;
        // Each edition has its own, and takes over what it inherits.
        start.Environment.Remove("PSModulePath");
        // No profile-guided optimization, as in the unit tests: these processes end before it pays.
        start.Environment["DOTNET_TieredPGO"] = "0";
        return start;
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(ProcessStartInfo start)
    {
        using var process = new Process { StartInfo = start };
        var output = new StringBuilder();
        process.OutputDataReceived += (_, line) => Append(line.Data);
        process.ErrorDataReceived += (_, line) => Append(line.Data);
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            // All of them: dotnet is only the launcher of the process that does the work.
            process.Kill(entireProcessTree: true);
            Append($"It did not end within {Patience}.");
            return (-1, Text());
        }
        return (process.ExitCode, Text());

        void Append(string? line)
        {
            lock (output) output.AppendLine(line);
        }

        string Text()
        {
            lock (output) return output.ToString();
        }
    }
}
