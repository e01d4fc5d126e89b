using TcbPowerShell.Client.Http;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Tokens;

/// <summary>A token from the user's own code, for example from a central token server. It is asked for again when its token is refused.</summary>
/// <param name="authentication">What the token is.</param>
/// <param name="provide">The user's code, for the pipeline thread only.</param>
/// <param name="clock">Time.</param>
internal sealed class ProvidedAccessToken(TcbAuthentication authentication, Func<string> provide, Clock clock) : RenewedAccessToken(clock)
{
    /// <summary>How long to wait before asking again: a token server may be about to renew the token.</summary>
    internal static readonly TimeSpan SecondAsk = TimeSpan.FromSeconds(2);

    private readonly TokenQuestion _question = new(provide);

    internal override TcbAuthentication Authentication => authentication;

    internal override void Join(ICallContext context) => _question.Join(context);

    internal override void Leave(ICallContext context) => _question.Leave(context);

    protected override async Task<IssuedToken> RenewAsync(RefusedToken? refused, ICallContext context)
    {
        string token = await AskAsync().ConfigureAwait(false);
        if (refused is not null && token == refused.Token)
        {
            context.Say(MessageStream.Verbose, new UserText(nameof(Messages.TokenProvidedAgain), SecondAsk.TotalSeconds));
            await Clock.DelayAsync(SecondAsk, context.SendingCancelled).ConfigureAwait(false);
            // The same one once more is sent once more: the service has been seen to refuse a good token. A second refusal is final.
            token = await AskAsync().ConfigureAwait(false);
        }
        return new IssuedToken(token, null, null);

        async Task<string> AskAsync()
        {
            string answer = await _question.AskAsync(context).ConfigureAwait(false);
            context.Say(MessageStream.Verbose, new UserText(nameof(Messages.TokenProvided)));
            return answer;
        }
    }
}
