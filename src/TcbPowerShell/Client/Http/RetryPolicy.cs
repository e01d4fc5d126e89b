using TcbPowerShell.Protocol;

namespace TcbPowerShell.Client.Http;

/// <summary>
/// Decides whether and when a failed try is repeated: exponential backoff with full jitter, the service's own wish obeyed. It only decides;
/// <see cref="RequestGate"/> waits.
/// </summary>
/// <param name="maximumRetryCount">Tries after the first.</param>
/// <param name="dice">A number from 0 up to 1.</param>
internal sealed class RetryPolicy(int maximumRetryCount, Func<double> dice)
{
    /// <summary>The backoff before the second try, before the dice.</summary>
    internal static readonly TimeSpan BaseDelay = TimeSpan.FromSeconds(1);

    /// <summary>The longest backoff, before the dice.</summary>
    internal static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(30);

    /// <summary>The longest that a Retry-After is obeyed: past that it is an outage, or an error.</summary>
    internal static readonly TimeSpan MaxRetryAfter = TimeSpan.FromHours(1);

    private static readonly TimeSpan PerMinuteDelay = TimeSpan.FromMinutes(1);

    /// <summary>A policy with the runtime's own dice.</summary>
    internal static RetryPolicy Create(int maximumRetryCount)
    {
        // One for each run and behind a lock: Random.Shared is not in netstandard2.0.
        var random = new Random();
        return new RetryPolicy(maximumRetryCount, Dice);

        double Dice()
        {
            lock (random) return random.NextDouble();
        }
    }

    /// <summary>Decides on a failed try.</summary>
    /// <param name="failure">What went wrong.</param>
    /// <param name="attempt">Which try it was, from 1.</param>
    /// <returns>How long to wait before the next one; null to give up.</returns>
    internal TimeSpan? Decide(TcbException failure, int attempt)
    {
        if (attempt > (failure.Class == FailureClass.TransientOnce ? Math.Min(1, maximumRetryCount) : maximumRetryCount)) return null;
        switch (failure.Class)
        {
            case FailureClass.Throttled when failure.ErrorCode == ServiceCode.PerMinuteLimit:
                // At least the minute, and not all at the same moment.
                return PerMinuteDelay + Scale(BaseDelay, dice());
            case FailureClass.Throttled:
                // Full jitter could be no wait at all, which is not slower.
                return Max(failure.RetryAfter, Scale(Backoff(attempt), 0.5 + (dice() / 2)));
            case FailureClass.Transient:
            case FailureClass.TransientOnce:
            case FailureClass.ConnectionFailed:
            case FailureClass.TimedOut:
            case FailureClass.HttpUnavailable:
            case FailureClass.Unreadable:
            case FailureClass.NoAnswer:
            case FailureClass.Incomplete:
                return Max(failure.RetryAfter, Scale(Backoff(attempt), dice()));
            default:
                return null;
        }
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
