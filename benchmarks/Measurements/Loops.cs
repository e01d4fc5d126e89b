using System.Diagnostics;
using System.Text.Json;

namespace TcbPowerShell.Benchmarks;

/// <summary>
/// What a user would write otherwise, in a PowerShell of its own: Invoke-RestMethod in a loop and with ForEach-Object -Parallel, a file or
/// fifty in each call. Loops have fewer IDs; what is compared is the time for each ID.
/// </summary>
internal sealed class Loops(Plan plan) : IMeasurement
{
    private readonly Dictionary<string, Figure> _figures = new()
    {
        ["One"] = new("Invoke-RestMethod in a loop, a file in each call", "0.0", atLeast: 15),
        ["Batch"] = new("Invoke-RestMethod in a loop, 50 files in each call", "0.0"),
        ["ParallelOne"] = new("ForEach-Object -Parallel, a file in each call", "0.0"),
        ["ParallelBatch"] = new("ForEach-Object -Parallel, 50 files in each call", "0.0"),
    };

    private readonly Figure _ofPipeline = new($"{plan.Medium:N0} IDs from Get-Content: throughput, of the pipeline floor's with the same");

    private readonly Figure _ofBlocks = new($"{plan.Medium:N0} IDs from Get-Content -ReadCount 1000: throughput, times that without -ReadCount");

    public Section Section =>
        new("No latency, in pwsh; loops: time for each ID, times that of Remove-TcbCloudFile", [_ofPipeline, _ofBlocks, .. _figures.Values]);

    /// <summary>Where pwsh is; null where it is not.</summary>
    internal static string? FindPowerShell() => (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, OperatingSystem.IsWindows() ? "pwsh.exe" : "pwsh")).FirstOrDefault(File.Exists);

    public void MeasureRound(Bench bench)
    {
        Dictionary<string, double> loops = [];
        foreach (ModuleBuild build in ModuleBuild.All)
        {
            // The loops are the same whatever module is beside them.
            Dictionary<string, double> seconds = Run(build, bench.Emulator(), loops.Count == 0 ? plan.InLoop : 0);
            if (loops.Count == 0) loops = seconds;
            _ofPipeline.Add(build, seconds["FloorPipeline"] / seconds["Pipeline"]);
            _ofBlocks.Add(build, seconds["Pipeline"] / seconds["Blocks"]);
            foreach ((string name, Figure figure) in _figures) figure.Add(build, loops[name] / seconds["Module"]);
        }
    }

    private Dictionary<string, double> Run(ModuleBuild build, EmulatorProcess emulator, int inLoop)
    {
        // A tenth of them warms up.
        var ids = new IdRange(0, (plan.Medium + (22 * inLoop)) * 11 / 10);
        string list = Path.GetTempFileName();
        try
        {
            File.WriteAllLines(list, ids.ToFileIds());
            EmulatorProcess.State before = emulator.Look();
            Dictionary<string, double> seconds = RunScript("-Module", build.Module, "-FloorModule", build.Floor, "-Endpoint", before.Endpoint.ToString(),
                "-EnvironmentId", Session.EnvironmentId, "-AccessToken", Session.AccessToken, "-Path", list, "-Count", $"{plan.Medium}", "-LoopCount", $"{inLoop}");
            // Twice by the pipelines from the file, and once each by the rest.
            int expected = (2 * plan.Medium * 11 / 10) + ids.Count;
            return emulator.Look().Deleted - before.Deleted == expected ? seconds : throw new InvalidOperationException("The loops left files behind.");
        }
        finally
        {
            File.Delete(list);
        }
    }

    private static Dictionary<string, double> RunScript(params string[] arguments)
    {
        string script = Path.Combine(AppContext.BaseDirectory, "Measurements", "loops.ps1");
        var start = new ProcessStartInfo(FindPowerShell()!, ["-NoProfile", "-NonInteractive", "-File", script, .. arguments]) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? JsonSerializer.Deserialize<Dictionary<string, double>>(output)!
            : throw new InvalidOperationException($"loops.ps1 ended with {process.ExitCode}: {output}");
    }
}
