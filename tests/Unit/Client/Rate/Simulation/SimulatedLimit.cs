namespace TcbPowerShell.Tests.Client.Rate.Simulation;

/// <summary>A limit of a simulated service. Times are seconds.</summary>
internal abstract class SimulatedLimit
{
    /// <summary>A request arrives.</summary>
    /// <returns>Whether it is let in.</returns>
    internal abstract bool Enter(double now);

    /// <summary>A request that was let in leaves.</summary>
    internal virtual void Leave()
    {
    }

    /// <summary>A token bucket, full at the start.</summary>
    internal sealed class Bucket(double rate, int burst) : SimulatedLimit
    {
        private double _tokens = burst;
        private double _last;

        internal double Rate { get; set; } = rate;

        internal override bool Enter(double now)
        {
            _tokens = Math.Min(burst, _tokens + ((now - _last) * Rate));
            _last = now;
            // A rounding error of fractions is not a missing token.
            if (_tokens < 1 - 1e-9) return false;
            _tokens--;
            return true;
        }
    }

    /// <summary>So many in each window, however they are spread.</summary>
    internal sealed class Window(int count, double length, double phase) : SimulatedLimit
    {
        private long _current = long.MinValue;
        private int _taken;

        internal override bool Enter(double now)
        {
            long window = (long)Math.Floor((now + phase) / length);
            if (window != _current) (_current, _taken) = (window, 0);
            if (_taken >= count) return false;
            _taken++;
            return true;
        }
    }

    /// <summary>So many at once.</summary>
    internal sealed class AtOnce(int count) : SimulatedLimit
    {
        private int _inside;

        internal override bool Enter(double now)
        {
            if (_inside >= count) return false;
            _inside++;
            return true;
        }

        internal override void Leave() => _inside--;
    }

    /// <summary>Turns some away whatever the rate, as a gateway does of which one server is ill.</summary>
    internal sealed class AtRandom(SimulatedLimit limit, double share, Random random) : SimulatedLimit
    {
        internal override bool Enter(double now) => random.NextDouble() >= share && limit.Enter(now);

        internal override void Leave() => limit.Leave();
    }
}
