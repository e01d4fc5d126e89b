namespace TcbPowerShell.Client.Rate;

/// <summary>
/// A number of requests per minute (45011). When it is spent, nothing is sent until one minute after the first request that was accepted in the
/// current minute; in the next minute the same number leaves as fast as it can, and what comes after it one by one.
/// </summary>
internal sealed class MinuteQuota
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private TimeSpan? _start;
    private int _accepted;
    private int _quota;

    /// <summary>The end of the pause.</summary>
    internal TimeSpan PausedUntil { get; private set; }

    /// <summary>How many requests may be in flight.</summary>
    internal int PlacesAt(TimeSpan now)
    {
        if (_quota == 0) return int.MaxValue;
        int accepted = now - _start < Minute ? _accepted : 0;
        return Math.Max(_quota - accepted, 1 + ((accepted - _quota) / 4));
    }

    /// <summary>A request was accepted.</summary>
    internal void Accepted(TimeSpan now)
    {
        if (!(now - _start < Minute)) (_start, _accepted) = (now, 0);
        _accepted++;
    }

    /// <summary>The minute's quota is spent.</summary>
    internal void Spent(TimeSpan now)
    {
        // Those that were in flight when the pause began say the same.
        if (now < PausedUntil) return;
        bool knowsStart = now - _start < Minute;
        if (knowsStart) _quota = _accepted;
        PausedUntil = (knowsStart ? _start!.Value : now) + Minute;
    }
}
