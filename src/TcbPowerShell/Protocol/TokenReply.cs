using System.Text.Json;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Protocol;

/// <summary>The reply to a call that fetches a token.</summary>
/// <param name="Token">The token.</param>
/// <param name="Life">How long it lives from now.</param>
/// <param name="RefreshToken">The refresh token that replaces the one that was sent; null where there is none.</param>
internal sealed record TokenReply(string Token, TimeSpan Life, string? RefreshToken)
{
    /// <summary>Reads a reply.</summary>
    /// <param name="utf8">Its bytes; control characters in them are overwritten.</param>
    /// <param name="redact">Takes the secrets out of the service's text.</param>
    /// <param name="withComponentToken">Whether the call carried the token of a third-party platform.</param>
    /// <exception cref="TcbException">The service refused, or the reply is not one of the service's.</exception>
    internal static TokenReply Read(byte[] utf8, Func<string, string> redact, bool withComponentToken)
    {
        Memory<byte> clean = ReplyText.Clean(utf8);
        TokenReplyBody? body;
        try
        {
            body = JsonSerializer.Deserialize(clean.Span, TokenWire.Json.TokenReplyBody);
        }
        catch (JsonException)
        {
            throw ReplyText.NotJson(clean.Span);
        }
        if (body?.Errcode is not (null or 0)) throw TcbException.FromTokenCode(body.Errcode.Value, body.Errmsg is null ? null : redact(body.Errmsg), withComponentToken);
        string? token = body?.AuthorizerAccessToken ?? body?.AccessToken;
        if (string.IsNullOrWhiteSpace(token) || body!.ExpiresIn is not > 0) throw TcbException.Unreadable(nameof(Messages.ReplyWithoutToken));
        return new TokenReply(token!, TimeSpan.FromSeconds(body.ExpiresIn.Value), body.AuthorizerRefreshToken);
    }

    /// <summary>The type's name, never the tokens.</summary>
    /// <returns>The name.</returns>
    public override string ToString() => nameof(TokenReply);
}
