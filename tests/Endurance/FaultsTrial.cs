using System.Diagnostics;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;

namespace TcbPowerShell.Endurance;

/// <summary>A long list against a service that fails in every way at once; the emulator's own record against what the cmdlet said.</summary>
internal static class FaultsTrial
{
    private const string Env = "test2-4a89da";

    // Reset before and after the work, a gateway that is down, a busy service, a throttled one, half a reply.
    internal static readonly string[] Faults = ["drop:5%", "drop-after:5%", "http-503:5%", "errcode--1:5%", "errcode--501004:2%", "truncate:1%"];

    internal static Table Run(int seeds, int files, int atOnce)
    {
        var table = new Table($"Faults: {files:N0} files, {string.Join(", ", Faults)}",
            "seed", "requests", "removed", "already gone", "failed", "outcomes", "disagreements with the emulator", "seconds", "passed");
        string[] ids = Trial.FileIds(Env, files);
        Parallel.For(0, seeds, new ParallelOptions { MaxDegreeOfParallelism = atOnce }, seed => RunSeed(seed, ids, table));
        return table;
    }

    private static void RunSeed(int seed, string[] ids, Table table)
    {
        using TcbEmulator emulator = Trial.Start(ids, new EmulatorOptions { Environments = [Env], Seed = seed, Fault = FaultPlan.Parse(seed, Faults) });
        using PowerShellSession session = Trial.CreateSession().Connect(emulator.Endpoint, Env);
        var watch = Stopwatch.StartNew();
        ScriptOutcome result = session.Run("$ids | Remove-TcbCloudFile -ThrottleLimit 32 -MaximumRetryCount 10 -WarningAction SilentlyContinue", ("ids", ids));
        watch.Stop();

        (string FileId, string Outcome)[] removals = [.. result.Removals()];
        string[] failed = result.FailedIds;
        bool complete = result.Terminating is null && removals.Select(item => item.FileId).Concat(failed).Order(StringComparer.Ordinal)
            .SequenceEqual(ids.Order(StringComparer.Ordinal), StringComparer.Ordinal);
        int disagreements = removals.Count(item => emulator.Files.Contains(item.FileId) || emulator.Files.TimesDeleted(item.FileId) != 1)
            + result.Errors.Count(error => !emulator.Files.Contains((string)error.TargetObject)
                && !error.Exception.Message.Contains("outcome is unknown", StringComparison.Ordinal));
        lock (table)
        {
            table.Add(complete && disagreements == 0, seed, emulator.Requests.Count, removals.Count(item => item.Outcome == "Removed"),
                removals.Count(item => item.Outcome == "AlreadyGone"), failed.Length, removals.Length + failed.Length, disagreements,
                Math.Round(watch.Elapsed.TotalSeconds, 1));
        }
    }
}
