using System.Net;
using System.Text;

namespace TcbPowerShell.Client.Http;

/// <summary>How a connection reaches the service, and what it calls itself.</summary>
internal sealed record HttpOptions
{
    /// <summary>The proxy in place of the system's.</summary>
    internal Uri? Proxy { get; init; }

    /// <summary>Who logs in at the proxy, be it <see cref="Proxy"/> or the system's.</summary>
    internal ICredentials? ProxyCredentials { get; init; }

    /// <summary>The proxy's password, and the form in which HTTP sends it: a proxy may repeat either.</summary>
    internal IEnumerable<string> Secrets => ProxyCredentials is NetworkCredential { Password.Length: > 0 } user
        ? [user.Password, Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user.UserName}:{user.Password}"))]
        : [];

    /// <summary>Whether no proxy is used, not even the system's.</summary>
    internal bool BypassesProxy { get; init; }

    /// <summary>The address of the service. The system's proxy is not used for a loopback address: it would read what never leaves this computer.</summary>
    internal Uri? Endpoint { get; init; }

    /// <summary>PowerShell's version, for the User-Agent.</summary>
    internal string? PowerShellVersion { get; init; }

    /// <summary>Whether an address is on this computer. (Uri.IsLoopback does not know 127.0.0.2 as IPv6.)</summary>
    internal static bool IsLoopback(Uri address)
    {
        if (string.Equals(address.DnsSafeHost, "localhost", StringComparison.OrdinalIgnoreCase)) return true;
        return IPAddress.TryParse(address.DnsSafeHost, out IPAddress? ip) && IPAddress.IsLoopback(ip.IsIPv4MappedToIPv6 ? ip.MapToIPv4() : ip);
    }
}
