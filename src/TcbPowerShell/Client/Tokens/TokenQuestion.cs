using TcbPowerShell.Client.Http;

namespace TcbPowerShell.Client.Tokens;

/// <summary>
/// What is asked of the user's code when a token is due. The run that started the renewal may be busy for long (a slow upstream, a prompt), or stand still
/// until another run has ended, which it does where one is nested in the other: so each run that waits offers its pipeline thread, and the
/// first that is free asks.
/// </summary>
/// <param name="provide">The user's code.</param>
internal sealed class TokenQuestion(Func<string> provide)
{
    // How many workers of each run wait.
    private readonly Dictionary<ICallContext, int> _runs = [];
    private Ask? _ask;

    /// <summary>A run that waits offers its pipeline thread, for what is asked now and until it leaves.</summary>
    internal void Join(ICallContext run)
    {
        Ask? ask;
        lock (_runs)
        {
            _runs.TryGetValue(run, out int workers);
            _runs[run] = workers + 1;
            ask = workers == 0 ? _ask : null;
        }
        ask?.OfferTo(run);
    }

    /// <summary>A worker of the run no longer waits.</summary>
    internal void Leave(ICallContext run)
    {
        lock (_runs)
        {
            if (--_runs[run] == 0) _runs.Remove(run);
        }
    }

    /// <summary>Asks, once however many threads are offered.</summary>
    /// <param name="run">The run that asks.</param>
    internal async Task<string> AskAsync(ICallContext run)
    {
        var ask = new Ask(provide);
        ICallContext[] runs;
        lock (_runs)
        {
            _ask = ask;
            // The run that asks may not have joined yet.
            runs = [.. _runs.Keys.Append(run).Distinct()];
        }
        foreach (ICallContext waiting in runs) ask.OfferTo(waiting);
        try
        {
            return await ask.Answer.OrCancelledAsync(run.SendingCancelled).ConfigureAwait(false);
        }
        finally
        {
            lock (_runs) _ask = null;
        }
    }

    private sealed class Ask(Func<string> provide)
    {
        private readonly TaskCompletionSource<string> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _asked;

        internal Task<string> Answer => _answer.Task;

        internal void OfferTo(ICallContext run) =>
            // What comes of it is in the answer.
            run.OnPipelineThreadAsync(Put).ContinueWith(
                static put => put.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);

        private string Put()
        {
            if (Interlocked.Exchange(ref _asked, 1) == 0) PipelineCall.Run(provide, _answer);
            return string.Empty;
        }
    }
}
