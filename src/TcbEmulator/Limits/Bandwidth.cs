namespace TcbPowerShell.Emulation;

/// <summary>A line that all downloads share.</summary>
internal sealed class Bandwidth(EmulatorOptions options)
{
    // A timer fires late: what the line did not carry meanwhile, it may make up for.
    private static readonly TimeSpan MostMadeUp = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new();
    private readonly long _start = options.Clock.GetTimestamp();
    private TimeSpan _free;

    /// <summary>How many bytes are sent at once: a twentieth of a second's, so that a slow line does not stutter.</summary>
    public int ChunkSize => options.Bandwidth is { } rate ? (int)Math.Clamp(rate / 20, 1, 64 * 1024) : 64 * 1024;

    /// <summary>Waits until the line has room for so many bytes.</summary>
    public Task TakeAsync(int bytes, CancellationToken cancellationToken)
    {
        if (options.Bandwidth is not { } rate)
            return Task.CompletedTask;

        TimeSpan wait;
        lock (_lock)
        {
            TimeSpan now = options.Clock.GetElapsedTime(_start);
            TimeSpan earliest = now - MostMadeUp;
            _free = (_free > earliest ? _free : earliest) + TimeSpan.FromSeconds((double)bytes / rate);
            wait = _free - now;
        }

        return wait > TimeSpan.Zero ? Task.Delay(wait, options.Clock, cancellationToken) : Task.CompletedTask;
    }
}
