using System.Management.Automation;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;

namespace TcbPowerShell.Endurance;

/// <summary>Each fault that a download can meet, and what Save-TcbCloudFile makes of it: where it strikes always, and where it strikes once.</summary>
internal static class DownloadsTrial
{
    private const string Env = "test2-4a89da";
    private const string Saved = "saved";
    private const string Refused = "CloudFileNotSaved";
    private const string OtherBytes = "saved, other bytes";
    private const string Waits = "waits";
    private const string Unreachable = "ServiceUnreachable";

    // Nothing was accepted before: an outage ends such a run after half a minute. Throttling ends it after a quarter of an hour, which is not awaited.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly string FileId = $"cloud://{Env}.7465-{Env}-1258717764/tmp/照片 1.png";
    private static readonly DateTimeOffset Written = new(2024, 2, 29, 1, 2, 3, TimeSpan.Zero);

    // The outcome of a file that is given by its ID, and of one that Find-TcbCloudFile found: the fault strikes always. Then if it strikes once.
    private static readonly (string Fault, string ById, string Found, string Once)[] Faults =
    [
        ("drop", Unreachable, Unreachable, Saved),
        ("no-answer", Unreachable, Unreachable, Saved),
        ("truncate", Refused, Refused, Saved),
        ("cut-1", Refused, Refused, Saved),
        ("stall-0", Refused, Refused, Saved),
        ("stall-50000", Refused, Refused, Saved),
        ("drip-100", Refused, Refused, Saved),
        ("endless", Refused, Refused, Refused),
        ("expire", Refused, Refused, Saved),
        ("refuse-head", Saved, Saved, Saved),
        // A file that differs from the listing is refused at once: the file may have changed since.
        ("wrong-etag", Refused, Refused, Refused),
        ("damage", Refused, Refused, Saved),
        ("short", Refused, Refused, Refused),
        // An older copy looks like the file: only a listing knows better.
        ("stale", OtherBytes, Refused, Refused),
        ("no-length", Refused, Refused, Refused),
        ("no-etag", Saved, Saved, Saved),
        ("no-date", Saved, Saved, Saved),
        ("gzip", Refused, Refused, Refused),
        ("stored-gzip", Saved, Saved, Saved),
        ("status-202", Refused, Refused, Refused),
        ("status-204", Refused, Refused, Refused),
        ("status-206", Refused, Refused, Refused),
        ("http-404", Refused, Refused, Refused),
        ("http-408", Unreachable, Unreachable, Saved),
        ("http-429", Waits, Waits, Saved),
        ("http-429-retry-after-1", Waits, Waits, Saved),
        ("http-500", Unreachable, Unreachable, Saved),
        ("http-503", Unreachable, Unreachable, Saved),
        ("http-503-retry-after-1", Waits, Waits, Saved),
        ("slow-down", Unreachable, Unreachable, Saved),
        ("access-denied", Refused, Refused, Saved),
        // A web page with status 200, as a network without encryption puts it in the place of anything.
        ("garbage", Refused, Refused, Refused),
        ("login", Refused, Refused, Refused),
        ("redirect", Refused, Refused, Refused),
    ];

    internal static Table Run()
    {
        var table = new Table("Each fault of downloads, with its outcome", "fault", "always, by its ID", "always, as found", "once, as found", "requests of these", "passed");
        (string, string, string, int)[] outcomes = new (string, string, string, int)[Faults.Length];
        Parallel.For(0, Faults.Length, new ParallelOptions { MaxDegreeOfParallelism = 12 }, i => outcomes[i] = RunFault(Faults[i].Fault));
        foreach (((string fault, string byId, string found, string once), (string, string, string, int) outcome) in Faults.Zip(outcomes))
            table.Add((byId, found, once) == (outcome.Item1, outcome.Item2, outcome.Item3), fault, outcome.Item1, outcome.Item2, outcome.Item3, outcome.Item4);
        return table;
    }

    private static (string ById, string Found, string Once, int Requests) RunFault(string fault)
    {
        int requests = 0;
        return (Save(fault, "$id"), Save(fault, "Find-TcbCloudFile tmp/"), Save(fault + ":1", "Find-TcbCloudFile tmp/"), requests);

        string Save(string plan, string input)
        {
            string folder = Directory.CreateTempSubdirectory("tcb-downloads-").FullName;
            try
            {
                using var emulator = TcbEmulator.Start(new EmulatorOptions { Environments = [Env], DownloadFault = FaultPlan.Parse(0, plan) });
                emulator.Files.PutGenerated(FileId, 100_000, Written);
                using PowerShellSession session = Trial.CreateSession();
                Task<ScriptOutcome> run = session.StartAsync($$"""
                    $c = Connect-TcbEnvironment $e -AccessToken 'emulator-access-token' -Endpoint $u -TimeoutSec 2
                    {{input}} | Save-TcbCloudFile $folder -MaximumRetryCount 1 -WarningAction SilentlyContinue
                    """, ("e", Env), ("u", emulator.Endpoint), ("folder", folder), ("id", FileId));
                if (Task.WaitAny(run, Task.Delay(Patience)) > 0) session.StopAsync().Wait();
                ScriptOutcome result = run.GetAwaiter().GetResult();
                requests += emulator.Requests.CountOf(RequestKind.Download);
                return Describe(result, emulator, folder);
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private static string Describe(ScriptOutcome result, TcbEmulator emulator, string folder)
    {
        string[] files = [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(path => !Path.GetFileName(path).StartsWith('%'))];
        if (result.IsStopped) return files.Length == 0 ? Waits : $"waits, but {Path.GetFileName(files[0])} is there";
        if (result.Output is [var copy])
        {
            string path = (string)copy.Properties["Path"].Value;
            return files is [var only] && only == path ? IsEqual(emulator, path) ? Saved : OtherBytes : $"saved, but {files.Length} files are there";
        }
        if (files.Length > 0) return $"not saved, but {Path.GetFileName(files[0])} is there";
        ErrorRecord? error = result.Terminating ?? result.Errors.FirstOrDefault();
        return error is null ? "no outcome" : error.FullyQualifiedErrorId.Split(',')[0];
    }

    private static bool IsEqual(TcbEmulator emulator, string path)
    {
        using var original = new MemoryStream();
        using Stream stored = emulator.Files.OpenRead(FileId)!;
        stored.CopyTo(original);
        return original.ToArray().AsSpan().SequenceEqual(File.ReadAllBytes(path));
    }
}
