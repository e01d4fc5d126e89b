using TcbPowerShell.Client.Rate;

namespace TcbPowerShell.Tests.Client.Rate.Simulation;

/// <summary>A service with a limit, and a run against it. Times are seconds.</summary>
/// <param name="Kind">The kind of the service's limit.</param>
/// <param name="Rate">Requests per second; the number at once where that is limited.</param>
/// <param name="Size">The burst of a bucket, the length of a window.</param>
/// <param name="Latency">The mean time of a request.</param>
/// <param name="ThrottleLimit">The most requests at once.</param>
/// <param name="RetryAfter">The Retry-After of the service; null if it sends none.</param>
internal sealed record SimulatedCase(LimitKind Kind, double Rate, double Size, double Latency, int ThrottleLimit, double? RetryAfter = null)
{
    /// <summary>The delays that the client's machine adds.</summary>
    internal SimulatedMachine Machine { get; init; }

    /// <summary>The share of requests that the service turns away whatever the rate.</summary>
    internal double Chance { get; init; }

    /// <summary>How many requests the run has, where that is given.</summary>
    internal int? Count { get; init; }

    private const double Jitter = 0.2;

    /// <summary>The goal for the share of the oracle's speed.</summary>
    internal double Goal => Kind == LimitKind.None ? 0.4 : Kind == LimitKind.Bucket && (Size == 1 || RetryAfter is not null) ? 0.7 : 0.85;

    /// <summary>The limit's name in tables.</summary>
    internal string Name => Kind switch
    {
        LimitKind.Bucket => $"token bucket, burst {Size}{(RetryAfter is { } seconds ? $", Retry-After {seconds} s" : "")}",
        LimitKind.Window => $"{Size} s windows",
        LimitKind.PerMinute => "per minute (45011)",
        LimitKind.AtOnce => "at once",
        _ => FormattableString.Invariant($"{Chance * 100:0} % at random"),
    };

    /// <summary>Whether the limit can be felt at all with so many requests at once.</summary>
    internal bool IsFelt => Kind == LimitKind.AtOnce
        ? Rate < ThrottleLimit && Rate / Latency <= 1000
        : Kind == LimitKind.None || Rate <= 0.9 * ThrottleLimit / Latency && (Kind == LimitKind.Bucket || Rate * Size >= 2);

    /// <summary>How long the run takes at the limit, without latency and accidents.</summary>
    internal double Ideal => (Requests - (Kind == LimitKind.Bucket ? Size : 0)) / Speed;

    // At least 400 requests and 20 s, 30 times Retry-After, and three windows.
    private int Requests => Count ?? (int)Math.Max(400, Math.Ceiling(Math.Max(20, Math.Max(30 * (RetryAfter ?? 0), Kind == LimitKind.Bucket ? 0 : 3.5 * Size)) * Speed));

    private double Speed => Kind is LimitKind.AtOnce or LimitKind.None ? Rate / Latency : Rate;

    /// <summary>Runs the oracle and the controller.</summary>
    internal SimulatedResult Run(int seed)
    {
        SimulatedRun oracle = Run(MakeOracle(seed), seed);
        SimulatedRun run = Run(new ControlledSender(new SendingRate(ThrottleLimit), RetryAfter, Kind == LimitKind.PerMinute), seed);
        return new SimulatedResult(this, oracle.Time / run.Time, run.TurnedAwayShare, Lost: Requests - run.Accepted.Count, run.Time);
    }

    private SimulatedRun Run(SimulatedSender sender, int seed)
    {
        // Some services think about what they turn away, others do not.
        var simulation = new SendingSimulation(MakeLimit(seed), Latency, Jitter, rejectsAtOnce: seed % 2 == 0, seed, Machine);
        SimulatedRun run = simulation.Start(sender, Requests, ThrottleLimit);
        simulation.Run();
        return run;
    }

    private SimulatedLimit MakeLimit(int seed) => Chance == 0 ? MakeLimitAlone(seed) : new SimulatedLimit.AtRandom(MakeLimitAlone(seed), Chance, new Random(seed));

    private SimulatedLimit MakeLimitAlone(int seed) => Kind switch
    {
        LimitKind.Bucket => new SimulatedLimit.Bucket(Rate, (int)Size),
        LimitKind.AtOnce or LimitKind.None => new SimulatedLimit.AtOnce((int)Rate),
        _ => new SimulatedLimit.Window((int)(Rate * Size), Size, Phase(seed)),
    };

    private SimulatedSender MakeOracle(int seed) => Kind switch
    {
        LimitKind.Bucket => new SimulatedSender.KnowsBucket(Rate, (int)Size),
        LimitKind.AtOnce or LimitKind.None => new SimulatedSender.KnowsAtOnce((int)Rate),
        _ => new SimulatedSender.KnowsWindow((int)(Rate * Size), Size, Phase(seed), SendingSimulation.EarliestArrival(Latency, Jitter)),
    };

    private double Phase(int seed) => 0.37 * seed % 1 * Size;
}

/// <summary>The kinds of limits.</summary>
internal enum LimitKind
{
    /// <summary>A token bucket.</summary>
    Bucket,

    /// <summary>A number in each window.</summary>
    Window,

    /// <summary>A number in each minute, and it says so.</summary>
    PerMinute,

    /// <summary>A number at once.</summary>
    AtOnce,

    /// <summary>Nothing.</summary>
    None,
}

/// <summary>The result of a case.</summary>
/// <param name="Case">The case.</param>
/// <param name="Share">The oracle's time as a share of the controller's.</param>
/// <param name="TurnedAway">The share of requests that were turned away.</param>
/// <param name="Lost">Requests that were never accepted.</param>
/// <param name="Time">How long the controller took.</param>
internal sealed record SimulatedResult(SimulatedCase Case, double Share, double TurnedAway, int Lost, double Time);
