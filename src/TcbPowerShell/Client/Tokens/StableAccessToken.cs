using System.Text.Json;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Model;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Tokens;

/// <summary>
/// The app's stable access token, fetched with AppID and AppSecret. (The plain one is no use: each fetch invalidates the token that
/// other servers hold.) https://developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken.html
/// </summary>
internal sealed class StableAccessToken(string appId, string appSecret, TcbClient client) : RenewedAccessToken(client.Clock)
{
    // The service allows a forced refresh twenty times a day and once in thirty seconds.
    private static readonly TimeSpan ForceInterval = TimeSpan.FromSeconds(30);

    private TimeSpan? _forcedAt;

    internal override TcbAuthentication Authentication => TcbAuthentication.AppCredential;

    protected override string[] Secrets => [appSecret];

    protected override Task<string> RenewAsync(RefusedToken? refused, ICallContext context) =>
        ShareAsync(refused, new CallCredential(QueryName, null, Secrets), context);

    protected override async Task<IssuedToken> FetchAsync(RefusedToken? refused, CallCredential credential, ICallContext context, CancellationToken stopped)
    {
        IssuedToken token = await PostAsync(force: false).ConfigureAwait(false);
        if (token.Text != refused?.Token) return token;
        // The service still returns the refused token. Only now force a refresh, because it invalidates the token of other servers, too.
        if (_forcedAt + ForceInterval > Clock.Elapsed) throw refused.Refusal;
        _forcedAt = Clock.Elapsed;
        token = await PostAsync(force: true).ConfigureAwait(false);
        return token.Text != refused.Token ? token : throw refused.Refusal;

        async Task<IssuedToken> PostAsync(bool force)
        {
            var request = new StableTokenRequest("client_credential", appId, appSecret, force);
            byte[] body = JsonSerializer.SerializeToUtf8Bytes(request, TokenWire.Json.StableTokenRequest);
            return Accept(await CallAsync(client, "/cgi-bin/stable_token", credential, body, context, stopped).ConfigureAwait(false), context);
        }
    }
}

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

    internal override bool IsFixed => componentTokens.IsFixed;

    internal override string? RefreshToken => Volatile.Read(ref _refreshToken);

    internal override bool HasNewRefreshToken => RefreshToken != _givenRefreshToken;

    // The first refresh token, too: the service may still accept it.
    protected override string[] Secrets => _componentToken is { } component ? [_givenRefreshToken, RefreshToken!, component] : [_givenRefreshToken, RefreshToken!];

    protected override async Task<string> RenewAsync(RefusedToken? refused, ICallContext context)
    {
        // Get it before sharing a renewal: a run that must ask a script can be blocked until another run has its token.
        CallCredential component = await componentTokens.GetAsync(null, context).ConfigureAwait(false);
        try
        {
            return await ShareAsync(refused, component, context).ConfigureAwait(false);
        }
        catch (TcbException e) when (e.ErrorId == ErrorId.ComponentTokenRejected)
        {
            // Throws the refusal if there is no other, as for one that was given by value.
            component = await componentTokens.GetAsync(new RefusedToken(component.Token, e), context).ConfigureAwait(false);
        }
        return await ShareAsync(refused, component, context).ConfigureAwait(false);
    }

    protected override async Task<IssuedToken> FetchAsync(RefusedToken? refused, CallCredential credential, ICallContext context, CancellationToken stopped)
    {
        _componentToken = credential.Token;
        var request = new AuthorizerTokenRequest(componentAppId, authorizerAppId, _refreshToken);
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(request, TokenWire.Json.AuthorizerTokenRequest);
        var component = new CallCredential(QueryName, credential.Token, Secrets);
        TokenReply reply = await CallAsync(client, "/cgi-bin/component/api_authorizer_token", component, body, context, stopped).ConfigureAwait(false);
        // Before anything can fail: the old one is no longer valid.
        if (reply.RefreshToken is { } next && next != _refreshToken)
        {
            Volatile.Write(ref _refreshToken, next);
            context.Say(MessageStream.Warning, new UserText(nameof(Messages.RefreshTokenReplaced), authorizerAppId));
        }
        IssuedToken token = Accept(reply, context);
        return token.Text != refused?.Token ? token : throw refused.Refusal;
    }
}
