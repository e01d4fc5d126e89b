using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using TcbPowerShell.Protocol;
#if NET
using Handler = System.Net.Http.SocketsHttpHandler;
#else
using Handler = System.Net.Http.HttpClientHandler;
#endif

namespace TcbPowerShell.Client.Http;

/// <summary>Creates the HTTP clients of a connection.</summary>
internal static class HttpClientFactory
{
    // How long a connection is used: a run of hours must notice that the service moved (its names are load-balanced by DNS).
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(10);

    // Above the highest ThrottleLimit, several runspaces sharing the connection included. On .NET Framework the default is 2;
    // ServicePointManager would change it for the whole process.
    private const int MostConnections = 1024;

    // A gateway may compress replies. The limits of TcbClient hold for the expanded ones.
#if NET
    private const DecompressionMethods Compressions = DecompressionMethods.All;
#else
    private const DecompressionMethods Compressions = DecompressionMethods.GZip | DecompressionMethods.Deflate;
#endif

    /// <summary>Makes the client for the service.</summary>
    /// <param name="options">How it reaches the service; null for the system's ways.</param>
    /// <param name="adjust">Changes the handler before its first use: tests trust an authority of their own.</param>
    internal static HttpClient Create(HttpOptions? options, Action<Handler>? adjust = null)
    {
        options ??= new HttpOptions();
        HttpClient client = Create(options, Compressions, adjust);
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("TcbPowerShell", typeof(HttpClientFactory).Assembly.GetName().Version!.ToString(3)));
        if (options.PowerShellVersion is { } version) client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("PowerShell", version));
        return client;
    }

    /// <summary>Makes the client for download links: it says nothing of itself, and leaves the bytes as they come.</summary>
    /// <param name="options">The connection's, with the server that the link leads to.</param>
    /// <param name="adjust">Changes the handler before its first use.</param>
    internal static HttpClient CreateForDownloads(HttpOptions options, Action<Handler>? adjust = null)
    {
        HttpClient client = Create(options, DecompressionMethods.None, adjust);
        client.DefaultRequestHeaders.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
        return client;
    }

    private static HttpClient Create(HttpOptions options, DecompressionMethods compressions, Action<Handler>? adjust)
    {
        ConnectionFailure.Prepare();
        var handler = new Handler
        {
#if NET
            PooledConnectionLifetime = ConnectionLifetime,
            // For name, TCP, tunnel and TLS together. TCP repeats a lost SYN after 1, 3 and 7 seconds.
            ConnectTimeout = TimeSpan.FromSeconds(10),
            SslOptions = { RemoteCertificateValidationCallback = CertificateCheck.Validate },
#else
            // powershell.exe would still offer TLS 1.0 first.
            SslProtocols = System.Security.Authentication.SslProtocols.Tls12,
            ServerCertificateCustomValidationCallback = CertificateCheck.Validate,
#endif
            // A redirect would carry the token to another host.
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = compressions,
            MaxConnectionsPerServer = MaxConnections("/proc/self"),
            UseProxy = !options.BypassesProxy && (options.Proxy is not null || options.Endpoint is not { } endpoint || !HttpOptions.IsLoopback(endpoint)),
            DefaultProxyCredentials = options.ProxyCredentials,
        };
        if (options.Proxy is not null) handler.Proxy = new WebProxy(options.Proxy) { Credentials = options.ProxyCredentials };
        adjust?.Invoke(handler);
#if NET
        var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
#else
        var client = new HttpClient(new ServicePointHandler(handler)) { Timeout = Timeout.InfiniteTimeSpan };
#endif
        // .NET Framework would wait for "100 Continue" before each body.
        client.DefaultRequestHeaders.ExpectContinue = false;
        return client;
    }

    /// <summary>
    /// Half of the file handles that the process has left on Linux, where containers limit them; other requests wait for a connection. The rest is for
    /// what is loaded later: each assembly takes two, and .NET ends a process that has none left for a new thread.
    /// </summary>
    /// <param name="process">The folder in which the system describes the process.</param>
    internal static int MaxConnections(string process)
    {
        try
        {
            string limit = File.ReadLines(Path.Combine(process, "limits")).First(line => line.StartsWith("Max open files", StringComparison.Ordinal)).Split([' '], StringSplitOptions.RemoveEmptyEntries)[3];
            if (!int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out int handles)) return MostConnections;
            return Math.Min(MostConnections, Math.Max(1, (handles - Directory.EnumerateFileSystemEntries(Path.Combine(process, "fd")).Count()) / 2));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return MostConnections;
        }
    }

#if !NET
    /// <summary>
    /// Sets what .NET Framework keeps for each host and not for each client. A service point that was idle is made anew, so each request looks.
    /// https://learn.microsoft.com/dotnet/framework/network-programming/managing-connections
    /// </summary>
    private sealed class ServicePointHandler(HttpClientHandler handler) : DelegatingHandler(handler)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            IWebProxy? proxy = handler.UseProxy ? handler.Proxy ?? WebRequest.DefaultWebProxy : null;
            ServicePoint service = ServicePointManager.FindServicePoint(request.RequestUri!, proxy);
            // A connection in steady use would keep its old address.
            service.ConnectionLeaseTimeout = (int)ConnectionLifetime.TotalMilliseconds;
            // Headers and body are written one after the other; the body would wait until the headers are acknowledged.
            service.UseNagleAlgorithm = false;
            service.Expect100Continue = false;
            return base.SendAsync(request, cancellationToken);
        }
    }
#endif
}

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
        // In the query it decodes letters only, which changes nothing.
        var address = new Uri(link.Address);
        return string.Equals(address.AbsolutePath, link.Path, StringComparison.Ordinal) ? address : null;
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
