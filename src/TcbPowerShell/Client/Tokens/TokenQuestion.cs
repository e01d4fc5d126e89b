using TcbPowerShell.Client.Http;

namespace TcbPowerShell.Client.Tokens;

/// <summary>
/// What a renewal asks the user's code. The run that started the renewal may be busy for long (a slow upstream, a prompt), or stand still
/// until another run has ended, which it does where one is nested in the other: so each run that waits offers its pipeline thread, and the
/// first that is free asks.
/// </summary>
/// <param name="provide">The user's code.</param>
internal sealed class TokenQuestion(Func<string> provide)
{
    private readonly HashSet<ICallContext> _runs = [];
    private Ask? _ask;

    /// <summary>A run that waits offers its pipeline thread, for what is asked now and later.</summary>
    internal void Join(ICallContext run)
    {
        Ask? ask;
        lock (_runs)
        {
            if (!_runs.Add(run)) return;
            ask = _ask;
        }
        ask?.OfferTo(run);
    }

    /// <summary>Asks, once however many threads are offered.</summary>
    /// <param name="run">The run that asks.</param>
    internal async Task<string> AskAsync(ICallContext run)
    {
        var ask = new Ask(provide);
        ICallContext[] runs;
        lock (_runs)
        {
            _runs.Add(run);
            _ask = ask;
            runs = [.. _runs];
        }
        foreach (ICallContext waiting in runs) ask.OfferTo(waiting);
        return await ask.Answer.OrCancelledAsync(run.SendingCancelled).ConfigureAwait(false);
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
