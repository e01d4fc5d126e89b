using System.Diagnostics;
using TcbPowerShell.Emulation;

namespace TcbPowerShell.Benchmarks;

/// <summary>
/// A list of 100,000 IDs from a file has one outcome for each ID, 2,000 requests, and needs no more memory than a list of 10,000. Each
/// size has a process of its own; the emulator, whose memory does grow, stays in this one.
/// </summary>
internal static class Streaming
{
    internal const string ChildCommand = "stream-child";

    private const int BatchSize = 50;

    // What is allowed on top of the smaller list's peak.
    private const double Tolerance = 1.2;

    internal static bool Run()
    {
        Console.WriteLine("stream: [IO.File]::ReadLines | Remove-TcbCloudFile, each size in a process of its own");
        Console.WriteLine($"{"IDs",9} {"outcomes",9} {"requests",9} {"deleted",9} {"seconds",8} {"files/s",8} {"peak MB",8} {"heap MB",8}");
        (Measurement small, bool isSmallComplete) = Measure(10_000);
        (Measurement large, bool isLargeComplete) = Measure(100_000);
        double workingSet = (double)large.PeakWorkingSet / small.PeakWorkingSet;
        double heap = (double)large.PeakHeap / small.PeakHeap;
        bool isKept = isSmallComplete && isLargeComplete && workingSet <= Tolerance && heap <= Tolerance;
        Console.WriteLine($"ten times the IDs need {workingSet:0.00} times the peak working set, {heap:0.00} times the peak heap (at most {Tolerance}): "
            + (isKept ? "kept" : "NOT KEPT"));
        return isKept;
    }

    /// <summary>The child process: its question is a list.</summary>
    internal static int RunChild(string[] arguments)
    {
        using var session = new Session(ModuleBuild.Core.Module);
        session.Connect(new Uri(arguments[0]));
        return ChildProcess.Serve<string>(list =>
        {
            var watch = Stopwatch.StartNew();
            object?[] output = session.Run(
                """
                $outcomes = 0; $heap = 0
                [IO.File]::ReadLines($list) | Remove-TcbCloudFile | ForEach-Object {
                    if (++$outcomes % 50 -eq 0) { $heap = [Math]::Max($heap, [GC]::GetTotalMemory($false)) }
                }
                $outcomes, $heap
                """,
                ("list", list));
            return new Measurement((int)output[0]!, watch.Elapsed.TotalSeconds, Process.GetCurrentProcess().PeakWorkingSet64, Convert.ToInt64(output[1], null));
        });
    }

    private static (Measurement Measured, bool IsComplete) Measure(int count)
    {
        string list = Path.GetTempFileName();
        try
        {
            File.WriteAllLines(list, new IdRange(0, count).ToFileIds());
            using var emulator = TcbEmulator.Start(new EmulatorOptions
            {
                Environments = [Session.EnvironmentId],
                FileIds = new IdRange(0, count).ToFileIds(),
                Detail = LogDetail.Counts,
            });
            using var child = new ChildProcess(ChildCommand, emulator.Endpoint.ToString());
            Measurement measured = child.Ask<Measurement>(list);
            Console.WriteLine($"{count,9:N0} {measured.Outcomes,9:N0} {emulator.Requests.Count,9:N0} {emulator.Files.DeletedCount,9:N0} {measured.Seconds,8:0.0} "
                + $"{count / measured.Seconds,8:N0} {measured.PeakWorkingSet / 1e6,8:0.0} {measured.PeakHeap / 1e6,8:0.0}");
            return (measured, measured.Outcomes == count && emulator.Files.DeletedCount == count && emulator.Files.Count == 0
                && emulator.Requests.Count == (count + BatchSize - 1) / BatchSize);
        }
        finally
        {
            File.Delete(list);
        }
    }

    private sealed record Measurement(int Outcomes, double Seconds, long PeakWorkingSet, long PeakHeap);
}
