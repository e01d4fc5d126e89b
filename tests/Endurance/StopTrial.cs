using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;

namespace TcbPowerShell.Endurance;

/// <summary>A run stopped as Ctrl+C stops it, at a random moment, over and over in one session and with one journal.</summary>
internal static class StopTrial
{
    private const string Env = "test2-4a89da";
    private const int ThrottleLimit = 5;

    internal static Table Run(int rounds)
    {
        string folder = Directory.CreateTempSubdirectory("tcb-stop-").FullName;
        string journal = Path.Combine(folder, "run.jsonl");
        var random = new Random(1);
        string[] ids = Trial.FileIds(Env, 1_000 * rounds);
        using TcbEmulator emulator = Trial.Start(ids, new EmulatorOptions
        {
            Environments = [Env],
            Latency = TimeSpan.FromMilliseconds(2),
            Jitter = TimeSpan.FromMilliseconds(5),
            Fault = FaultPlan.Parse(1, "errcode--1:3%", "drop-after:2%"),
        });
        using PowerShellSession session = Trial.CreateSession().Connect(emulator.Endpoint, Env);
        session.Run("$id | Remove-TcbCloudFile", ("id", ids[0]));
        long timers = Timer.ActiveCount;
        int threads = ThreadPool.ThreadCount;

        int lateCalls = 0;
        int locked = 0;
        int mostInFlight = 0;
        for (int round = 0; round < rounds; round++)
        {
            string[] slice = ids[(round * 1_000)..((round + 1) * 1_000)];
            int target = emulator.Requests.Count + random.Next(0, 100);
            Task<ScriptOutcome> run = session.StartAsync(
                "$ids | Remove-TcbCloudFile -JournalPath $journal -ThrottleLimit $limit -BatchSize 10 -WarningAction SilentlyContinue",
                ("ids", slice), ("journal", journal), ("limit", ThrottleLimit));
            Task.WaitAny(emulator.Requests.WhenAsync(log => log.Count >= target), run);
            session.StopAsync().Wait();
            // The stop has returned: whatever is on its way was sent before.
            int atStop = emulator.Requests.Count;
            emulator.Requests.WhenAsync(log => log.InFlight == 0).Wait();
            mostInFlight = Math.Max(mostInFlight, emulator.Requests.PeakInFlight);
            lateCalls += emulator.Requests.Count - atStop;
            if (File.Exists(journal + ".lock")) locked++;
        }
        ScriptOutcome rest = session.Run(
            "$ids | Remove-TcbCloudFile -JournalPath $journal -ThrottleLimit 32 -WarningAction SilentlyContinue", ("ids", ids[1..]), ("journal", journal));

        var table = new Table($"Stops: {rounds} at random moments, with a journal, ThrottleLimit {ThrottleLimit}", "stops", "calls after a stop", "most in flight",
            "lock files left", "timers before and after", "pool threads before and after", "errors when the list is run again", "files left", "passed");
        GC.Collect();
        bool passed = lateCalls == 0 && locked == 0 && mostInFlight <= ThrottleLimit && rest.Terminating is null && rest.Errors.Length == 0 && emulator.Files.Count == 0
            && Timer.ActiveCount <= timers + 1;
        table.Add(passed, rounds, lateCalls, mostInFlight, locked, $"{timers}, {Timer.ActiveCount}", $"{threads}, {ThreadPool.ThreadCount}", rest.Errors.Length,
            emulator.Files.Count);
        Directory.Delete(folder, recursive: true);
        return table;
    }
}
