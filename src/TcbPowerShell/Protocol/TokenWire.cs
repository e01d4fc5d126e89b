using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace TcbPowerShell.Protocol;

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

/// <summary>What both calls answer: a token, or an errcode.</summary>
internal sealed record TokenReplyBody
{
    public string? AccessToken { get; init; }

    public string? AuthorizerAccessToken { get; init; }

    public string? AuthorizerRefreshToken { get; init; }

    public int? ExpiresIn { get; init; }

    public int? Errcode { get; init; }

    public string? Errmsg { get; init; }

    /// <summary>The type's name, never the tokens.</summary>
    /// <returns>The name.</returns>
    public override string ToString() => nameof(TokenReplyBody);
}

/// <summary>The JSON of the token calls, made at build time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, NumberHandling = JsonNumberHandling.AllowReadingFromString)]
[JsonSerializable(typeof(StableTokenRequest))]
[JsonSerializable(typeof(AuthorizerTokenRequest))]
[JsonSerializable(typeof(TokenReplyBody))]
internal sealed partial class TokenJson : JsonSerializerContext;
