namespace TcbPowerShell.Client.Rate;

/// <summary>
/// The sending controller of a run (rule 7): says when the next request may go, from what became of those before it. It learns a rate, a number in
/// flight, and a number per minute, and is limited by whichever the service limits. Pure: it knows neither clocks nor threads.
/// </summary>
/// <param name="limit">The most requests at once (ThrottleLimit).</param>
internal sealed class SendingRate(int limit)
{
    // Where the service does not say how long to wait, the waits while it accepts nothing grow by half up to this.
    private const double LongestProbeGap = 30;
    // Requests that could have gone meanwhile: a few are no measurement, many are a service that was closed.
    private const int Few = 3;
    private const int Many = 20;

    private readonly PacedRate _rate = new();
    private readonly AcceptedRate _accepted = new();
    private readonly InFlightLimit _places = new(limit);
    private readonly MinuteQuota _quota = new();
    private readonly ChanceEvidence _chance = new();
    private TimeSpan _pausedUntil;
    private long _lastOrdinal;
    // Requests up to this one left before the rate was cut: their answers say nothing of the new one.
    private long _cutAt;
    private double _closedSince;
    // Where the request may have been turned away by chance: the rates to go back to if the next one is accepted.
    private (double Rate, double CatchUpTo)? _restored;
    private int _probes;
    private State _state;

    private enum State
    {
        /// <summary>The service accepts.</summary>
        Open,

        /// <summary>Something was turned away. Until an answer comes to what was sent since, sending is slower.</summary>
        Doubtful,

        /// <summary>Nothing is accepted: one request at a time finds out when that changes.</summary>
        Closed,
    }

    /// <summary>How many requests are in flight.</summary>
    internal int InFlight { get; private set; }

    /// <summary>Whether the service has turned a request away in this run.</summary>
    internal bool IsThrottled { get; private set; }

    /// <summary>Requests per second: the rate in use, or where there is none, the rate at which the service accepts; null where neither is known.</summary>
    internal double? RequestsPerSecond(TimeSpan now) =>
        _rate.IsLimited ? _rate.At(now.TotalSeconds) : _accepted.HasAny ? _accepted.Recent(now.TotalSeconds) : null;

    /// <summary>How long nothing is sent from now on, because the service asks for it or accepts nothing.</summary>
    internal TimeSpan PauseAt(TimeSpan now)
    {
        TimeSpan until = Max(_pausedUntil, _quota.PausedUntil);
        if (_state == State.Closed && _rate.Due > until.TotalSeconds) until = TimeSpan.FromSeconds(_rate.Due);
        return Max(until - now, TimeSpan.Zero);
    }

    /// <summary>When the next request may go.</summary>
    /// <returns>A time, which may have passed; null while only an answer can change anything.</returns>
    internal TimeSpan? Next(TimeSpan now)
    {
        if (InFlight >= Math.Min(_places.Places, _quota.PlacesAt(now))) return null;
        if (_state == State.Closed && _probes > 0) return null;
        TimeSpan due = Max(_pausedUntil, _quota.PausedUntil);
        return _rate.Due > now.TotalSeconds ? Max(due, TimeSpan.FromSeconds(_rate.Due)) : due;
    }

    /// <summary>A request goes.</summary>
    internal SentRequest Sent(TimeSpan now)
    {
        InFlight++;
        if (_state == State.Closed) _probes++;
        _accepted.Begin(now.TotalSeconds);
        _rate.Sent(now.TotalSeconds, share: _state == State.Doubtful ? 0.5 : 1);
        return new SentRequest(++_lastOrdinal, InFlight, now);
    }

    /// <summary>A request was accepted.</summary>
    internal void Accepted(in SentRequest request, TimeSpan time)
    {
        double now = time.TotalSeconds;
        InFlight--;
        _quota.Accepted(time);
        _accepted.Add(now, (time - request.At).TotalSeconds);
        _places.Accepted(request);
        _chance.Accepted(SentAt(now));
        if (_state == State.Open) _rate.Accepted(now, _accepted.RoundTrip);
        else if (request.Ordinal > _cutAt) Open(now);
    }

