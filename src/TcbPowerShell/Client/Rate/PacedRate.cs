namespace TcbPowerShell.Client.Rate;

/// <summary>
/// A rate of sending: unlimited until the service throttles, then cut, and growing again by the time that has passed. The growth is additive, a
/// function of time and hardly of the rate, so that two runs against one limit come to share it. Times are seconds.
/// </summary>
internal sealed class PacedRate
{
    private const double Growth = 0.0165;
    private const double GrowthExponent = 0.8;
    private const double GrowthTime = 3;
    // Below this rate, seconds are too short a time to learn anything in.
    private const double SlowRate = 3.3;
    private const double PausesPerGrowthTime = 4;
    private const double CatchUpGrowth = 0.7;
    private const int LeastInFlight = 8;
    // After a first cut made from a few answers, which connections and compilers delayed, the rate nearly doubles with every two answers.
    private const int LeastInFlightAtFirst = 2;
    // Timers are late: what they delay may leave together.
    private const double Lateness = 0.02;

    private double _base = double.PositiveInfinity;
    private double _catchUpTo = double.PositiveInfinity;
    private double _since;
    private double _longestPause;
    private int _leastInFlight = LeastInFlight;

    /// <summary>Whether there is a limit.</summary>
    internal bool IsLimited => !double.IsPositiveInfinity(_base);

    /// <summary>When the next request may leave.</summary>
    internal double Due { get; private set; }

    /// <summary>Whether the last request left when the rate allowed it, and did not wait for a place.</summary>
    internal bool IsBinding { get; private set; }

    /// <summary>Requests per second.</summary>
    internal double At(double now)
    {
        if (!IsLimited) return _base;
        double time = Math.Max(GrowthTime / Math.Min(1, _base / SlowRate), PausesPerGrowthTime * _longestPause);
        double passed = Math.Min(Math.Max(0, now - _since), 20 * time);
        return _base + (Growth * Math.Pow(_base, GrowthExponent) * (Math.Exp(passed / time) - 1));
    }

    /// <summary>A request leaves.</summary>
    /// <param name="now">When.</param>
    /// <param name="share">The share of the rate that is used.</param>
    internal void Sent(double now, double share)
    {
        IsBinding = IsLimited && now - Due < Math.Max(1 / At(now), Lateness);
        if (IsLimited) Due = Math.Max(Due, now - Lateness) + (1 / (share * At(now)));
    }

    /// <summary>A request was accepted: below the rate that the service took before, the rate grows with each answer.</summary>
    /// <param name="now">When.</param>
    /// <param name="roundTrip">How long a request takes.</param>
    internal void Accepted(double now, double roundTrip)
    {
        double rate = At(now);
        if (IsLimited && rate < _catchUpTo)
            GoOn(Math.Min(rate * (1 + (CatchUpGrowth / Math.Max(_leastInFlight, Math.Min(10_000, rate * roundTrip)))), _catchUpTo), now);
    }

    /// <summary>Cuts the rate.</summary>
    /// <param name="rate">The new rate.</param>
    /// <param name="catchUpTo">The rate up to which it grows with each answer; infinity where the service's limit has yet to be found.</param>
    /// <param name="now">When.</param>
    /// <param name="pause">How long the service asks to wait.</param>
    /// <param name="isGuess">Whether too little was accepted since the last cut to know the rate.</param>
    internal void Cut(double rate, double catchUpTo, double now, double pause, bool isGuess)
    {
        _leastInFlight = isGuess && double.IsPositiveInfinity(catchUpTo) ? LeastInFlightAtFirst : LeastInFlight;
        _catchUpTo = catchUpTo;
        _longestPause = Math.Max(_longestPause, pause);
        GoOn(rate, now + pause);
        // Nobody waits longer than the service asks for.
        Wait(now, pause > 0 ? 0 : 1 / rate);
    }

    /// <summary>Goes on at a rate that was measured.</summary>
    internal void Learn(double rate, double now)
    {
        _catchUpTo = Math.Min(_catchUpTo, Math.Sqrt(rate * At(now)));
        GoOn(rate, now);
    }

    /// <summary>Goes back to the rate before a cut.</summary>
    /// <param name="rate">The rate.</param>
    /// <param name="catchUpTo">The rate up to which it grows with each answer.</param>
    /// <param name="now">When.</param>
    internal void Restore(double rate, double catchUpTo, double now)
    {
        _catchUpTo = catchUpTo;
        GoOn(rate, now);
    }

    /// <summary>Goes on at the same rate, growing from now.</summary>
    internal void GoOn(double now) => _since = now;

    /// <summary>Sends nothing for a while.</summary>
    internal void Wait(double now, double time) => Due = now + time;

    /// <summary>Takes the limit away.</summary>
    internal void Release() => (_base, _catchUpTo, Due) = (double.PositiveInfinity, double.PositiveInfinity, 0);

    private void GoOn(double rate, double now) => (_base, _since) = (rate, now);
}
