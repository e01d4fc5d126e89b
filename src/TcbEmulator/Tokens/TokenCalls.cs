using System.Buffers;
using System.Text.Json;

namespace TcbPowerShell.Emulation;

/// <summary>Works the calls that issue tokens.</summary>
internal sealed class TokenCalls(EmulatorOptions options, AccessTokens tokens)
{
    public const string StablePath = "/cgi-bin/stable_token";
    public const string AuthorizerPath = "/cgi-bin/component/api_authorizer_token";

    private readonly StableToken _stable = new(options, tokens);

    public Answer Work(EmulatorRequest request, TokenQuery token, byte[] body)
    {
        bool isStable = request.Path == StablePath;
        if (!isStable && tokens.Check(token.AccessToken, TokenKind.Component) is { } refused)
            return Answer.Of(refused);

        if (request.Method != "POST")
            return Answer.Of(TcbError.RequirePost);

        if (JsonBody.Check(body) is { } malformed)
            return Answer.Of(malformed);

        using var document = JsonDocument.Parse(body);
        return isStable ? GetStable(document.RootElement) : GetAuthorizer(document.RootElement);
    }

    private Answer GetStable(JsonElement body)
    {
        if (Text(body, "grant_type") != "client_credential")
            return Answer.Of(TcbError.InvalidGrantType);

        if (Text(body, "appid") is not { Length: > 0 } appId)
            return Answer.Of(TcbError.AppIdMissing);

        if (Text(body, "secret") is not { Length: > 0 } secret)
            return Answer.Of(TcbError.AppSecretMissing);

        if (appId != options.AppId)
            return Answer.Of(TcbError.InvalidAppId);

        if (secret != options.AppSecret)
            return Answer.Of(TcbError.InvalidAppSecret);

        if (!options.AddressAllowed)
            return Answer.Of(TcbError.AddressNotAllowed);

        bool forceRefresh = false;
        if (body.TryGetProperty("force_refresh", out JsonElement force))
        {
            if (force.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
                return Answer.Of(TcbError.InvalidArgument("force_refresh is not a boolean"));

            forceRefresh = force.GetBoolean();
        }

        (string token, TimeSpan remaining, TcbError? error) = _stable.Get(forceRefresh);
        return error is { } refused ? Answer.Of(refused) : Issued("access_token", token, remaining, refreshToken: null);
    }

    private Answer GetAuthorizer(JsonElement body)
    {
        if (Text(body, "component_appid") != options.ComponentAppId)
            return Answer.Of(TcbError.InvalidAppId);

        if (Text(body, "authorizer_appid") != options.AuthorizerAppId)
            return Answer.Of(TcbError.NotAuthorized);

        if (!options.AddressAllowed)
            return Answer.Of(TcbError.AddressNotRegistered);

        return tokens.RotateRefreshToken(Text(body, "authorizer_refresh_token")) is { } next
            ? Issued("authorizer_access_token", tokens.IssueForAuthorizer(), options.TokenLifetime, next)
            : Answer.Of(TcbError.InvalidRefreshToken);
    }

    private static string? Text(JsonElement body, string name) =>
        body.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    // The service speaks of whole seconds; a life shorter than one is still one.
    private static Answer Issued(string name, string token, TimeSpan remaining, string? refreshToken)
    {
        ArrayBufferWriter<byte> reply = new();
        reply.WriteRaw("{"u8);
        reply.WriteString(name);
        reply.WriteRaw(":"u8);
        reply.WriteString(token);
        reply.WriteRaw(",\"expires_in\":"u8);
        reply.WriteNumber(Math.Max(1, (int)remaining.TotalSeconds));
        if (refreshToken is not null)
        {
            reply.WriteRaw(",\"authorizer_refresh_token\":"u8);
            reply.WriteString(refreshToken);
        }

        reply.WriteRaw("}"u8);
        return Answer.Of(reply.WrittenMemory);
    }
}
