namespace TcbPowerShell.Benchmarks;

/// <summary>How much is measured.</summary>
internal sealed record Plan
{
    internal static readonly Plan Full = new();

    /// <summary>A look: one round, no spread, and too few IDs for the targets to mean much.</summary>
    internal static readonly Plan Quick = new()
    {
        Rounds = 1,
        WarmUp = 20_000,
        Small = 5_000,
        Medium = 20_000,
        Large = 100_000,
        WithLatency = 2_000,
        InLoop = 100,
        Imports = 1,
    };

    internal int Rounds { get; private init; } = 3;

    /// <summary>IDs of each run that warms a process up.</summary>
    internal int WarmUp { get; private init; } = 40_000;

    /// <summary>The three lengths of a list at zero latency.</summary>
    internal int Small { get; private init; } = 10_000;

    internal int Medium { get; private init; } = 100_000;

    internal int Large { get; private init; } = 1_000_000;

    /// <summary>IDs of a run against a service that takes its time.</summary>
    internal int WithLatency { get; private init; } = 20_000;

    /// <summary>IDs for a loop of Invoke-RestMethod with one ID in each call.</summary>
    internal int InLoop { get; private init; } = 500;

    /// <summary>Processes that import a module, in each round.</summary>
    internal int Imports { get; private init; } = 2;

    /// <summary>Milliseconds.</summary>
    internal int[] Latencies { get; } = [20, 100];

    internal int[] ThrottleLimits { get; } = [1, 5, 16];
}
