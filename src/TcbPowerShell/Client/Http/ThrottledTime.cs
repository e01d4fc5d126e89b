using TcbPowerShell.Protocol;

namespace TcbPowerShell.Client.Http;

/// <summary>Recognizes throttling, and measures how long there has been nothing else (rule 7). <see cref="FailurePolicy"/> owns it.</summary>
internal sealed class ThrottledTime
{
    /// <summary>How long a run goes on while every request is throttled.</summary>
    internal static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);

    /// <summary>How long ago the last request may have been accepted for a 503 to count as throttling.</summary>
    internal static readonly TimeSpan StillServing = TimeSpan.FromSeconds(60);

    private TimeSpan? _since;

    /// <summary>
    /// Whether a failure is throttling. A rate limiter and a dead service both say 503, but no limiter asks to come back at once.
    /// </summary>
    /// <param name="failure">The failure.</param>
    /// <param name="sinceAccepted">How long ago a request was accepted; null for never.</param>
    internal static bool Includes(TcbException failure, TimeSpan? sinceAccepted) => !failure.IsTokenCall && failure.Rule.Retry switch
    {
        Retry.Throttled => true,
        Retry.Unavailable => failure.RetryAfter > TimeSpan.Zero || sinceAccepted <= StillServing,
        _ => false,
    };

    /// <summary>A request was throttled.</summary>
    /// <returns>Whether that has gone on for too long, or would before the next request may be sent.</returns>
    internal bool IsTooLong(TcbException failure, TimeSpan now)
    {
        _since ??= now;
        return now + (failure.RetryAfter ?? TimeSpan.Zero) - _since >= Longest;
    }

    /// <summary>A request ended in another way.</summary>
    internal void Reset() => _since = null;
}
