using System.Net;
#if DESKTOP
using System.Runtime.CompilerServices;
#endif
using System.Security.Cryptography.X509Certificates;
using TcbPowerShell.Client.Http;

namespace TcbPowerShell.Tests.Network;

/// <summary>The module's own HTTP client on a machine that trusts the tests' authority and no other.</summary>
internal static class TrustingClient
{
    internal static HttpClient Create(IWebProxy? proxy, TimeSpan? connectTimeout) => HttpClientFactory.Create(null, handler =>
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
        sockets.Proxy = proxy;
        sockets.ConnectTimeout = connectTimeout ?? Timeout.InfiniteTimeSpan;
    });

#if DESKTOP
    // HttpClientHandler has no chain policy.
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_underlyingHandler")]
    private static extern ref SocketsHttpHandler Sockets(HttpClientHandler handler);
#endif
}
