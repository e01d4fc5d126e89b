namespace TcbPowerShell.Client.Rate;

/// <summary>
/// The sending controller of a run (rule 7): says when the next request may leave. It learns one number, the requests per second that the service accepts,
/// and there is none until a request is rejected. Pure: it knows neither clocks nor threads.
/// </summary>
/// <param name="limit">The most requests in flight (ThrottleLimit).</param>
internal sealed class SendingRate(int limit)
{
    // The first flight is small, in case the service accepts little. Two more places for each accepted request triple it with each round trip.
    private const int FirstFlight = 5;
    private const int PlacesPerAnswer = 2;

    // A rejection makes the run a tenth slower: the rate grew slowly, so it can only be a little too high.
    private const double Cut = 0.9;
    // A rate that is known to be too low grows by an eighth with each accepted request, and at most by half within a round trip.
    private const double FastAnswers = 8;
    private const double FastRoundTrips = 2;
    // Otherwise it doubles within 36 accepted requests and 3.5 seconds. In seconds, a fast run grows no faster than a slow one, so two come to share a limit.
    private const double SlowAnswers = 36;
    private const double SlowSeconds = 3.5;
    // If each rejection costs a pause, it doubles within 24 of these pauses, so that little of the time is spent pausing.
    private const double SlowPauses = 24;
    // The fifth power keeps the rate near the limit for most of that time.
    private const int SlowPower = 5;
    // So far above the rate that was rejected last, the limit has risen, and the rate is too low again.
    private const double FarAbove = 1.2;

    // A rate is not measured with fewer accepted requests.
    private const int Few = 8;
    // So many rejections in a row are not chance even if the service rejects every third request at random.
    private const int Many = 7;
    // A longer pause is an outage. It says nothing about the rate.
    private const double LongestPause = 10;
    // While nothing is accepted, a request asks at least this often. The rate does not fall below that either.
    private const double LongestWait = 30;
    // Errcode 45011 ends with the minute, but the service does not say when its minute ends.
    private static readonly TimeSpan PerMinutePause = TimeSpan.FromSeconds(10);
    // Timers are late. The requests that one has delayed may leave together.
    private const double Lateness = 0.02;

    private readonly BestRate _best = new();
    private int _places = Math.Min(limit, FirstFlight);
    private long _lastOrdinal;
    // When the last request left, in seconds.
    private double _lastSent;

    // Requests per second at the last cut, infinite before the first; how far it has grown since (at 1 it has doubled); up to where it grows fast.
    private double _base = double.PositiveInfinity;
    private double _grown;
    private double _fastUpTo = double.PositiveInfinity;
    private double _due;
    // Whether the last request left as soon as the rate allowed it. Otherwise something else held it up, and its answer is no reason to grow.
    private bool _isBinding;

    // When the service last began to accept, and how many requests it has accepted since.
    private double? _openedAt;
    private int _accepted;
    private bool _isMeasured;

    // Rejections in a row, the first one's time and rate, the rate up to which that one is forgiven, and the pause that it asked for.
    private int _rejections;
    private double _rejectedAt;
    private double _rejectedRate;
    private double? _forgivenUpTo;
    private double _pause;
    private TimeSpan _pausedUntil;
    // Requests up to this one left before the last cut, so their answers say nothing about the new rate.
    private long _cutOrdinal;
    // The request that finds out whether the service accepts again; 0 if none is in flight.
    private long _probe;

    /// <summary>How many requests are in flight.</summary>
    internal int InFlight { get; private set; }

    /// <summary>Whether the service has rejected a request in this run.</summary>
    internal bool IsThrottled => !double.IsPositiveInfinity(_base);

    /// <summary>Requests per second; null if nothing limits them, or if too few were accepted to know.</summary>
    internal double? RequestsPerSecond => IsThrottled && _isMeasured ? Rate : null;

    private double Rate => _base * (1 + Math.Pow(_grown, SlowPower));

    private bool IsPaused => _rejections > 0 && _pausedUntil.TotalSeconds > _rejectedAt;

    // Rejected twice, or for a time that the service named: one request at a time finds out when it accepts again.
    private bool IsClosed => _rejections > 1 || IsPaused;

    /// <summary>How long nothing is sent from now on, because the service asked for that or accepts nothing.</summary>
    internal TimeSpan PauseAt(TimeSpan now) =>
        Max((IsClosed ? Max(_pausedUntil, TimeSpan.FromSeconds(_due)) : _pausedUntil) - now, TimeSpan.Zero);

    /// <summary>When the next request may leave.</summary>
    /// <returns>A time, which may have passed; null if only an answer can change anything.</returns>
    internal TimeSpan? Next() => InFlight >= _places || (IsClosed && _probe > 0) ? null : Max(_pausedUntil, TimeSpan.FromSeconds(_due));

