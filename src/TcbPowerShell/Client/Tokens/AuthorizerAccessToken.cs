using System.Text.Json;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Model;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Tokens;

/// <summary>
/// The token of a mini program that has authorized a third-party platform, fetched with the platform's token and a refresh token.
/// https://developers.weixin.qq.com/doc/oplatform/openApi/ticket-token/api_getauthorizeraccesstoken.html
/// </summary>
internal sealed class AuthorizerAccessToken(
    string componentAppId, AccessTokenSource componentTokens, string authorizerAppId, string refreshToken, TcbClient client)
    : RenewedAccessToken(client.Clock)
{
    private readonly string _givenRefreshToken = refreshToken;
    private string _refreshToken = refreshToken;
    private string? _componentToken;

    internal override TcbAuthentication Authentication => TcbAuthentication.Authorizer;

    internal override string? RefreshToken => Volatile.Read(ref _refreshToken);

    internal override bool HasNewRefreshToken => RefreshToken != _givenRefreshToken;

    // The first refresh token too: nobody can vouch for when the service forgets it.
    protected override string[] Secrets => _componentToken is { } component ? [_givenRefreshToken, RefreshToken!, component] : [_givenRefreshToken, RefreshToken!];

    internal override void Join(ICallContext context) => componentTokens.Join(context);

    internal override void Leave(ICallContext context) => componentTokens.Leave(context);

    protected override async Task<IssuedToken> RenewAsync(RefusedToken? refused, ICallContext context)
    {
        TokenReply reply;
        CallCredential component = await componentTokens.GetAsync(null, context).ConfigureAwait(false);
        try
        {
            reply = await FetchAsync(component, context).ConfigureAwait(false);
        }
        catch (TcbException e) when (e.ErrorId == ErrorId.ComponentTokenRejected)
        {
            // Where it was given by value there is no other, and this throws the refusal.
            component = await componentTokens.GetAsync(new RefusedToken(component.Token, e), context).ConfigureAwait(false);
            reply = await FetchAsync(component, context).ConfigureAwait(false);
        }
        if (reply.Token == refused?.Token) throw refused.Refusal;
        return IssuedToken.WithLife(reply.Token, reply.Life, Clock.UtcNow);
    }

    private async Task<TokenReply> FetchAsync(CallCredential component, ICallContext context)
    {
        _componentToken = component.Token;
        var request = new AuthorizerTokenRequest(componentAppId, authorizerAppId, _refreshToken);
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(request, TokenWire.Json.AuthorizerTokenRequest);
        var credential = new CallCredential(QueryName, component.Token, Secrets);
        TokenReply reply = await TokenCall.PostAsync(client, "/cgi-bin/component/api_authorizer_token", credential, body, context).ConfigureAwait(false);
        // Before anything else: the old one is worth nothing now.
        if (!string.IsNullOrEmpty(reply.RefreshToken) && reply.RefreshToken != _refreshToken)
        {
            Volatile.Write(ref _refreshToken, reply.RefreshToken!);
            context.Say(MessageStream.Warning, new UserText(nameof(Messages.RefreshTokenReplaced), authorizerAppId));
        }
        return reply;
    }
}
