using System.Net;
using System.Net.Sockets;
using System.Text;

namespace TcbPowerShell.Tests.Network;

/// <summary>
/// An HTTP proxy: tunnels (CONNECT) and requests in absolute form, with basic authentication. Of a fault it knows the phases of a request,
/// <see cref="CallPhase.WorkDone"/> being that the request has been passed on and its reply is lost.
/// </summary>
/// <param name="account">Who may use it; null for everybody.</param>
/// <param name="fault">The fault, if there is one.</param>
internal sealed class HttpProxy(NetworkCredential? account = null, WireFault? fault = null) : LoopbackServer
{
    private int _requests;
    private int _logIns;
    private int _tunnels;

    internal Uri Address => new($"http://127.0.0.1:{Port}");

    /// <summary>How many requests it got, CONNECT among them.</summary>
    internal int Requests => Volatile.Read(ref _requests);

    /// <summary>How many of them carried a user name and a password.</summary>
    internal int LogIns => Volatile.Read(ref _logIns);

    /// <summary>How many tunnels it made.</summary>
    internal int Tunnels => Volatile.Read(ref _tunnels);

    protected override async Task ServeAsync(Socket client, int ordinal)
    {
        await using var stream = new NetworkStream(client);
        while (await WireRequest.ReadAsync(stream, Stop) is { } request)
        {
            Interlocked.Increment(ref _requests);
            bool isTunnel = request.Method == "CONNECT";
            if (fault is { Phase: CallPhase.HeadRead })
            {
                await BreakOffAsync(client, fault.How);
                return;
            }
            byte[] body = isTunnel ? [] : await request.ReadBodyAsync(Stop);
            if (!IsAdmitted(request))
            {
                await stream.WriteAsync(new WireReply(407, "<html>log in</html>", "Proxy-Authenticate: Basic realm=\"test\"").Bytes, Stop);
            }
            else if (fault is { Phase: null, Reply: { } reply, Deletes: false })
            {
                await stream.WriteAsync(reply.Bytes, Stop);
            }
            else if (isTunnel)
            {
                await TunnelAsync(client, stream, request.Target);
                return;
            }
            else
            {
                await PassOnAsync(client, stream, request, body);
                return;
            }
        }
    }

    private bool IsAdmitted(WireRequest request)
    {
        string? given = request.Header("Proxy-Authorization");
        if (given is not null) Interlocked.Increment(ref _logIns);
        return account is null
            || given == "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{account.UserName}:{account.Password}"));
    }

    private async Task TunnelAsync(Socket client, NetworkStream stream, string target)
    {
        using Socket server = await ConnectAsync(new Uri("tcp://" + target));
        await using var serverStream = new NetworkStream(server);
        Interlocked.Increment(ref _tunnels);
        await stream.WriteAsync("HTTP/1.1 200 Connection established\r\n\r\n"u8.ToArray(), Stop);
        // The end of either direction is passed on; a reset ends both.
        await Task.WhenAll(PumpAsync(stream, serverStream, server), PumpAsync(serverStream, stream, client));
    }

    private async Task PumpAsync(NetworkStream from, NetworkStream to, Socket receiver)
    {
        try
        {
            await from.CopyToAsync(to, Stop);
            receiver.Shutdown(SocketShutdown.Send);
        }
        catch (IOException)
        {
            receiver.LingerState = new LingerOption(true, 0);
            receiver.Close();
        }
    }

    private async Task PassOnAsync(Socket client, NetworkStream stream, WireRequest request, byte[] body)
    {
        var target = new Uri(request.Target);
        using Socket server = await ConnectAsync(target);
        await using var serverStream = new NetworkStream(server);
        await serverStream.WriteAsync((byte[])[.. request.HeadFor(target.PathAndQuery), .. body], Stop);
        var answer = new MemoryStream();
        await serverStream.CopyToAsync(answer, Stop);
        if (fault is not { Phase: CallPhase.WorkDone }) await stream.WriteAsync(fault?.Reply?.Bytes ?? answer.ToArray(), Stop);
        await BreakOffAsync(client, fault is null ? BreakOff.Close : fault.How);
    }

    private async Task<Socket> ConnectAsync(Uri target)
    {
        var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await server.ConnectAsync(IPAddress.Loopback, target.Port, Stop);
        return server;
    }
}
