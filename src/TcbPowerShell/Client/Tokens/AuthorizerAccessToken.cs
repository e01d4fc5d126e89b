using System.Text.Json;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Tokens;

/// <summary>
/// The token of a mini program that has authorized a third-party platform, fetched with the platform's token and a refresh token.
/// https://developers.weixin.qq.com/doc/oplatform/openApi/ticket-token/api_getauthorizeraccesstoken.html
/// </summary>
internal sealed class AuthorizerAccessToken(
    string componentAppId, string componentAccessToken, string authorizerAppId, string refreshToken, TcbClient client)
    : RenewedAccessToken(client.Clock)
{
    // Replaced ones too: nobody can vouch for when the service forgets them.
    private readonly string[] _given = [componentAccessToken, refreshToken];
    private string _refreshToken = refreshToken;

    internal override TcbAuthentication Authentication => TcbAuthentication.Authorizer;

    internal override string? RefreshToken => Volatile.Read(ref _refreshToken);

    protected override string[] Secrets => [.. _given, RefreshToken!];

    protected override async Task<IssuedToken> RenewAsync(RefusedToken? refused, ICallContext context)
    {
        var request = new AuthorizerTokenRequest(componentAppId, authorizerAppId, _refreshToken);
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(request, TokenWire.Json.AuthorizerTokenRequest);
        var credential = new CallCredential(QueryName, componentAccessToken, Secrets);
        TokenReply reply =
            await TokenCall.PostAsync(client, "/cgi-bin/component/api_authorizer_token", credential, body, context).ConfigureAwait(false);
        if (!string.IsNullOrEmpty(reply.RefreshToken) && reply.RefreshToken != _refreshToken)
        {
            Volatile.Write(ref _refreshToken, reply.RefreshToken!);
            context.Say(MessageStream.Warning, new UserText(nameof(Messages.RefreshTokenReplaced), authorizerAppId));
        }
        if (reply.Token == refused?.Token) throw refused.Refusal;
        return IssuedToken.WithLife(reply.Token, reply.Life, Clock.UtcNow);
    }
}
