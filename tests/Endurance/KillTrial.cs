using System.Diagnostics;
using System.Text.Json;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;

namespace TcbPowerShell.Endurance;

/// <summary>A run with a journal, killed without warning at a random moment, and taken up again.</summary>
internal static class KillTrial
{
    /// <summary>The verb with which this program starts itself to be killed.</summary>
    internal const string Victim = "victim";

    private const string Env = "test2-4a89da";
    private const int Files = 5_000;
    private const int ThrottleLimit = 5;
    private const int BatchSize = 50;

    internal static Table Run(int rounds)
    {
        var table = new Table($"kill -9: {Files:N0} files with a journal, ThrottleLimit {ThrottleLimit}", "round", "killed after requests", "left by the first run",
            "errors of the second run", "sent in both runs", "already gone", "journal equals the record", "left at the end", "passed");
        var random = new Random(1);
        for (int round = 0; round < rounds; round++) RunRound(round, random.Next(1, Files / BatchSize), table);
        return table;
    }

    /// <summary>The run that is killed.</summary>
    internal static int RunVictim(string[] arguments)
    {
        using PowerShellSession session = Trial.CreateSession().Connect(new Uri(arguments[0]), Env);
        ScriptOutcome result = Remove(session, File.ReadAllLines(arguments[1]), arguments[2]);
        return result.Terminating is null && result.Errors.Length == 0 ? 0 : 1;
    }

    private static void RunRound(int round, int killAfter, Table table)
    {
        string folder = Directory.CreateTempSubdirectory("tcb-kill-").FullName;
        string list = Path.Combine(folder, "ids.txt");
        string journal = Path.Combine(folder, "run.jsonl");
        string[] ids = Trial.FileIds(Env, Files);
        File.WriteAllLines(list, ids);
        using TcbEmulator emulator = Trial.Start(ids, new EmulatorOptions { Environments = [Env], Latency = TimeSpan.FromMilliseconds(2), Jitter = TimeSpan.FromMilliseconds(5) });

        using (Process victim = Process.Start(Environment.ProcessPath!, [.. Self(), Victim, emulator.Endpoint.AbsoluteUri, list, journal]))
        {
            emulator.Requests.WhenAsync(log => log.Count >= killAfter).Wait();
            victim.Kill();
            victim.WaitForExit();
        }
        emulator.Requests.WhenAsync(log => log.InFlight == 0).Wait();
        int requests = emulator.Requests.Count;
        int left = emulator.Files.Count;

        using PowerShellSession session = Trial.CreateSession().Connect(emulator.Endpoint, Env);
        ScriptOutcome second = Remove(session, ids, journal);

        int twice = ids.Count(id => emulator.Requests.TimesSent(id) > 1);
        bool journalIsTrue = Recorded(journal).SetEquals(emulator.Files.Deleted);
        bool passed = second.Terminating is null && second.Errors.Length == 0 && twice <= ThrottleLimit * BatchSize && journalIsTrue
            && emulator.Files.Count == 0 && second.Removals().Count() == Files;
        table.Add(passed, round, requests, left, second.Errors.Length, twice, second.Removals().Count(item => item.Outcome == "AlreadyGone"),
            journalIsTrue ? "yes" : "no", emulator.Files.Count);
        Directory.Delete(folder, recursive: true);
    }

    private static ScriptOutcome Remove(PowerShellSession session, string[] ids, string journal) => session.Run(
        "$ids | Remove-TcbCloudFile -JournalPath $journal -ThrottleLimit $limit -BatchSize $size",
        ("ids", ids), ("journal", journal), ("limit", ThrottleLimit), ("size", BatchSize));

    // Started by the dotnet host, the program is the host's first argument.
    internal static string[] Self() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];

    private static HashSet<string> Recorded(string journal)
    {
        HashSet<string> recorded = [];
        foreach (string line in File.ReadLines(journal))
        {
            try
            {
                using var entry = JsonDocument.Parse(line);
                if (entry.RootElement.TryGetProperty("fileId", out JsonElement fileId)) recorded.Add(fileId.GetString()!);
            }
            catch (JsonException)
            {
                // The line that the kill tore.
            }
        }
        return recorded;
    }
}
