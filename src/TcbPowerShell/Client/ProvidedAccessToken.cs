namespace TcbPowerShell.Client;

/// <summary>A token from the user's own code, for example from a central token server. It is asked for again when its token is refused.</summary>
/// <param name="provide">The user's code, for the pipeline thread only.</param>
/// <param name="clock">Time.</param>
internal sealed class ProvidedAccessToken(Func<string> provide, Clock clock) : RenewedAccessToken(clock)
{
    internal override TcbAuthentication Authentication => TcbAuthentication.TokenProvider;

    protected override async Task<IssuedToken> RenewAsync(RefusedToken? refused, ICallContext context)
    {
        string token = await context.OnPipelineThreadAsync(provide).ConfigureAwait(false);
        context.Verbose("The token provider gave a token.");
        return token != refused?.Token ? new IssuedToken(token, null, null) : throw refused.Refusal;
    }
}
