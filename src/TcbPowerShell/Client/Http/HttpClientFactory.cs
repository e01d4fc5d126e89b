using System.Net;

namespace TcbPowerShell.Client.Http;

/// <summary>Creates the HTTP client of a connection.</summary>
internal static class HttpClientFactory
{
    // Above the highest ThrottleLimit, several runspaces sharing the connection included. On .NET Framework the default is 2;
    // ServicePointManager would change it for the whole process.
    private const int MaxConnections = 1024;

    internal static HttpClient Create(IWebProxy? proxy)
    {
#if NET
        var handler = new SocketsHttpHandler
        {
            // A run of hours must notice that the service moved (its names are load-balanced by DNS).
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
#else
        var handler = new HttpClientHandler
        {
            // powershell.exe would still offer TLS 1.0 first.
            SslProtocols = System.Security.Authentication.SslProtocols.Tls12,
#endif
            // A redirect would carry the token to another host.
            AllowAutoRedirect = false,
            UseCookies = false,
            MaxConnectionsPerServer = MaxConnections,
        };
        if (proxy is not null) handler.Proxy = proxy;
        var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        // .NET Framework would wait for "100 Continue" before each body.
        client.DefaultRequestHeaders.ExpectContinue = false;
        return client;
    }
}
