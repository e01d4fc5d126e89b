using System.Net;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace TcbPowerShell.Emulation;

/// <summary>
/// The CloudBase service on this machine. It is ASP.NET Core's server without a host: a host would bring configuration, logging and a
/// Ctrl+C handler into the process that uses the emulator.
/// </summary>
public sealed class TcbEmulator : IDisposable
{
    private readonly KestrelServer _server;
    private int _disposed;

    private TcbEmulator(EmulatorOptions options)
    {
        Files = new CloudFiles(options);
        Tokens = new AccessTokens(options);
        Keys = new TemporaryKeys(options);
        Requests = new RequestLog(options);
        _server = new KestrelServer(
            Options.Create(ServerOptions(options.Port)),
            // A request is worked where it is read: handing it from thread to thread takes longer than the work.
            new SocketTransportFactory(Options.Create(new SocketTransportOptions { UnsafePreferInlineScheduling = true }), NullLoggerFactory.Instance),
            NullLoggerFactory.Instance);
        var links = new DownloadLinks(options, Files);
        var front = new HttpFront(options, new Service(options, Files, Tokens, Keys, links), new Downloads(Files, links), links, Requests);
        _server.StartAsync(front, CancellationToken.None).GetAwaiter().GetResult();
        Uri[] addresses = [.. _server.Features.Get<IServerAddressesFeature>()!.Addresses.Select(address => new Uri(address))];
        Endpoint = addresses[0];
        links.Port = addresses[1].Port;
    }

    /// <summary>The address at which it listens: <c>http://127.0.0.1:port</c>.</summary>
    public Uri Endpoint { get; }

    /// <summary>The files.</summary>
    public CloudFiles Files { get; }

    /// <summary>The tokens.</summary>
    public AccessTokens Tokens { get; }

    /// <summary>The temporary keys for COS.</summary>
    public TemporaryKeys Keys { get; }

    /// <summary>The requests that came in.</summary>
    public RequestLog Requests { get; }

    /// <summary>Starts an emulator; it listens when this returns.</summary>
    public static TcbEmulator Start(EmulatorOptions? options = null) => new(options ?? new EmulatorOptions());

    /// <summary>Stops at once; requests in flight lose their connection.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;

        // A stop that is cancelled from the start waits for nobody.
        _server.StopAsync(new CancellationToken(canceled: true)).GetAwaiter().GetResult();
        _server.Dispose();
    }

    private KestrelServerOptions ServerOptions(int port)
    {
        var options = new KestrelServerOptions { AddServerHeader = false };
        // Slow on purpose is not a fault of the client.
        options.Limits.MinRequestBodyDataRate = null;
        options.Limits.MinResponseDataRate = null;
        options.Listen(IPAddress.Loopback, port, Configure);
        // For downloads, which come from another host in the cloud, too.
        options.Listen(IPAddress.Loopback, 0, Configure);
        return options;

        void Configure(ListenOptions listen)
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.Use(next => async connection =>
            {
                Requests.ConnectionOpened();
                try
                {
                    await next(connection);
                }
                finally
                {
                    Requests.ConnectionClosed();
                }
            });
        }
    }
}
