using System.Net;
#if NET
using Handler = System.Net.Http.SocketsHttpHandler;
#else
using Handler = System.Net.Http.HttpClientHandler;
#endif

namespace TcbPowerShell.Client.Http;

/// <summary>Creates the HTTP client of a connection.</summary>
internal static class HttpClientFactory
{
    // Above the highest ThrottleLimit, several runspaces sharing the connection included. On .NET Framework the default is 2;
    // ServicePointManager would change it for the whole process.
    private const int MaxConnections = 1024;

    /// <summary>Makes it.</summary>
    /// <param name="proxy">The proxy; null for the system's.</param>
    /// <param name="adjust">Changes the handler before its first use: tests trust an authority of their own.</param>
    internal static HttpClient Create(IWebProxy? proxy, Action<Handler>? adjust = null)
    {
        var handler = new Handler
        {
#if NET
            // A run of hours must notice that the service moved (its names are load-balanced by DNS).
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            // For name, TCP, tunnel and TLS together. TCP repeats a lost SYN after 1, 3 and 7 seconds.
            ConnectTimeout = TimeSpan.FromSeconds(10),
#else
            // powershell.exe would still offer TLS 1.0 first.
            SslProtocols = System.Security.Authentication.SslProtocols.Tls12,
#endif
            // A redirect would carry the token to another host.
            AllowAutoRedirect = false,
            UseCookies = false,
            MaxConnectionsPerServer = MaxConnections,
        };
        if (proxy is not null) handler.Proxy = proxy;
        adjust?.Invoke(handler);
        var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        // .NET Framework would wait for "100 Continue" before each body.
        client.DefaultRequestHeaders.ExpectContinue = false;
        return client;
    }
}
