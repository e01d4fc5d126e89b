using TcbPowerShell.Client.Http;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Tokens;

/// <summary>A token from the user's own code, for example from a central token server. It is asked for again when its token is refused.</summary>
/// <param name="provide">The user's code, for the pipeline thread only.</param>
/// <param name="clock">Time.</param>
internal sealed class ProvidedAccessToken(Func<string> provide, Clock clock) : RenewedAccessToken(clock)
{
    private Request _request = new(provide);

    internal override TcbAuthentication Authentication => TcbAuthentication.TokenProvider;

    protected override void Starting() => _request = new Request(provide);

    // The run that asked first may be busy for long (a slow upstream, a prompt), or stand still until this very run has ended, which it
    // does where one is nested in the other: so each run that waits offers its pipeline thread, and the first that is free asks.
    protected override void Joining(ICallContext context) => _request.OfferTo(context);

    protected override async Task<IssuedToken> RenewAsync(RefusedToken? refused, ICallContext context)
    {
        Request request = _request;
        request.OfferTo(context);
        string token = await request.Token.OrCancelledAsync(context.SendingCancelled).ConfigureAwait(false);
        context.Say(MessageStream.Verbose, new UserText(nameof(Messages.TokenProvided)));
        return token != refused?.Token ? new IssuedToken(token, null, null) : throw refused.Refusal;
    }

    /// <summary>One question to the user's code, asked once however many threads are offered.</summary>
    private sealed class Request(Func<string> provide)
    {
        private readonly TaskCompletionSource<string> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _asked;

        internal Task<string> Token => _answer.Task;

        internal void OfferTo(ICallContext context) =>
            // What comes of it is in the answer.
            context.OnPipelineThreadAsync(Ask).ContinueWith(
                static asked => asked.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);

        private string Ask()
        {
            if (Interlocked.Exchange(ref _asked, 1) == 0) PipelineCall.Run(provide, _answer);
            return string.Empty;
        }
    }
}
