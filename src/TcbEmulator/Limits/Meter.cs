namespace TcbPowerShell.Emulation;

/// <summary>The count of one limit so far. Times are counted from the first call.</summary>
internal abstract class Meter(Limit limit)
{
    public Limit Limit => limit;

    public static Meter Of(Limit limit) => limit.Unit switch
    {
        LimitUnit.PerSecond => new TokenBucket(limit),
        LimitUnit.PerMinute => new MinuteWindow(limit),
        _ => new Concurrency(limit),
    };

    public abstract bool HasRoom(TimeSpan now, int inFlight);

    /// <summary>Counts a call that was let in.</summary>
    public virtual void Take(TimeSpan now)
    {
    }

    /// <summary>A token bucket in whole ticks: not its tokens are counted but the time at which it is full again.</summary>
    private sealed class TokenBucket(Limit limit) : Meter(limit)
    {
        private readonly TimeSpan _interval = TimeSpan.FromSeconds(1) / limit.Count;
        private TimeSpan _full;

        public override bool HasRoom(TimeSpan now, int inFlight) => _full - now <= _interval * (Limit.Burst - 1);

        public override void Take(TimeSpan now) => _full = (_full > now ? _full : now) + _interval;
    }

    private sealed class MinuteWindow(Limit limit) : Meter(limit)
    {
        private long _minute;
        private int _taken;

        public override bool HasRoom(TimeSpan now, int inFlight)
        {
            long minute = now.Ticks / TimeSpan.TicksPerMinute;
            if (minute != _minute)
                (_minute, _taken) = (minute, 0);

            return _taken + 1 <= Limit.Count;
        }

        public override void Take(TimeSpan now) => _taken++;
    }

    private sealed class Concurrency(Limit limit) : Meter(limit)
    {
        public override bool HasRoom(TimeSpan now, int inFlight) => inFlight + 1 <= Limit.Count;
    }
}
