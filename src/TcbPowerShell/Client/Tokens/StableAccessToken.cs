using System.Text.Json;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Protocol;

namespace TcbPowerShell.Client.Tokens;

/// <summary>
/// The app's stable access token, fetched with AppId and AppSecret. (The plain one is no use: each fetch invalidates the token that
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
