using Microsoft.Extensions.Primitives;

namespace TcbPowerShell.Emulation;

/// <summary>The token in a request's query, under either of its names.</summary>
internal readonly record struct TokenQuery(string? AccessToken, string? CloudBaseAccessToken)
{
    public string? Any => AccessToken ?? CloudBaseAccessToken;

    public static TokenQuery Of(HttpRequest request) =>
        new(Value(request.Query["access_token"]), Value(request.Query["cloudbase_access_token"]));

    private static string? Value(StringValues values) => values.Count == 0 ? null : values[^1];
}
