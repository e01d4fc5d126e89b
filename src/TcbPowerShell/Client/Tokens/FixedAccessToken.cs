using TcbPowerShell.Client.Http;

namespace TcbPowerShell.Client.Tokens;

/// <summary>A token given by value: it cannot be renewed here.</summary>
/// <param name="authentication">The kind of the token.</param>
/// <param name="token">The token; null if the service asks for none.</param>
internal sealed class FixedAccessToken(TcbAuthentication authentication, string? token) : AccessTokenSource
{
    internal override TcbAuthentication Authentication => authentication;

    internal override bool IsFixed => true;

    protected override string QueryName => authentication == TcbAuthentication.CloudBaseToken ? "cloudbase_access_token" : base.QueryName;

    protected override Task<string?> GetTokenAsync(RefusedToken? refused, ICallContext context) =>
        refused is null ? Task.FromResult(token) : throw refused.Refusal;
}
