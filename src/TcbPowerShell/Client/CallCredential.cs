namespace TcbPowerShell.Client;

/// <summary>The token of one call and the name under which it travels; it shows itself to nobody but the URL.</summary>
/// <param name="name">The query parameter, for example <c>access_token</c>.</param>
/// <param name="token">The token; null for a call without one.</param>
internal readonly struct CallCredential(string name, string? token)
{
    // A marker of a few letters would be found inside ordinary words; a real token has a hundred characters.
    private const int ShortestRedacted = 8;

    /// <summary>The token itself.</summary>
    internal string? Token => token;

    /// <summary>The query, with the token in it.</summary>
    internal string Query => token is null ? string.Empty : $"?{name}={Uri.EscapeDataString(token)}";

    /// <summary>The query as it may be shown.</summary>
    internal string ShownQuery => token is null ? string.Empty : $"?{name}=***";

    /// <summary>Takes the token out of a text that came from elsewhere: a proxy or a gateway may repeat the URL.</summary>
    internal string Redact(string text)
    {
        if (token is null || token.Length < ShortestRedacted) return text;
        return text.Replace(token, "***").Replace(Uri.EscapeDataString(token), "***");
    }

    /// <summary>The name of the query parameter, never the token.</summary>
    /// <returns>The name.</returns>
    public override string ToString() => name;
}
