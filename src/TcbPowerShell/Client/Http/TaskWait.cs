
namespace TcbPowerShell.Client.Http;

/// <summary>Waits for somebody else's work. (Task.WaitAsync is not in netstandard2.0.)</summary>
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

    /// <summary>Completes once the token is cancelled.</summary>
    internal static async Task WhenCancelledAsync(this CancellationToken cancellationToken)
    {
        var cancelled = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        using (cancellationToken.Register(() => cancelled.TrySetResult(true))) await cancelled.Task.ConfigureAwait(false);
    }
}
