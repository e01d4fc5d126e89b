using TcbPowerShell.Client.Http;

namespace TcbPowerShell.Tests.Client.Http;

/// <summary>
/// Time in a test's hands. A delay is over at once and takes the clock with it, unless the test holds delays back; a timeout never comes
/// by itself.
/// </summary>
internal sealed class ManualClock : Clock
{
    // Not zero, so that a time which was never set is not taken for now.
    private static readonly TimeSpan Start = TimeSpan.FromDays(1);

    private readonly Lock _lock = new();
    private readonly List<TimeSpan> _delays = [];
    private readonly List<(TimeSpan Due, TaskCompletionSource Done)> _held = [];
    private readonly List<(CancellationTokenSource Source, TimeSpan Timeout)> _timeouts = [];
    private readonly List<(Func<bool> Condition, TaskCompletionSource Met)> _watchers = [];
    private TimeSpan _elapsed = Start;

    /// <summary>Whether delays wait for <see cref="Advance"/>.</summary>
    internal bool HoldsDelays { get; set; }

    /// <summary>Whether every timeout is over before its call begins.</summary>
    internal bool TimesOutAtOnce { get; set; }

    internal override DateTimeOffset UtcNow => new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero) + Elapsed;

    internal override TimeSpan Elapsed
    {
        get
        {
            lock (_lock) return _elapsed;
        }
    }

    /// <summary>The time that has passed on this clock.</summary>
    internal TimeSpan Passed => Elapsed - Start;

    /// <summary>Every delay that was asked for.</summary>
    internal IReadOnlyList<TimeSpan> Delays
    {
        get
        {
            lock (_lock) return [.. _delays];
        }
    }

    /// <summary>The delays that are waited for.</summary>
    internal int HeldCount
    {
        get
        {
            lock (_lock) return _held.Count(delay => !delay.Done.Task.IsCompleted);
        }
    }

    /// <summary>Every timeout that was set.</summary>
    internal IReadOnlyList<TimeSpan> Timeouts
    {
        get
        {
            lock (_lock) return [.. _timeouts.Select(timeout => timeout.Timeout)];
        }
    }

    internal override Task DelayAsync(TimeSpan delay, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled(cancellationToken);
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _delays.Add(delay);
            if (HoldsDelays)
            {
                _held.Add((_elapsed + delay, done));
            }
            else
            {
                _elapsed += delay;
                done.SetResult();
            }
            foreach ((Func<bool> condition, TaskCompletionSource met) in _watchers)
            {
                if (condition()) met.TrySetResult();
            }
        }
        cancellationToken.Register(() => done.TrySetCanceled(cancellationToken));
        return done.Task;
    }

    internal override void CancelAfter(CancellationTokenSource source, TimeSpan timeout)
    {
        lock (_lock) _timeouts.Add((source, timeout));
        if (TimesOutAtOnce) source.Cancel();
    }

    /// <summary>Completes once so many delays are waited for.</summary>
    internal Task WhenHeldAsync(int count)
    {
        TaskCompletionSource met = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (HeldCount >= count) return Task.CompletedTask;
            _watchers.Add((() => HeldCount >= count, met));
        }
        return met.Task;
    }

    /// <summary>Lets time pass.</summary>
    internal void Advance(TimeSpan time)
    {
        TaskCompletionSource[] due;
        lock (_lock)
        {
            _elapsed += time;
            due = [.. _held.Where(delay => delay.Due <= _elapsed).Select(delay => delay.Done)];
            _held.RemoveAll(delay => delay.Due <= _elapsed);
        }
        foreach (TaskCompletionSource done in due) done.TrySetResult();
    }

    /// <summary>Lets the time of every call under way run out.</summary>
    internal void TimeOut()
    {
        (CancellationTokenSource, TimeSpan)[] timeouts;
        lock (_lock) timeouts = [.. _timeouts];
        foreach ((CancellationTokenSource source, _) in timeouts)
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
