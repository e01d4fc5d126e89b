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

    protected override async Task<IssuedToken> RenewAsync(RefusedToken? refused, ICallContext context)
    {
        IssuedToken token = await FetchAsync(force: false, context).ConfigureAwait(false);
        if (token.Text != refused?.Token) return token;
        // The service still hands out what it refuses. A forced refresh kills that token, for other servers too: only now.
        if (_forcedAt + ForceInterval > Clock.Elapsed) throw refused.Refusal;
        _forcedAt = Clock.Elapsed;
        token = await FetchAsync(force: true, context).ConfigureAwait(false);
        return token.Text != refused.Token ? token : throw refused.Refusal;
    }

    private async Task<IssuedToken> FetchAsync(bool force, ICallContext context)
    {
        var request = new StableTokenRequest("client_credential", appId, appSecret, force);
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(request, TokenWire.Json.StableTokenRequest);
        var credential = new CallCredential(QueryName, null, Secrets);
        TokenReply reply = await TokenCall.PostAsync(client, "/cgi-bin/stable_token", credential, body, context).ConfigureAwait(false);
        return IssuedToken.WithLife(reply.Token, reply.Life, Clock.UtcNow);
    }
}
