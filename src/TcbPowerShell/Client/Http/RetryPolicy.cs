using TcbPowerShell.Model;
using TcbPowerShell.Protocol;

namespace TcbPowerShell.Client.Http;

/// <summary>How often and how soon a failed request is repeated: exponential backoff with full jitter, Retry-After obeyed.</summary>
/// <param name="maximumRetryCount">Retries after the first attempt.</param>
/// <param name="randomizer">Returns a number from 0 up to 1.</param>
internal sealed class RetryPolicy(int maximumRetryCount, Func<double> randomizer)
{
    /// <summary>The backoff before the first retry, before jitter.</summary>
    internal static readonly TimeSpan BaseDelay = TimeSpan.FromSeconds(1);

    /// <summary>The longest backoff, before jitter.</summary>
    internal static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(30);

    /// <summary>The longest Retry-After that is obeyed.</summary>
    internal static readonly TimeSpan MaxRetryAfter = TimeSpan.FromHours(1);

    private static readonly TimeSpan PerMinuteDelay = TimeSpan.FromMinutes(1);

    /// <summary>A policy with the runtime's own random numbers.</summary>
    internal static RetryPolicy Create(int maximumRetryCount)
    {
        // One for each run and behind a lock: Random.Shared is not in netstandard2.0.
        var random = new Random();
        return new RetryPolicy(maximumRetryCount, NextDouble);

        double NextDouble()
        {
            lock (random) return random.NextDouble();
        }
    }

    /// <summary>The most retries of a call (-MaximumRetryCount).</summary>
    internal int MaximumRetryCount => maximumRetryCount;

    /// <summary>How often a call may be repeated after such a failure.</summary>
    internal int RetriesOf(TcbException failure) => failure.Rule.Retry switch
    {
        Retry.Never => 0,
        Retry.Once => Math.Min(1, maximumRetryCount),
        _ => maximumRetryCount,
    };

    /// <summary>How long a call waits before it is sent again.</summary>
    /// <param name="failure">The failure.</param>
    /// <param name="attempt">Which attempt it was, from 1.</param>
    internal TimeSpan Delay(TcbException failure, int attempt)
    {
        // At least a minute, with jitter.
        if (failure.ErrorCode == ServiceCode.PerMinuteLimit) return PerMinuteDelay + Scale(BaseDelay, randomizer());
        // Full jitter could be no wait at all, and a throttled call must slow down.
        double factor = failure.Rule.Retry == Retry.Throttled ? 0.5 + (randomizer() / 2) : randomizer();
        return Max(failure.RetryAfter, Scale(Backoff(attempt), factor));
    }

    // 1, 2, 4, 8, 16, 30, 30 … seconds. The exponent is bounded before it is used: a hundred retries must not overflow.
    private static TimeSpan Backoff(int attempt)
    {
        TimeSpan delay = Scale(BaseDelay, 1 << Math.Min(attempt - 1, 10));
        return delay < MaxDelay ? delay : MaxDelay;
    }

    private static TimeSpan Max(TimeSpan? retryAfter, TimeSpan delay)
    {
        if (retryAfter is not { } asked || asked < delay) return delay;
        return asked < MaxRetryAfter ? asked : MaxRetryAfter;
    }

    private static TimeSpan Scale(TimeSpan delay, double factor) => TimeSpan.FromTicks((long)(delay.Ticks * factor));
}

/// <summary>The decision on a failed call.</summary>
/// <param name="Step">The next step of the call.</param>
internal readonly record struct Decision(NextStep Step)
{
    /// <summary>How long the call waits before it is sent again.</summary>
    internal TimeSpan Wait { get; init; }

    /// <summary>The error that ends the run; null if it goes on.</summary>
    internal ErrorId? EndsAs { get; init; }

    /// <summary>Whether the call waits because of an outage.</summary>
    internal bool IsOutage { get; init; }

    /// <summary>Whether this failure shows that there is an outage.</summary>
    internal bool OutageBegan { get; init; }

    /// <summary>How long the outage lasted that this reply ends; null if there was none.</summary>
    internal TimeSpan? OutageEnded { get; init; }

    /// <summary>When the run gives up even its requests in flight, because nothing was ever accepted; null if it does not.</summary>
    internal TimeSpan? UnprovenUntil { get; init; }

    internal static Decision End(ErrorId errorId) => new(NextStep.EndRun) { EndsAs = errorId };
}

/// <summary>The next step of a failed call.</summary>
internal enum NextStep
{
    /// <summary>Nothing more: the run ends.</summary>
    EndRun,

    /// <summary>It is sent again after a wait.</summary>
    SendAgain,

    /// <summary>It is sent again when the sending rate allows it. That uses up no retry.</summary>
    Throttled,

    /// <summary>It is sent again at once, with another token or, for a download, another link.</summary>
    OtherToken,

    /// <summary>Its halves are sent, one after the other.</summary>
    Split,

    /// <summary>It is given up.</summary>
    GiveUp,
}

/// <summary>A call that is repeated until it succeeds or is given up: its history, and its ticket for the next request.</summary>
internal sealed class RepeatedCall
{
    /// <summary>Failures so far, throttling not included.</summary>
    internal int Failures { get; set; }

    /// <summary>Retries that are used up.</summary>
    internal int Retries { get; set; }

    /// <summary>Whether its token or link was refused, and the next attempt has another one.</summary>
    internal bool HasNewToken { get; set; }

    /// <summary>The number of its request that last failed; until one fails, of its first one. An answer to a later request shows that others are served.</summary>
    internal long FailedBefore { get; set; }

    /// <summary>The number of its last request among all requests; 0 before it is sent.</summary>
    internal long LastSent { get; set; }

    /// <summary>When it was last sent.</summary>
    internal TimeSpan SentOn { get; set; }

    /// <summary>When it may be sent again.</summary>
    internal TimeSpan NotBefore { get; set; }

    /// <summary>The number under which the sending rate knows its last request.</summary>
    internal long Admission { get; set; }
}
