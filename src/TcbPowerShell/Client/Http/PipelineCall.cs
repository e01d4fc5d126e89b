
namespace TcbPowerShell.Client.Http;

/// <summary>A piece of the user's own script, done on the pipeline thread for a worker that waits for it.</summary>
internal static class PipelineCall
{
    /// <summary>Has the work done, and hands its result, or its failure, to the worker.</summary>
    /// <param name="work">The work. Not begun once it is cancelled.</param>
    /// <param name="post">Hands the work to the pipeline thread. Other exceptions of the work stop the pipeline there; the worker sees a cancellation.</param>
    /// <param name="cancelled">Ends the wait.</param>
    /// <exception cref="TcbException">The work's.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled, or the pipeline is being stopped.</exception>
    internal static Task<string> RunAsync(Func<string> work, Action<Action> post, CancellationToken cancelled)
    {
        var done = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        post(() =>
        {
            try
            {
                if (!cancelled.IsCancellationRequested) done.TrySetResult(work());
            }
            catch (TcbException e)
            {
                done.TrySetException(e);
            }
            finally
            {
                done.TrySetCanceled();
            }
        });
        return done.Task.OrCancelledAsync(cancelled);
    }
}
