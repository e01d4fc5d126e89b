
namespace TcbPowerShell.Client.Http;

/// <summary>
/// What every request of a run passes: the one place that waits. When the service throttles, all workers pause and only half of them
/// go on together; each answer then lets concurrency recover by a degree (additive increase, multiplicative decrease).
/// </summary>
/// <param name="limit">The most requests at once (ThrottleLimit).</param>
/// <param name="clock">Time.</param>
internal sealed class RequestGate(int limit, Clock clock)
{
    private readonly Queue<TaskCompletionSource<bool>> _waiting = new();
    private double _allowed = limit;
    private int _active;
    private TimeSpan _pausedUntil;

    /// <summary>How many requests may be under way at once just now.</summary>
    internal int Allowed
    {
        get
        {
            lock (_waiting) return (int)_allowed;
        }
    }

    /// <summary>Waits for a delay of one's own, for the end of a pause, and for a place; each place is given back with <see cref="Leave"/>.</summary>
    /// <param name="delay">How long at least.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The wait was ended; there is no place to give back.</exception>
    internal async Task EnterAsync(TimeSpan delay, CancellationToken cancellationToken)
    {
        if (delay > TimeSpan.Zero) await clock.DelayAsync(delay, cancellationToken).ConfigureAwait(false);
        while (true)
        {
            TimeSpan pause;
            TaskCompletionSource<bool>? place = null;
            lock (_waiting)
            {
                if (cancellationToken.IsCancellationRequested)
                {
                    // Whoever woke this one meant the place for somebody.
                    WakeNext();
                    throw new OperationCanceledException(cancellationToken);
                }
                pause = _pausedUntil - clock.Elapsed;
                if (pause <= TimeSpan.Zero && _active < (int)_allowed)
                {
                    _active++;
                    return;
                }
                // Continuations must not run inside Leave, which another worker calls.
                if (pause <= TimeSpan.Zero) _waiting.Enqueue(place = new(TaskCreationOptions.RunContinuationsAsynchronously));
            }
            if (place is null) await clock.DelayAsync(pause, cancellationToken).ConfigureAwait(false);
            else await WaitAsync(place, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Gives a place back.</summary>
    /// <param name="answered">Whether the service answered: then it can take a little more.</param>
    internal void Leave(bool answered)
    {
        lock (_waiting)
        {
            _active--;
            if (answered) _allowed = Math.Min(limit, _allowed + (1 / _allowed));
            WakeNext();
        }
    }

    /// <summary>Slows every worker down.</summary>
    /// <param name="pause">How long nobody sends.</param>
    internal void SlowDown(TimeSpan pause)
    {
        lock (_waiting)
        {
            TimeSpan now = clock.Elapsed;
            // The other requests that were under way are throttled too: that is one event, not many.
            if (now >= _pausedUntil) _allowed = Math.Max(1, Math.Floor(_allowed) / 2);
            if (now + pause > _pausedUntil) _pausedUntil = now + pause;
        }
    }

    private void WakeNext()
    {
        for (int places = (int)_allowed - _active; places > 0 && _waiting.Count > 0;)
        {
            if (_waiting.Dequeue().TrySetResult(true)) places--;
        }
    }

    private static async Task WaitAsync(TaskCompletionSource<bool> place, CancellationToken cancellationToken)
    {
        using (cancellationToken.Register(static state => ((TaskCompletionSource<bool>)state!).TrySetCanceled(), place))
        {
            await place.Task.ConfigureAwait(false);
        }
    }
}
