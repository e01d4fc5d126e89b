using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace TcbPowerShell.Tests.Network;

/// <summary>
/// The service behind TLS, or in plain text. It deletes each file that it is asked to and keeps a record of it. A fault is asked for when a
/// connection is accepted (request 0) and for each request on it (from 1); the phase of the fault says which of them it is for.
/// </summary>
/// <param name="certificate">The server's certificate; null for plain HTTP.</param>
/// <param name="fault">The fault, if there is one.</param>
internal sealed class TlsServer(X509Certificate2? certificate, Func<CallRecord, WireFault?>? fault = null) : LoopbackServer
{
    private readonly List<CallRecord> _calls = [];
    private int _connections;
    private int _handshakes;

    internal string Scheme => certificate is null ? "http" : "https";

    internal Uri Endpoint => new($"{Scheme}://localhost:{Port}");

    /// <summary>After how many requests a connection is closed.</summary>
    internal int RequestsPerConnection { get; init; } = int.MaxValue;

    /// <summary>The certificate of every connection but the first; null for the same one.</summary>
    internal X509Certificate2? LaterCertificate { get; init; }

    /// <summary>Whether the last reply on a connection says so.</summary>
    internal bool AnnouncesClose { get; init; } = true;

    /// <summary>How many connections were accepted.</summary>
    internal int Connections => Volatile.Read(ref _connections);

    /// <summary>How many TLS handshakes were completed.</summary>
    internal int Handshakes => Volatile.Read(ref _handshakes);

    /// <summary>The requests whose headers arrived.</summary>
    internal IReadOnlyList<CallRecord> Calls
    {
        get
        {
            lock (_calls) return [.. _calls];
        }
    }

    protected override async Task ServeAsync(Socket client, int ordinal)
    {
        Interlocked.Increment(ref _connections);
        WireFault? onConnection = fault?.Invoke(new CallRecord(ordinal, 0));
        if (onConnection is { Phase: CallPhase.Accepted })
        {
            await BreakOffAsync(client, onConnection.How);
            return;
        }
        await using Stream network = new NetworkStream(client);
        if (onConnection is { Phase: CallPhase.Greeted })
        {
            await network.ReadExactlyAsync(new byte[5], Stop); // the head of a TLS record
            if (onConnection.Reply is { } plain) await network.WriteAsync(plain.Bytes, Stop);
            await BreakOffAsync(client, onConnection.How);
            return;
        }
        await using Stream stream = await SecureAsync(network, ordinal > 1 ? LaterCertificate ?? certificate : certificate);
        if (onConnection is { Phase: CallPhase.Secured })
        {
            await BreakOffAsync(client, onConnection.How);
            return;
        }
        for (int i = 1; i <= RequestsPerConnection; i++)
        {
            if (await WireRequest.ReadAsync(stream, Stop) is not { } request) return;
            var record = new CallRecord(ordinal, i) { UserAgent = request.Header("User-Agent") };
            lock (_calls) _calls.Add(record);
            if (!await AnswerAsync(client, stream, request, record)) return;
        }
        await BreakOffAsync(client, BreakOff.Close);
    }

    private async Task<Stream> SecureAsync(Stream network, X509Certificate2? identity)
    {
        if (identity is null) return network;
        var tls = new SslStream(network);
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = identity }, Stop);
        Interlocked.Increment(ref _handshakes);
        return tls;
    }

    /// <returns>Whether the connection goes on.</returns>
    private async Task<bool> AnswerAsync(Socket client, Stream stream, WireRequest request, CallRecord record)
    {
        WireFault? onRequest = fault?.Invoke(record);
        if (onRequest is { Phase: CallPhase.HeadRead })
        {
            await BreakOffAsync(client, onRequest.How);
            return false;
        }
        byte[] body = await request.ReadBodyAsync(Stop);
        record.FileIds = Names(body);
        record.Deleted = onRequest?.Deletes ?? true;
        WireReply reply = onRequest?.Reply ?? WireReply.Deleted(record.FileIds);
        if (record.OnConnection == RequestsPerConnection && AnnouncesClose) reply = reply with { Headers = [.. reply.Headers, "Connection: close"] };
        if (onRequest?.Phase is { } phase)
        {
            await stream.WriteAsync(reply.Until(phase), Stop);
            await BreakOffAsync(client, onRequest.How);
            return false;
        }
        await stream.WriteAsync(reply.Bytes, Stop);
        if (reply.HasLength && request.Header("Connection") != "close") return true;
        await BreakOffAsync(client, BreakOff.Close);
        return false;
    }

    private static string[] Names(byte[] body)
    {
        using var json = JsonDocument.Parse(body);
        return [.. json.RootElement.GetProperty("fileid_list").EnumerateArray().Select(id => id.GetString()!)];
    }
}
