
namespace TcbPowerShell.Client.Http;

/// <summary>The token of one call and the name of its query parameter; nothing but the URL shows it.</summary>
/// <param name="name">The query parameter, for example <c>access_token</c>.</param>
/// <param name="token">The token; null for a call without one.</param>
/// <param name="secrets">Other secrets of the call, which its body holds.</param>
internal sealed class CallCredential(string name, string? token, params string[] secrets)
{
    // A secret of a few letters would be found inside ordinary words; a real one has dozens of characters.
    private const int ShortestRedacted = 8;

    /// <summary>The token itself.</summary>
    internal string? Token => token;

    /// <summary>The query, with the token in it.</summary>
    internal string Query => token is null ? string.Empty : $"?{name}={Uri.EscapeDataString(token)}";

    /// <summary>The query as it may be shown.</summary>
    internal string ShownQuery => token is null ? string.Empty : $"?{name}=***";

    /// <summary>Takes the secrets out of a text that came from elsewhere: a proxy or a gateway may repeat the URL or the body.</summary>
    internal string Redact(string text)
    {
        if (token is not null) text = Redact(text, token);
        foreach (string secret in secrets) text = Redact(text, secret);
        return text;
    }

    private static string Redact(string text, string secret) =>
        secret.Length < ShortestRedacted || text.Length < secret.Length ? text : text.Replace(secret, "***").Replace(Uri.EscapeDataString(secret), "***");

    /// <summary>The name of the query parameter, never the token.</summary>
    /// <returns>The name.</returns>
    public override string ToString() => name;
}
