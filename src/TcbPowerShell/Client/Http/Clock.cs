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

/// <summary>Waits for tasks that go on if the wait ends first. (Task.WaitAsync is not in netstandard2.0.)</summary>
internal static class TaskWait
{
    /// <summary>Waits for a task, which goes on when the wait is cancelled.</summary>
    /// <exception cref="OperationCanceledException">The wait was cancelled, or the task was.</exception>
    internal static async Task<T> OrCancelledAsync<T>(this Task<T> task, CancellationToken cancellationToken)
    {
        var cancelled = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        using (cancellationToken.Register(() => cancelled.TrySetCanceled()))
        {
            return await (await Task.WhenAny(task, cancelled.Task).ConfigureAwait(false)).ConfigureAwait(false);
        }
    }

    /// <summary>Opens a file on another thread: a drive that does not answer must not hold up Ctrl+C. If it is opened after all, it is closed again.</summary>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    internal static T OpenOrCancelled<T>(Func<T> open, CancellationToken cancellationToken)
        where T : IDisposable?
    {
        Task<T> opening = Task.Run(open, CancellationToken.None);
        try
        {
            return opening.OrCancelledAsync(cancellationToken).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            _ = opening.ContinueWith(late => late.Result?.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
            throw;
        }
    }

    /// <summary>Waits for a signal, for a time, or for a cancellation, whichever comes first.</summary>
    /// <param name="clock">Time.</param>
    /// <param name="signal">The signal.</param>
    /// <param name="most">The time; null for any.</param>
    /// <param name="cancellationToken">Ends the wait without an exception.</param>
    internal static async Task WaitAsync(this Clock clock, Task signal, TimeSpan? most, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        // Timers count whole milliseconds, and one that is early would be started again and again.
        Task delay = most is { } time
            ? clock.DelayAsync(TimeSpan.FromMilliseconds(Math.Ceiling(time.TotalMilliseconds)), ended.Token)
            : Task.Delay(Timeout.InfiniteTimeSpan, ended.Token);
        await Task.WhenAny(signal, delay).ConfigureAwait(false);
        ended.Cancel();
    }

    /// <summary>A signal whose waiters do not run inside the worker that gives it.</summary>
    internal static TaskCompletionSource<bool> NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
