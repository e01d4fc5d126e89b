
namespace TcbPowerShell.Client.Http;

/// <summary>A piece of the user's own script, done on the pipeline thread for a worker that waits for it.</summary>
internal static class PipelineCall
{
    /// <summary>Does the work and hands its result, or why there is none, to the worker.</summary>
    /// <exception cref="Exception">What is not the worker's to know: the pipeline is being stopped.</exception>
    internal static void Run(Func<string> work, TaskCompletionSource<string> done)
    {
        try
        {
            done.TrySetResult(work());
        }
        catch (TcbException e)
        {
            done.TrySetException(e);
        }
        catch
        {
            done.TrySetCanceled();
            throw;
        }
    }
}
