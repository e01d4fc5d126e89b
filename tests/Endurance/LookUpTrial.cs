using System.Diagnostics;
using System.Management.Automation;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;

namespace TcbPowerShell.Endurance;

/// <summary>A list in which every tenth file is missing, looked up under the faults of <see cref="FaultsTrial"/>; the emulator's record is the measure.</summary>
internal static class LookUpTrial
{
    private const string Env = "test2-4a89da";

    internal static Table Run(int seeds, int files, int atOnce)
    {
        var table = new Table($"Look-up: {files:N0} files, every tenth missing, {string.Join(", ", FaultsTrial.Faults)}",
            "seed", "requests", "found", "not found", "other errors", "outcomes", "disagreements with the emulator", "seconds", "passed");
        string[] ids = Trial.FileIds(Env, files);
        Parallel.For(0, seeds, new ParallelOptions { MaxDegreeOfParallelism = atOnce }, seed => RunSeed(seed, ids, table));
        return table;
    }

    private static void RunSeed(int seed, string[] ids, Table table)
    {
        string[] there = [.. ids.Where((_, index) => index % 10 != 0)];
        using TcbEmulator emulator = Trial.Start(there, new EmulatorOptions { Environments = [Env], Seed = seed, Fault = FaultPlan.Parse(seed, FaultsTrial.Faults) });
        using PowerShellSession session = Trial.CreateSession().Connect(emulator.Endpoint, Env);
        var watch = Stopwatch.StartNew();
        ScriptOutcome result = session.Run("$ids | Get-TcbCloudFile -ThrottleLimit 32 -MaximumRetryCount 10 -WarningAction SilentlyContinue", ("ids", ids));
        watch.Stop();

        string[] found = [.. result.Output.Where(HasLink).Select(item => (string)item.Properties["FileId"].Value)];
        string[] missing = [.. result.Errors.Where(error => error.FullyQualifiedErrorId.StartsWith("CloudFileNotFound,", StringComparison.Ordinal))
            .Select(error => (string)error.TargetObject)];
        bool complete = result.Terminating is null
            && found.Concat(result.FailedIds).Order(StringComparer.Ordinal).SequenceEqual(ids.Order(StringComparer.Ordinal), StringComparer.Ordinal);
        int disagreements = found.Count(id => !emulator.Files.Contains(id)) + missing.Count(emulator.Files.Contains);
        lock (table)
        {
            table.Add(complete && disagreements == 0 && emulator.Files.Count == there.Length, seed, emulator.Requests.Count, found.Length, missing.Length,
                result.Errors.Length - missing.Length, found.Length + result.Errors.Length, disagreements, Math.Round(watch.Elapsed.TotalSeconds, 1));
        }
    }

    private static bool HasLink(PSObject file) => Uri.TryCreate((string)file.Properties["DownloadUrl"].Value, UriKind.Absolute, out _);
}
