using System.Diagnostics;
using System.Globalization;
using System.Text;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;

namespace TcbPowerShell.Endurance;

/// <summary>A run that goes on with a long journal, in a process of its own: how much memory the journal takes, with little garbage.</summary>
internal static class JournalTrial
{
    /// <summary>The verb with which this program starts itself.</summary>
    internal const string Reader = "journal-reader";

    private const string Env = "test2-4a89da";
    private const int BatchSize = 50;
    private const double MaxMegabytes = 100;

    internal static Table Run(int lines)
    {
        var table = new Table($"Journal: a run that goes on with {lines:N0} removed files", "lines", "file, MB", "peak memory, MB", "more than with an empty journal, MB",
            "seconds", "previously removed", "removed", "passed");
        string[] ids = Trial.FileIds(Env, lines + 1);
        string journal = Path.GetTempFileName();
        try
        {
            double empty = Measure(table, journal, ids, 0, 0);
            _ = Measure(table, journal, ids, lines, empty);
        }
        finally
        {
            File.Delete(journal);
        }
        return table;
    }

    /// <summary>The run that reads: the last file, and the first, which is in the journal unless that is empty. Prints what it took.</summary>
    internal static int RunReader(string[] arguments)
    {
        using PowerShellSession session = Trial.CreateSession().Connect(new Uri(arguments[0]), Env);
        var watch = Stopwatch.StartNew();
        ScriptOutcome result = session.Run("$ids | Remove-TcbCloudFile -JournalPath $journal", ("ids", arguments[2..]), ("journal", arguments[1]));
        using var process = Process.GetCurrentProcess();
        Console.WriteLine(string.Join('|', [
            (process.PeakWorkingSet64 / 1e6).ToString("0.0", CultureInfo.InvariantCulture), watch.Elapsed.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture),
            .. result.Removals().Select(item => item.Outcome)]));
        return result.Terminating is null && result.Errors.Length == 0 ? 0 : 1;
    }

    private static double Measure(Table table, string journal, string[] ids, int lines, double empty)
    {
        using TcbEmulator emulator = Trial.Start([ids[0], ids[^1]], new EmulatorOptions { Environments = [Env] });
        Write(journal, emulator.Endpoint, ids[..lines]);
        double size = new FileInfo(journal).Length / 1e6;
        var start = new ProcessStartInfo(Environment.ProcessPath!, [.. KillTrial.Self(), Reader, emulator.Endpoint.AbsoluteUri, journal, ids[0], ids[^1]])
        {
            RedirectStandardOutput = true,
            // 16 MiB. By default .NET lets as much garbage lie as fits in the processor's cache, which is hundreds of megabytes on some machines.
            Environment = { ["DOTNET_GCgen0size"] = "1000000" },
        };
        using Process reader = Process.Start(start)!;
        string[] told = reader.StandardOutput.ReadToEnd().Trim().Split('|');
        reader.WaitForExit();
        double peak = double.Parse(told[0], CultureInfo.InvariantCulture);
        double more = lines == 0 ? 0 : peak - empty;
        int previously = told.Count(outcome => outcome == "PreviouslyRemoved");
        int removed = told.Count(outcome => outcome == "Removed");
        bool passed = reader.ExitCode == 0 && more < MaxMegabytes && (previously, removed) == (lines == 0 ? (0, 2) : (1, 1));
        table.Add(passed, lines, $"{size:0.0}", $"{peak:0.0}", $"{more:0.0}", told[1], previously, removed);
        return peak;
    }

    // As the cmdlet writes it: a line for the run, a line for each batch, then one for each of its files.
    private static void Write(string journal, Uri endpoint, string[] ids)
    {
        using var lines = new StreamWriter(journal, append: false, new UTF8Encoding(false));
        string head = $"{{\"time\":\"2026-11-24T05:30:00.0000000Z\",\"environmentId\":\"{Env}\"";
        lines.Write($"{head},\"run\":{{\"id\":\"trial\",\"service\":\"{endpoint.Authority}\"}}}}\n");
        foreach (string[] batch in ids.Chunk(BatchSize))
        {
            lines.Write($"{head},\"sent\":[\"{string.Join("\",\"", batch)}\"]}}\n");
            foreach (string id in batch)
                lines.Write($"{head},\"fileId\":\"{id}\",\"outcome\":\"Removed\",\"status\":0,\"message\":\"ok\",\"requestId\":null}}\n");
        }
    }
}
