using System.Net;
using System.Security.Cryptography.X509Certificates;
using TcbPowerShell.Client.Http;

namespace TcbPowerShell.Tests.Network;

/// <summary>The module's own HTTP client on a machine that trusts the tests' authority and no other.</summary>
internal static class TrustingClient
{
    internal static HttpClient Create(IWebProxy? proxy, TimeSpan? connectTimeout) => HttpClientFactory.Create(proxy, handler =>
    {
#if DESKTOP
        SocketsHttpHandler sockets = Sockets(handler);
#else
        SocketsHttpHandler sockets = handler;
#endif
        sockets.SslOptions.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            CustomTrustStore = { TestCertificates.Authority },
            RevocationMode = X509RevocationMode.NoCheck,
        };
        // Whatever the machine's own proxy is, and however slow it is.
        sockets.UseProxy = proxy is not null;
        sockets.ConnectTimeout = connectTimeout ?? Timeout.InfiniteTimeSpan;
    });

#if DESKTOP
    // HttpClientHandler knows no trust but a callback's, and with one the runtime blames the callback for each bad certificate.
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_underlyingHandler")]
    private static extern ref SocketsHttpHandler Sockets(HttpClientHandler handler);
#endif
}
