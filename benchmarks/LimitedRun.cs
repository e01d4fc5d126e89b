using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using TcbPowerShell.Emulation;

namespace TcbPowerShell.Benchmarks;

/// <summary>A run against an emulator with a limit, over real sockets and with the default parameters.</summary>
/// <param name="Seconds">How long it took.</param>
/// <param name="Failed">How many files failed.</param>
/// <param name="TurnedAway">How many requests were turned away.</param>
/// <param name="Accepted">When requests were accepted, in seconds after the first request.</param>
internal sealed record LimitedRun(double Seconds, int Failed, int TurnedAway, IReadOnlyList<double> Accepted)
{
    internal const int BatchSize = 50;

    private const string EnvironmentId = "test2-4a89da";

    internal static LimitedRun Start(string module, int requests, int latency, string? fault, params string[] limits)
    {
        var accepted = new ConcurrentQueue<long>();
        var exists = Fault.FileStatus(0, "ok", _ => true);
        Func<EmulatorRequest, Fault?>? plan = fault is null ? null : FaultPlan.Parse(seed: 1, fault);
        using var emulator = TcbEmulator.Start(new EmulatorOptions
        {
            Environments = [EnvironmentId],
            Latency = TimeSpan.FromMilliseconds(latency),
            Limits = [.. limits.Select(Limit.Parse)],
            Detail = LogDetail.Counts,
            Fault = request => plan?.Invoke(request) ?? exists,
            RequestCompleted = request =>
            {
                if (request.Outcome!.Limit is null) accepted.Enqueue(Stopwatch.GetTimestamp());
            },
        });
        string list = Path.GetTempFileName();
        File.WriteAllLines(list, Enumerable.Range(0, requests * BatchSize).Select(i => $"cloud://{EnvironmentId}.7465-{EnvironmentId}-1258717764/{i:0000000}.png"));
        string output = Shell.RunScript("Measure.ps1", "-What", "Limited", "-Count", (requests * BatchSize).ToString(CultureInfo.InvariantCulture),
            "-Module", module, "-EnvironmentId", EnvironmentId, "-AccessToken", new EmulatorOptions().AccessToken!,
            "-Endpoint", emulator.Endpoint.ToString(), "-Path", list);
        File.Delete(list);
        Dictionary<string, double> figures = JsonSerializer.Deserialize<Dictionary<string, double>>(output)!;
        long start = accepted.Min();
        return new LimitedRun(figures["Seconds"], (int)figures["Failed"], (int)figures["TurnedAway"],
            [.. accepted.Order().Select(time => Stopwatch.GetElapsedTime(start, time).TotalSeconds)]);
    }
}
