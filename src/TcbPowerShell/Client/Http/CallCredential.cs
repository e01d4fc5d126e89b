using TcbPowerShell.Protocol;

namespace TcbPowerShell.Client.Http;

/// <summary>The token of one call and the name of its query parameter; nothing but the URL shows it.</summary>
/// <param name="name">The query parameter, for example <c>access_token</c>.</param>
/// <param name="token">The token; null for a call without one.</param>
/// <param name="secrets">Other secrets of the call, which its body holds.</param>
internal sealed class CallCredential(string name, string? token, params string[] secrets)
{
    private Redactor? _redactor;

    /// <summary>The token itself.</summary>
    internal string? Token => token;

    /// <summary>The query, with the token in it.</summary>
    internal string Query => token is null ? string.Empty : $"?{name}={Uri.EscapeDataString(token)}";

    /// <summary>The query as it may be shown.</summary>
    internal string ShownQuery => token is null ? string.Empty : $"?{name}=***";

    /// <summary>Takes the secrets out of a text that came from elsewhere: a proxy or a gateway may repeat the URL or the body.</summary>
    internal string Redact(string text) => (_redactor ??= new Redactor(token is null ? secrets : [token, .. secrets])).Redact(text);

    /// <summary>The name of the query parameter, never the token.</summary>
    /// <returns>The name.</returns>
    public override string ToString() => name;
}
