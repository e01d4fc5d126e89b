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

/// <summary>The JSON of the requests, made at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(StableTokenRequest))]
[JsonSerializable(typeof(AuthorizerTokenRequest))]
internal sealed partial class TokenJson : JsonSerializerContext;