    /// <summary>A request leaves.</summary>
    /// <returns>Its number, from 1.</returns>
    internal long Sent(TimeSpan time)
    {
        double now = time.TotalSeconds;
        _openedAt ??= now;
        _isBinding = now - _due < Math.Max(1 / Rate, Lateness);
        if (IsThrottled) _due = Math.Max(_due, now - Lateness) + (1 / Rate);
        InFlight++;
        _lastOrdinal++;
        _lastSent = now;
        if (IsClosed) _probe = _lastOrdinal;
        return _lastOrdinal;
    }

    /// <summary>A request was accepted.</summary>
    internal void Accepted(long request, TimeSpan time)
    {
        Release(request);
        _accepted++;
        _best.Accepted();
        _places = Math.Min(limit, _places + PlacesPerAnswer);
        if (_rejections == 0 && _isBinding && IsThrottled) Grow();
        if (_rejections > 0 && request > _cutOrdinal) Open(time.TotalSeconds);
    }

    /// <summary>A request was rejected because of the service's limits.</summary>
    /// <param name="request">The request.</param>
    /// <param name="time">When.</param>
    /// <param name="retryAfter">How long the service asks to wait; null if it does not say.</param>
    /// <param name="isPerMinute">Whether the minute's quota is spent.</param>
    internal void TurnedAway(long request, TimeSpan time, TimeSpan? retryAfter, bool isPerMinute)
    {
        Release(request);
        double now = time.TotalSeconds;
        // A time that has passed does not say how long to wait.
        if (retryAfter <= TimeSpan.Zero) retryAfter = null;
        if (isPerMinute && _rejections == 0) retryAfter ??= PerMinutePause;
        if (retryAfter is { } wait) _pausedUntil = Max(_pausedUntil, time + wait);
        // The first request after a cut decides: of those that follow it, some are always rejected by a service that rejects at random. Its answer may never come.
        bool isDecided = IsClosed || request == _cutOrdinal + 1 || request > _cutOrdinal + limit;
        if (request <= _cutOrdinal || (_rejections > 0 && !isDecided)) return;
        double pause = retryAfter?.TotalSeconds ?? 0;
        _openedAt += Math.Max(0, pause - LongestPause);
        _cutOrdinal = _lastOrdinal;
        _isMeasured |= _accepted >= Few;
        if (_rejections++ == 0) SlowDown(now, Math.Min(pause, LongestPause));
        else _due = now + Math.Min(LongestWait, Math.Max(1 / _base, (now - _rejectedAt) / 2));
        // No longer than the service asks for.
        if (retryAfter is not null) _due = _pausedUntil.TotalSeconds;
    }

    /// <summary>A request has ended in a way that says nothing about limits.</summary>
    internal void Release(long request)
    {
        InFlight--;
        if (request == _probe) _probe = 0;
    }

    private void SlowDown(double now, double pause)
    {
        // Before the first rejection, the rate was whatever the first flights made it. From there it grows fast until the next rejection.
        _fastUpTo = IsThrottled ? 0 : double.PositiveInfinity;
        _rejectedRate = IsThrottled ? Rate : _lastOrdinal / Math.Max(0.001, now - _openedAt!.Value);
        (_rejectedAt, _pause) = (now, pause);
        _forgivenUpTo = _best.Rejected(_rejectedRate, now);
        (_base, _grown) = (Cut * _rejectedRate, 0);
        _due = Math.Max(_due, now);
    }

    private void Grow()
    {
        double rate = Rate;
        if (rate >= _fastUpTo && rate < FarAbove * _rejectedRate)
        {
            _grown += 1 / (SlowAnswers + (rate * Math.Max(SlowSeconds, SlowPauses * _pause)));
            return;
        }
        double faster = rate * (1 + (1 / Math.Max(FastAnswers, FastRoundTrips * InFlight)));
        (_base, _grown) = (rate < _fastUpTo ? Math.Min(_fastUpTo, faster) : faster, 0);
    }

    // The service accepts again. If it was closed, the rate that it accepts is now known: all that it has accepted since it opened before, divided by all that
    // time, the closed part included. That holds for buckets, windows, minutes, outages and Retry-After alike.
    private void Open(double now)
    {
        double next = Cut * _rejectedRate;
        double fastUpTo = Math.Sqrt(next * _rejectedRate);
        if (IsClosed)
        {
            double accepted = _accepted / (now - _openedAt!.Value);
            // If the service named the pause, it may have been longer than necessary.
            next = Math.Min(next, IsPaused ? Math.Sqrt(accepted * _rejectedRate) : accepted);
            fastUpTo = _accepted < Few ? _rejectedRate : Math.Sqrt(next * _rejectedRate);
            if (_accepted >= Few) (_openedAt, _accepted) = (now, 0);
        }
        if (!double.IsPositiveInfinity(_fastUpTo)) _fastUpTo = fastUpTo;
        if (_rejections >= Many) _best.Forget();
        if (_forgivenUpTo is { } upTo) (next, _fastUpTo) = (_rejectedRate, upTo);
        (_base, _grown, _rejections) = (Math.Max(1 / LongestWait, next), 0, 0);
        _due = Math.Max(_due, _lastSent + (1 / _base));
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
