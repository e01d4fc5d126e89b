namespace TcbPowerShell.Tests.Client.Rate.Simulation;

/// <summary>The cases that the controller was tuned with.</summary>
internal static class SimulatedGrid
{
    private static readonly double[] Rates = [0.5, 2, 5, 20, 50, 200];

    /// <summary>All cases with these latencies and these ThrottleLimits.</summary>
    internal static IEnumerable<SimulatedCase> Cases(double[] latencies, int[] throttleLimits) =>
        from throttleLimit in throttleLimits
        from latency in latencies
        from one in Limits(latency, throttleLimit)
        where one.IsFelt
        select one;

    private static IEnumerable<SimulatedCase> Limits(double latency, int throttleLimit) =>
    [
        .. from burst in (double[])[1, 2, 5, 20]
           from retryAfter in (double?[])[null, 1, 5]
           from rate in Rates
           select new SimulatedCase(LimitKind.Bucket, rate, burst, latency, throttleLimit, retryAfter),
        .. from length in (double[])[1, 10, 60]
           from rate in Rates
           select new SimulatedCase(LimitKind.Window, rate, length, latency, throttleLimit),
        .. from rate in (double[])[0.5, 2, 10, 50]
           select new SimulatedCase(LimitKind.PerMinute, rate, 60, latency, throttleLimit),
        .. from count in (double[])[1, 2, 3, 5, 10, 20, 40]
           select new SimulatedCase(LimitKind.AtOnce, count, 1, latency, throttleLimit),
        .. from chance in (double[])[0.02, 0.07]
           select new SimulatedCase(LimitKind.None, throttleLimit, 1, latency, throttleLimit) { Chance = chance, Count = 6000 },
    ];
}
