using System.Diagnostics;
using TcbPowerShell.Emulation;

namespace TcbPowerShell.Benchmarks;

/// <summary>With a latency of 50 ms, ThrottleLimit 5 keeps exactly five requests under way and takes a fifth of ThrottleLimit 1.</summary>
internal static class Concurrency
{
    private const int Files = 2_000;

    internal static bool Run()
    {
        Console.WriteLine($"concurrency: {Files:N0} files in {Files / 50} requests, 50 ms latency");
        // The first run compiles everything.
        _ = Measure(1, Files / 10);
        (double one, int peakOfOne) = Measure(1, Files);
        (double five, int peakOfFive) = Measure(5, Files);
        bool isKept = peakOfOne == 1 && peakOfFive == 5 && one / five >= 4;
        Console.WriteLine($"-ThrottleLimit 1: {one:0.00} s, peak {peakOfOne}; -ThrottleLimit 5: {five:0.00} s, peak {peakOfFive}; {one / five:0.0} times as fast (at least 4): "
            + (isKept ? "kept" : "NOT KEPT"));
        return isKept;
    }

    private static (double Seconds, int Peak) Measure(int throttleLimit, int files)
    {
        string[] ids = [.. new IdRange(0, files).ToFileIds()];
        using var emulator = TcbEmulator.Start(new EmulatorOptions
        {
            Environments = [Session.EnvironmentId],
            FileIds = ids,
            Latency = TimeSpan.FromMilliseconds(50),
            Detail = LogDetail.Counts,
        });
        using var session = new Session(ModuleBuild.Core.Module);
        session.Connect(emulator.Endpoint);
        var watch = Stopwatch.StartNew();
        object?[] removed = session.Run("$ids | Remove-TcbCloudFile -ThrottleLimit $limit", ("ids", ids), ("limit", throttleLimit));
        double seconds = watch.Elapsed.TotalSeconds;
        return removed.Length == files && emulator.Files.Count == 0
            ? (seconds, emulator.Requests.PeakInFlight)
            : throw new InvalidOperationException($"{removed.Length} of {files} files were removed.");
    }
}
