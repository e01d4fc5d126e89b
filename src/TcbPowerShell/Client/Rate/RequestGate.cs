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

    /// <summary>Waits for a turn. Each request that enters is reported exactly once: accepted, turned away or released.</summary>
    /// <returns>The number of the request.</returns>
    /// <exception cref="OperationCanceledException">The wait was cancelled; nothing is sent.</exception>
    internal async Task<long> EnterAsync(CancellationToken cancellationToken)
    {
        LinkedListNode<TaskCompletionSource<bool>> place = new(TaskWait.NewSignal());
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
                    if (place.Value.Task.IsCompleted) place.Value = TaskWait.NewSignal();
                    signal = place.Value.Task;
                }
                await clock.WaitAsync(signal, wait, cancellationToken).ConfigureAwait(false);
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
    internal void Accepted(long request)
    {
        lock (_queue)
        {
            _rate.Accepted(request, clock.Elapsed);
            WakeFirst();
        }
    }

    /// <summary>A request was turned away: it goes back to the queue, and the run sends more slowly.</summary>
    internal SendingStatus TurnedAway(long request, TcbException failure)
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
    internal void Release(long request)
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
}

/// <summary>The rate and the pauses that the service imposes on a run.</summary>
/// <param name="RequestsPerSecond">The rate in use; null if nothing was turned away, or if too little was accepted to measure a rate.</param>
/// <param name="Pause">How long nothing is sent from now on.</param>
/// <param name="TimeWaited">How long requests have waited for the service's limits.</param>
internal readonly record struct SendingStatus(double? RequestsPerSecond, TimeSpan Pause, TimeSpan TimeWaited);
