using TcbPowerShell.Client.Http;

namespace TcbPowerShell.Tests.Infrastructure;

/// <summary>A clock that nobody waits for: a wait is over at once, and the time is as if it had been waited. Otherwise it stands still.</summary>
internal sealed class SkippingClock : Clock
{
    private readonly List<CancellationTokenSource> _timeouts = [];
    private long _elapsed;

    internal override TimeSpan Elapsed => TimeSpan.FromTicks(Interlocked.Read(ref _elapsed));

    internal override DateTimeOffset UtcNow => DateTimeOffset.UnixEpoch + Elapsed;

    internal override Task DelayAsync(TimeSpan delay, CancellationToken cancellationToken)
    {
        Advance(delay);
        return cancellationToken.IsCancellationRequested ? Task.FromCanceled(cancellationToken) : Task.CompletedTask;
    }

    /// <summary>Lets time pass.</summary>
    internal void Advance(TimeSpan time) => Interlocked.Add(ref _elapsed, time.Ticks);

    // Calls never time out by themselves, however slow the machine is.
    internal override void CancelAfter(CancellationTokenSource source, TimeSpan timeout)
    {
        lock (_timeouts) _timeouts.Add(source);
    }

    /// <summary>Times out the calls that are under way.</summary>
    internal void EndCalls()
    {
        CancellationTokenSource[] timeouts;
        lock (_timeouts)
        {
            timeouts = [.. _timeouts];
            _timeouts.Clear();
        }
        foreach (CancellationTokenSource source in timeouts)
        {
            try
            {
                source.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // That call is over.
            }
        }
    }
}
