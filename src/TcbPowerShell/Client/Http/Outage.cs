using TcbPowerShell.Protocol;

namespace TcbPowerShell.Client.Http;

/// <summary>
/// Tells an outage of the service from single failures (rule 10): at least three failures in a row, and two seconds without a reply about a
/// request. Three failures alone are too few: a service that answers every tenth request with 502 would be taken for dead all the time. Pure, and
/// not thread-safe: <see cref="FailurePolicy"/> owns it.
/// </summary>
/// <param name="timeout">How long one request may take.</param>
internal sealed class Outage(TimeSpan timeout)
{
    /// <summary>The fewest failures in a row that are an outage.</summary>
    internal const int FewestFailures = 3;

    /// <summary>From this many failures in a row on, nothing new is begun until it is clear whether the service still answers.</summary>
    internal const int Doubtful = 2;

    /// <summary>How long there must have been no reply.</summary>
    internal static readonly TimeSpan Shortest = TimeSpan.FromSeconds(2);

    /// <summary>How long an outage is waited out, from its first failure.</summary>
    internal static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    /// <summary>The same while nothing has been accepted: the endpoint is probably wrong, and the user waits at the prompt.</summary>
    internal static readonly TimeSpan LongestUnproven = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan FirstGap = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestGap = TimeSpan.FromSeconds(30);

    private bool _accepted;
    // Until there is a reply, the time when the first request was sent.
    private TimeSpan? _lastReply;
    private TimeSpan _firstSent;
    private TimeSpan _firstFailed;
    private TimeSpan? _throttledOn;
    private TimeSpan _gap;
    private TimeSpan _askedOn;

    /// <summary>How many failures came since the last reply about a request.</summary>
    internal int Failures { get; private set; }

    /// <summary>Whether there is an outage: one request at a time finds out when it ends.</summary>
    internal bool IsOn { get; private set; }

    /// <summary>When the next request may ask, during an outage.</summary>
    internal TimeSpan NextAsk { get; private set; }

    /// <summary>When an outage is decided at the earliest.</summary>
    internal TimeSpan Decidable => (_lastReply ?? TimeSpan.Zero) + Shortest;

    /// <summary>How long the outage has lasted.</summary>
    internal TimeSpan LengthAt(TimeSpan now) => now - _firstFailed;

    /// <summary>
    /// When the run ends if no reply comes; null after a reply, during a throttled pause (rule 7), and, once something was accepted, until an outage
    /// is certain. Before that the end comes thirty seconds after the first failure, and never later than thirty seconds and one timeout after that request left.
    /// </summary>
    internal TimeSpan? EndsOn
    {
        get
        {
            if (Failures == 0 || _throttledOn is not null) return null;
            if (_accepted) return IsOn ? _firstFailed + Longest : null;
            return Failures >= FewestFailures ? Min(_firstFailed + LongestUnproven, Latest) : Latest;
        }
    }

    /// <summary>When the run gives up even its requests in flight; null once something was accepted, and where <see cref="EndsOn"/> is null.</summary>
    internal TimeSpan? UnprovenUntil => _accepted || EndsOn is null ? null : Latest;

    private TimeSpan Latest => _firstSent + LongestUnproven + timeout;

    /// <summary>How many batches may have begun and not be finished.</summary>
    /// <param name="limit">The most if there is no doubt.</param>
    internal int MayBegin(int limit)
    {
        if (Failures < Doubtful) return limit;
        // One batch asks whether the service still answers. In an outage a second one takes turns with it, in case the service fails only at the first.
        return IsOn ? 2 : 1;
    }

    /// <summary>A request leaves.</summary>
    /// <param name="now">When.</param>
    /// <param name="asks">Whether it asks during an outage.</param>
    internal void Sent(TimeSpan now, bool asks)
    {
        _lastReply ??= now;
        if (asks) _askedOn = now;
    }

    /// <summary>The service replied about a request.</summary>
    internal void Replied(TimeSpan now, bool accepted)
    {
        _accepted |= accepted;
        _lastReply = now;
        _throttledOn = null;
        Failures = 0;
        IsOn = false;
    }

    /// <summary>A request was throttled. That does not answer it, but it shows that the service is there: the clock stops.</summary>
    internal void Throttled(TimeSpan now)
    {
        if (Failures == 0) return;
        _throttledOn ??= now;
        NextAsk = now;
    }

    /// <summary>A request failed without a reply of the service.</summary>
    /// <param name="sentOn">When it was sent.</param>
    /// <param name="now">When it failed.</param>
    /// <param name="asked">Whether it asked during the outage.</param>
    /// <param name="retryAfter">How long the reply asks to wait, if a server or a proxy sent one.</param>
    internal void Failed(TimeSpan sentOn, TimeSpan now, bool asked, TimeSpan? retryAfter)
    {
        if (Failures++ == 0) (_firstSent, _firstFailed) = (sentOn, now);
        if (_throttledOn is { } stopped)
        {
            _firstSent += now - stopped;
            _firstFailed += now - stopped;
            _throttledOn = null;
        }
        TimeSpan next = NextAsk;
        if (!IsOn)
        {
            IsOn = Failures >= FewestFailures && now >= Decidable;
            _gap = FirstGap;
            next = now + _gap;
        }
        else if (asked)
        {
            _gap = Min(_gap + _gap, LongestGap);
            // Between two requests, since one that hangs takes long enough by itself.
            next = Max(_askedOn + _gap, now + FirstGap);
        }
        NextAsk = Max(next, now + Min(retryAfter ?? TimeSpan.Zero, RetryPolicy.MaxRetryAfter));
    }

    /// <summary>A call waits during the outage.</summary>
    /// <returns>How long, at least as asked.</returns>
    internal TimeSpan AskAgain(TimeSpan now, TimeSpan wait)
    {
        NextAsk = Max(NextAsk, now + wait);
        return NextAsk - now;
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}

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
