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
