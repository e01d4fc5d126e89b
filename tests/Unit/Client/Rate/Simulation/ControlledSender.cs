using TcbPowerShell.Client.Rate;

namespace TcbPowerShell.Tests.Client.Rate.Simulation;

/// <summary>The module's own controller in a simulated run.</summary>
/// <param name="rate">The controller.</param>
/// <param name="retryAfter">The Retry-After of the service, in seconds; null if it sends none.</param>
/// <param name="isPerMinute">Whether the service says that the minute's quota is spent.</param>
internal sealed class ControlledSender(SendingRate rate, double? retryAfter = null, bool isPerMinute = false) : SimulatedSender
{
    internal override double? Next(double now) => rate.Next() is { } due ? due <= Time(now) ? now : due.TotalSeconds : null;

    internal override object? Sent(double now) => rate.Sent(Time(now));

    internal override void Answered(object? request, bool accepted, double now)
    {
        if (accepted) rate.Accepted((long)request!, Time(now));
        else rate.TurnedAway((long)request!, Time(now), retryAfter is { } seconds ? Time(seconds) : null, isPerMinute);
    }

    // Upwards, so that no time is reached before it is due.
    private static TimeSpan Time(double seconds) => TimeSpan.FromTicks((long)Math.Ceiling(seconds * TimeSpan.TicksPerSecond));
}
