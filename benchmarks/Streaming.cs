using System.Diagnostics;
using System.Globalization;
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
        Measurement small = Measure(10_000);
        Measurement large = Measure(100_000);
        double workingSet = (double)large.PeakWorkingSet / small.PeakWorkingSet;
        double heap = (double)large.PeakHeap / small.PeakHeap;
        bool isKept = small.IsComplete && large.IsComplete && workingSet <= Tolerance && heap <= Tolerance;
        Console.WriteLine($"ten times the IDs need {workingSet:0.00} times the peak working set, {heap:0.00} times the peak heap (at most {Tolerance}): "
            + (isKept ? "kept" : "NOT KEPT"));
        return isKept;
    }

    /// <summary>The child process: endpoint, list. Prints outcomes, milliseconds, peak working set and peak heap.</summary>
    internal static int RunChild(string[] arguments)
    {
        using var session = new Session(new Uri(arguments[0]));
        var watch = Stopwatch.StartNew();
        object?[] output = session.Run(
            """
            $outcomes = 0; $heap = 0
            [IO.File]::ReadLines($list) | Remove-TcbCloudFile | ForEach-Object {
                if (++$outcomes % 50 -eq 0) { $heap = [Math]::Max($heap, [GC]::GetTotalMemory($false)) }
            }
            $outcomes, $heap
            """,
            ("list", arguments[1]));
        long peak = Process.GetCurrentProcess().PeakWorkingSet64;
        Console.WriteLine($"{output[0]} {watch.ElapsedMilliseconds} {peak} {output[1]}");
        return 0;
    }

    private static Measurement Measure(int count)
    {
        string list = Path.GetTempFileName();
        try
        {
            File.WriteAllLines(list, Session.FileIds(count));
            using var emulator = TcbEmulator.Start(new EmulatorOptions
            {
                Environments = [Session.EnvironmentId],
                FileIds = Session.FileIds(count),
                Detail = LogDetail.Counts,
            });
            string[] said = StartChild(emulator.Endpoint.ToString(), list).Split(' ');
            long[] numbers = [.. said.Select(number => long.Parse(number, CultureInfo.InvariantCulture))];
            var measurement = new Measurement(numbers[2], numbers[3],
                IsComplete: numbers[0] == count && emulator.Files.DeletedCount == count && emulator.Files.Count == 0
                    && emulator.Requests.Count == (count + BatchSize - 1) / BatchSize);
            double seconds = numbers[1] / 1000.0;
            Console.WriteLine($"{count,9:N0} {numbers[0],9:N0} {emulator.Requests.Count,9:N0} {emulator.Files.DeletedCount,9:N0} {seconds,8:0.0} "
                + $"{count / seconds,8:N0} {numbers[2] / 1e6,8:0.0} {numbers[3] / 1e6,8:0.0}");
            return measurement;
        }
        finally
        {
            File.Delete(list);
        }
    }

    private static string StartChild(params string[] arguments)
    {
        // The program itself, by the runtime that runs it.
        var start = new ProcessStartInfo(Environment.ProcessPath!, [ChildCommand, .. arguments]) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet") start.ArgumentList.Insert(0, typeof(Streaming).Assembly.Location);
        using Process child = Process.Start(start)!;
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        return child.ExitCode == 0 ? output.Trim() : throw new InvalidOperationException($"The measured process ended with {child.ExitCode}.");
    }

    private sealed record Measurement(long PeakWorkingSet, long PeakHeap, bool IsComplete);
}
