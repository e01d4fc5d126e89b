namespace TcbPowerShell.Emulation;

/// <summary>Lets calls in as far as the limits allow.</summary>
internal sealed class Limiter
{
    private readonly Lock _lock = new();
    private readonly TimeProvider _clock;
    private readonly Meter[] _meters;
    private long? _start;
    private int _inFlight;

    public Limiter(EmulatorOptions options)
    {
        if (options.Limits.DistinctBy(limit => (limit.Unit, limit.From)).Count() < options.Limits.Count)
            throw new ArgumentException("Two limits of one kind begin at the same time. Append @ and the second at which the later one begins.");

        _clock = options.Clock;
        _meters = [.. options.Limits.Select(Meter.Of)];
    }

    /// <summary>Null where the call is let in, until it leaves; otherwise the limit that turns it away.</summary>
    public Limit? Enter()
    {
        lock (_lock)
        {
            TimeSpan now = _clock.GetElapsedTime(_start ??= _clock.GetTimestamp());
            Meter[] inForce = InForce(now);
            if (Array.Find(inForce, meter => !meter.HasRoom(now, _inFlight)) is { } full)
                return full.Limit;

            foreach (Meter meter in inForce)
                meter.Take(now);

            _inFlight++;
            return null;
        }
    }

    /// <summary>The end of a call that was let in.</summary>
    public void Leave()
    {
        lock (_lock)
            _inFlight--;
    }

    /// <summary>Of each unit the limit that began last.</summary>
    private Meter[] InForce(TimeSpan now) =>
    [
        .. _meters.Where(meter => meter.Limit.From <= now)
            .GroupBy(meter => meter.Limit.Unit, (_, meters) => meters.MaxBy(meter => meter.Limit.From)!),
    ];
}
