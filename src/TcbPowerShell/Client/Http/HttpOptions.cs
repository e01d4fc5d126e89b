using System.Net;

namespace TcbPowerShell.Client.Http;

/// <summary>How a connection reaches the service, and what it calls itself.</summary>
internal sealed record HttpOptions
{
    /// <summary>The proxy in place of the system's.</summary>
    internal Uri? Proxy { get; init; }

    /// <summary>Who logs in at the proxy, be it <see cref="Proxy"/> or the system's.</summary>
    internal ICredentials? ProxyCredentials { get; init; }

    /// <summary>Whether no proxy is used, not even the system's.</summary>
    internal bool BypassesProxy { get; init; }

    /// <summary>PowerShell's version, for the User-Agent.</summary>
    internal string? PowerShellVersion { get; init; }
}
