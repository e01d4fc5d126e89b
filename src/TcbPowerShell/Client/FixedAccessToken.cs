namespace TcbPowerShell.Client;

/// <summary>A token given by value: it cannot be renewed here.</summary>
/// <param name="token">The token.</param>
internal sealed class FixedAccessToken(string token) : AccessTokenSource
{
    internal override TcbAuthentication Authentication => TcbAuthentication.AccessToken;

    protected override Task<string?> GetTokenAsync(RefusedToken? refused, ICallContext context, CancellationToken cancellationToken) =>
        refused is null ? Task.FromResult<string?>(token) : throw refused.Refusal;
}
