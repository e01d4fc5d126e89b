using System.Diagnostics;

namespace TcbPowerShell.Client.Http;

/// <summary>
/// Time, so that tests need not wait for it. (TimeProvider would be one more assembly to ship to Windows PowerShell.)
/// </summary>
internal class Clock
{
    /// <summary>The machine's time.</summary>
    internal static readonly Clock System = new();

    /// <summary>The time of day, for records and for tokens' lives.</summary>
    internal virtual DateTimeOffset UtcNow => DateTimeOffset.UtcNow;

    /// <summary>A time that never jumps, for measuring.</summary>
    internal virtual TimeSpan Elapsed => TimeSpan.FromSeconds((double)Stopwatch.GetTimestamp() / Stopwatch.Frequency);

    /// <summary>Waits.</summary>
    internal virtual Task DelayAsync(TimeSpan delay, CancellationToken cancellationToken) => Task.Delay(delay, cancellationToken);

    /// <summary>Cancels after a while.</summary>
    internal virtual void CancelAfter(CancellationTokenSource source, TimeSpan timeout) => source.CancelAfter(timeout);
}