    /// <summary>A request was turned away.</summary>
    /// <param name="request">The request.</param>
    /// <param name="time">When.</param>
    /// <param name="retryAfter">How long the service asks to wait; null where it does not say.</param>
    /// <param name="isPerMinute">Whether the minute's quota is spent.</param>
    internal void TurnedAway(in SentRequest request, TimeSpan time, TimeSpan? retryAfter, bool isPerMinute)
    {
        double now = time.TotalSeconds;
        InFlight--;
        IsThrottled = true;
        _accepted.Answered(now);
        // Now, or a time that has passed, is not an answer to how long.
        if (retryAfter <= TimeSpan.Zero) retryAfter = null;
        if (retryAfter is { } pause) _pausedUntil = Max(_pausedUntil, time + pause);
        if (isPerMinute) _quota.Spent(time);
        else _places.TurnedAway(request);
        if (request.Ordinal > _cutAt) SlowDown(request, now, retryAfter?.TotalSeconds, isPerMinute);
    }

    /// <summary>A request has ended in a way that says nothing of limits.</summary>
    internal void Release(in SentRequest request)
    {
        InFlight--;
        if (request.Ordinal > _cutAt) _probes = 0;
    }

    private void SlowDown(in SentRequest request, double now, double? pause, bool isPerMinute)
    {
        _cutAt = _lastOrdinal;
        _probes = 0;
        if (isPerMinute || _places.StepBack(request)) return;
        bool wasSuspected = _places.IsSuspected;
        // A service that counts what is in flight cannot say how long to wait.
        if (_state == State.Open && pause is null && _places.Suspect())
        {
            _accepted.NewCycle(now);
            Close(State.Closed, now);
            return;
        }
        _places.Release();
        if (_state != State.Open && !wasSuspected)
        {
            // Still closed.
            _state = State.Closed;
            double gap = Math.Min((now - _closedSince) / 2, LongestProbeGap);
            _rate.Wait(now, pause ?? Math.Max(1 / _rate.At(now), gap));
            return;
        }
        if (_state != State.Open) _accepted.JoinCycles();
        _restored = _chance.TurnedAway(SentAt(now), now);
        (double rate, double catchUpTo) = RateCut.After(SentAt(now), _rate, _accepted, now, pause);
        _rate.Cut(rate, catchUpTo, now, pause ?? 0, isGuess: _accepted.InCycle < RateCut.TooFew);
        _accepted.NewCycle(now);
        Close(State.Doubtful, now);
    }

    private void Close(State state, double now) => (_state, _closedSince) = (state, now);

    private void Open(double now)
    {
        _state = State.Open;
        _probes = 0;
        if (_places.IsSuspected)
        {
            _places.Confirm();
            _rate.Release();
            _chance.Discard();
        }
        if (_restored is { } before) _rate.Restore(before.Rate, before.CatchUpTo, now);
        else _rate.GoOn(now);
        _restored = null;
        if (!IsLongerClosedThan(Few, now)) return;
        if (_rate.IsLimited && _pausedUntil == TimeSpan.Zero && _accepted.SinceOpened(now) is var measured && measured < _rate.At(now)) _rate.Learn(measured, now);
        _accepted.Opened(now);
        if (IsLongerClosedThan(Many, now)) _chance.Discard();
    }

    // Requests per second as they leave: where they wait for places, that is more slowly than the rate would allow.
    private double SentAt(double now) => _rate.IsBinding ? _rate.At(now) : Math.Min(_rate.At(now), _accepted.Recent(now));

    // A round trip is no pause.
    private bool IsLongerClosedThan(int requests, double now) => now - _closedSince > (requests / Math.Min(1000, _rate.At(now))) + (2 * _accepted.RoundTrip);

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
