namespace TcbPowerShell.Tests.Client.Rate.Simulation;

/// <summary>Says when the next request of a simulated run may go. Times are seconds.</summary>
internal abstract class SimulatedSender
{
    /// <summary>When the next request may go; null while only an answer can change that.</summary>
    internal abstract double? Next(double now);

    /// <summary>A request goes.</summary>
    /// <returns>A value that the sender gets back with the answer.</returns>
    internal abstract object? Sent(double now);

    /// <summary>The answer is there.</summary>
    /// <param name="request">The value that <see cref="Sent"/> returned.</param>
    /// <param name="accepted">Whether the request was accepted; otherwise it was turned away.</param>
    /// <param name="now">The time.</param>
    internal virtual void Answered(object? request, bool accepted, double now)
    {
    }

    /// <summary>A pacer that knows the rate and the burst, and keeps a bucket of its own.</summary>
    internal sealed class KnowsBucket(double rate, int burst) : SimulatedSender
    {
        private double _full;

        internal override double? Next(double now) => _full - ((burst - 1) / rate);

        internal override object? Sent(double now)
        {
            _full = Math.Max(_full, now) + (1 / rate);
            return null;
        }
    }

    /// <summary>Knows how many each window takes and when it begins.</summary>
    internal sealed class KnowsWindow(int count, double length, double phase, double earliestArrival) : SimulatedSender
    {
        private double _window = double.NegativeInfinity;
        private int _sent;

        internal override double? Next(double now)
        {
            double window = Math.Floor((now + earliestArrival + phase + 1e-9) / length);
            return window > _window || _sent < count ? now : ((_window + 1) * length) - phase - earliestArrival;
        }

        internal override object? Sent(double now)
        {
            double window = Math.Floor((now + earliestArrival + phase + 1e-9) / length);
            if (window > _window) (_window, _sent) = (window, 0);
            _sent++;
            return null;
        }
    }

    /// <summary>Knows how many may be in flight.</summary>
    internal sealed class KnowsAtOnce(int count) : SimulatedSender
    {
        private int _inFlight;

        internal override double? Next(double now) => _inFlight < count ? now : null;

        internal override object? Sent(double now)
        {
            _inFlight++;
            return null;
        }

        internal override void Answered(object? request, bool accepted, double now) => _inFlight--;
    }
}
