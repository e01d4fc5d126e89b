using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Protocol;

/// <summary>
/// The reply to a call that fetches a token. A reply with a problem is returned and not thrown: it may hold a new refresh token, and the old one is then
/// no longer valid.
/// </summary>
/// <param name="Token">The token; empty if there is a problem.</param>
/// <param name="Life">How long it lives from now; zero if there is a problem.</param>
/// <param name="RefreshToken">The refresh token that replaces the one that was sent; null if there is none.</param>
/// <param name="Problem">Why the token cannot be used; null if it can.</param>
internal sealed record TokenReply(string Token, TimeSpan Life, string? RefreshToken, UserText? Problem)
{
    /// <summary>The longest token. The service asks to allow 512 characters; a request's address with more than this is refused on the way.</summary>
    internal const int MaxTokenLength = 4096;

    // The service's tokens live two hours. A year is a mistake, and must not lead past the end of the calendar.
    private const int LongestLife = 365 * 24 * 3600;

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 16 };

    /// <summary>Reads a reply.</summary>
    /// <param name="utf8">Its bytes; control characters in them are overwritten.</param>
    /// <param name="redact">Takes the secrets out of the service's text.</param>
    /// <param name="withComponentToken">Whether the call carried the token of a third-party platform.</param>
    /// <exception cref="TcbException">The service refused, or the reply is not JSON.</exception>
    internal static TokenReply Read(byte[] utf8, Func<string, string> redact, bool withComponentToken)
    {
        ReadOnlyMemory<byte> clean = ReplyText.Clean(utf8);
        try
        {
            using var json = JsonDocument.Parse(clean, Options);
            return Read(json.RootElement, redact, withComponentToken);
        }
        catch (JsonException)
        {
            throw ReplyText.NotJson(clean.Span);
        }
    }

    private static TokenReply Read(JsonElement reply, Func<string, string> redact, bool withComponentToken)
    {
        if (reply.ValueKind != JsonValueKind.Object) return Unreadable(nameof(Messages.ReplyNotAnObject));
        foreach (JsonProperty property in reply.EnumerateObject())
        {
            if (!property.NameEquals("errcode"u8) || property.Value.ValueKind == JsonValueKind.Null) continue;
            if (ReadNumber(property.Value) is not { } code || code != (int)code) return Unreadable(nameof(Messages.ReplyOddErrcode));
            if (code != 0) throw TcbException.FromTokenCode((int)code, ReadText(reply, "errmsg") is { } message ? ReplyText.Read(message, redact) : null, withComponentToken);
        }
        string? refreshToken = ReadText(reply, "authorizer_refresh_token") is { } next && IsToken(next) ? next : null;
        string tokenName = withComponentToken ? "authorizer_access_token" : "access_token";
        string? token = ReadText(reply, tokenName);
        if (string.IsNullOrWhiteSpace(token)) return Unusable(new UserText(nameof(Messages.ReplyWithout), tokenName), refreshToken);
        if (!IsToken(token!)) return Unusable(new UserText(nameof(Messages.ReplyOddToken), tokenName, MaxTokenLength), refreshToken);
        if (Find(reply, "expires_in") is not { } life) return Unusable(new UserText(nameof(Messages.ReplyWithout), "expires_in"), refreshToken);
        return ReadNumber(life) is { } seconds and >= 1 and <= LongestLife
            ? new TokenReply(token!, TimeSpan.FromSeconds(seconds), refreshToken, null)
            : Unusable(new UserText(nameof(Messages.ReplyOddLife), LongestLife), refreshToken);
    }

    private static TokenReply Unreadable(string problem) => Unusable(new UserText(nameof(Messages.ReplyUnreadable), new UserText(problem)), null);

    private static TokenReply Unusable(UserText problem, string? refreshToken) => new(string.Empty, TimeSpan.Zero, refreshToken, problem);

    // Null counts as missing.
    private static JsonElement? Find(JsonElement reply, string name) =>
        reply.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static string? ReadText(JsonElement reply, string name) => Find(reply, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    // As a number or as text, and with or without decimals: 7200, 7200.0, "7200".
    private static double? ReadNumber(JsonElement value) =>
        double.TryParse(value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText(), NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            ? number
            : null;

    private static bool IsToken(string text) => text.Length <= MaxTokenLength && text.All(c => c is > ' ' and <= '~');

    /// <summary>The type's name, never the tokens.</summary>
    /// <returns>The name.</returns>
    public override string ToString() => nameof(TokenReply);
}

/// <summary>How the token calls are written.</summary>
internal static class TokenWire
{
    /// <summary>Without escapes for what is not ASCII: the service refuses them (40033).</summary>
    internal static readonly TokenJson Json = new(new JsonSerializerOptions(TokenJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}

/// <summary>The body of <c>/cgi-bin/stable_token</c>.</summary>
internal sealed record StableTokenRequest(string GrantType, string Appid, string Secret, bool ForceRefresh)
{
    /// <summary>The type's name, never its secrets.</summary>
    /// <returns>The name.</returns>
    public override string ToString() => nameof(StableTokenRequest);
}

/// <summary>The body of <c>/cgi-bin/component/api_authorizer_token</c>.</summary>
internal sealed record AuthorizerTokenRequest(string ComponentAppid, string AuthorizerAppid, string AuthorizerRefreshToken)
{
    /// <summary>The type's name, never its secrets.</summary>
    /// <returns>The name.</returns>
    public override string ToString() => nameof(AuthorizerTokenRequest);
}

/// <summary>The JSON of the requests, made at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(StableTokenRequest))]
[JsonSerializable(typeof(AuthorizerTokenRequest))]
internal sealed partial class TokenJson : JsonSerializerContext;
