using TcbPowerShell.Protocol;

namespace TcbPowerShell.Client.Http;

/// <summary>
/// Follows download links. The storage is another host than the service, so it gets nothing of the connection: no token and no User-Agent. Redirects are
/// not followed, and nothing is decompressed.
/// </summary>
/// <param name="create">Makes the client for a server.</param>
internal sealed class DownloadClient(Func<Uri, HttpClient> create)
{
    private readonly Dictionary<bool, HttpClient> _clients = [];

    /// <summary>The client of a connection.</summary>
    /// <param name="options">How the connection reaches the service; the storage is reached in the same ways.</param>
    internal DownloadClient(HttpOptions options)
        : this(server => HttpClientFactory.CreateForDownloads(options with { Endpoint = server }))
    {
    }

    /// <summary>Asks for a file. Ending the reply ends the download.</summary>
    /// <param name="request">The request.</param>
    /// <param name="server">The server that it goes to.</param>
    /// <param name="cancelled">Ends the call until the headers of the reply are here.</param>
    internal Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, Uri server, CancellationToken cancelled) =>
        For(server).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancelled);

    /// <summary>The address of a link for a request.</summary>
    /// <returns>Null if this runtime would ask for another one.</returns>
    internal static Uri? AddressOf(DownloadLink link)
    {
#if NET
        return new Uri(link.Address, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
#else
        // Windows PowerShell decodes %5C and %2F and takes dots at the end of a segment away: https://learn.microsoft.com/dotnet/api/system.uri#remarks
        var address = new Uri(link.Address);
        return string.Equals(address.PathAndQuery, link.PathAndQuery, StringComparison.Ordinal) ? address : null;
#endif
    }

    // A loopback address is reached without the system's proxy, which is set for a whole client.
    private HttpClient For(Uri server)
    {
        bool isLoopback = HttpOptions.IsLoopback(server);
        lock (_clients)
        {
            if (!_clients.TryGetValue(isLoopback, out HttpClient? client)) _clients.Add(isLoopback, client = create(server));
            return client;
        }
    }
}
