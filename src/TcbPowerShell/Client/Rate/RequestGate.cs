using TcbPowerShell.Client.Http;
using TcbPowerShell.Protocol;

namespace TcbPowerShell.Client.Rate;

/// <summary>
/// Admits the requests of a run, first come, first served, when <see cref="SendingRate"/> allows it. Only the first in the queue looks at the clock,
/// so that at most one timer runs.
/// </summary>
/// <param name="limit">The most requests at once (ThrottleLimit).</param>
/// <param name="clock">Time.</param>
internal sealed class RequestGate(int limit, Clock clock)
{
    // A timer cannot wait for months, and a service can ask for that.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(1);

    private readonly SendingRate _rate = new(limit);
    private readonly LinkedList<TaskCompletionSource<bool>> _queue = new();
    private TimeSpan _waited;

    /// <summary>The rate and the pauses that the service imposes on this run.</summary>
    internal SendingStatus Status
    {
        get
        {
            lock (_queue) return Describe(clock.Elapsed);
        }
    }

    /// <summary>Waits for a delay of one's own, and then for one's turn. Each request that enters is answered for exactly once.</summary>
    /// <param name="delay">How long at least.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The wait was ended; nothing is sent.</exception>
    internal async Task<SentRequest> EnterAsync(TimeSpan delay, CancellationToken cancellationToken)
    {
        if (delay > TimeSpan.Zero) await clock.DelayAsync(delay, cancellationToken).ConfigureAwait(false);
        LinkedListNode<TaskCompletionSource<bool>> place = new(NewSignal());
        lock (_queue) _queue.AddLast(place);
        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                TimeSpan start;
                TimeSpan? wait = null;
                Task signal;
                lock (_queue)
                {
                    start = clock.Elapsed;
                    if (_queue.First == place && _rate.Next() is { } due)
                    {
                        if (due <= start) return _rate.Sent(start);
                        wait = due - start < LongestTimer ? due - start : LongestTimer;
                    }
                    if (place.Value.Task.IsCompleted) place.Value = NewSignal();
                    signal = place.Value.Task;
                }
                await WaitAsync(signal, wait, cancellationToken).ConfigureAwait(false);
                if (wait is null) continue;
                lock (_queue) _waited += clock.Elapsed - start;
            }
        }
        finally
        {
            lock (_queue)
            {
                _queue.Remove(place);
                WakeFirst();
            }
        }
    }

    /// <summary>A request was accepted.</summary>
    internal void Accepted(SentRequest request)
    {
        lock (_queue)
        {
            _rate.Accepted(request, clock.Elapsed);
            WakeFirst();
        }
    }

    /// <summary>A request was turned away: it goes back to the queue, and the run sends more slowly.</summary>
    internal SendingStatus TurnedAway(SentRequest request, TcbException failure)
    {
        lock (_queue)
        {
            TimeSpan now = clock.Elapsed;
            _rate.TurnedAway(request, now, failure.RetryAfter, failure.ErrorCode == ServiceCode.PerMinuteLimit);
            WakeFirst();
            return Describe(now);
        }
    }

    /// <summary>Frees the place of a request whose end says nothing of the service's limits: it failed in another way, or was not sent after all.</summary>
    internal void Release(SentRequest request)
    {
        lock (_queue)
        {
            _rate.Release(request);
            WakeFirst();
        }
    }

    private SendingStatus Describe(TimeSpan now) =>
        new(_rate.RequestsPerSecond, _rate.PauseAt(now), _waited);

    private void WakeFirst() => _queue.First?.Value.TrySetResult(true);

    private async Task WaitAsync(Task signal, TimeSpan? wait, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        // Timers count whole milliseconds, and one that is early would be started again and again.
        Task delay = wait is { } time
            ? clock.DelayAsync(TimeSpan.FromMilliseconds(Math.Ceiling(time.TotalMilliseconds)), ended.Token)
            : ended.Token.WhenCancelledAsync();
        await Task.WhenAny(signal, delay).ConfigureAwait(false);
        ended.Cancel();
    }

    // Continuations must not run inside Accepted, which another worker calls.
    private static TaskCompletionSource<bool> NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>The rate and the pauses that the service imposes on a run.</summary>
/// <param name="RequestsPerSecond">The rate in use; null if nothing was turned away, or if too little was accepted to measure a rate.</param>
/// <param name="Pause">How long nothing is sent from now on.</param>
/// <param name="TimeWaited">How long requests have waited for the service's limits.</param>
internal readonly record struct SendingStatus(double? RequestsPerSecond, TimeSpan Pause, TimeSpan TimeWaited);
