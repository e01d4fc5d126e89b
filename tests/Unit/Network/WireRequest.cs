using System.Globalization;
using System.Text;

namespace TcbPowerShell.Tests.Network;

/// <summary>A request as it is read: no byte more than its head and, if asked for, its body.</summary>
internal sealed class WireRequest
{
    private readonly Stream _stream;
    private readonly string[] _lines;

    private WireRequest(Stream stream, string[] lines)
    {
        _stream = stream;
        _lines = lines;
    }

    internal string Method => _lines[0].Split(' ')[0];

    internal string Target => _lines[0].Split(' ')[1];

    /// <summary>Reads the next request's head.</summary>
    /// <returns>Null where the client has closed the connection.</returns>
    internal static async Task<WireRequest?> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var head = new StringBuilder();
        byte[] next = new byte[1];
        // Byte by byte: what comes behind the head of a CONNECT belongs to the tunnel.
        while (await stream.ReadAsync(next, cancellationToken) > 0)
        {
            head.Append((char)next[0]);
            if (next[0] == '\n' && head.Length >= 4 && head.ToString(head.Length - 4, 4) == "\r\n\r\n")
                return new WireRequest(stream, head.ToString(0, head.Length - 4).Split("\r\n"));
        }
        return null;
    }

    /// <summary>The value of a header; null where it is not there.</summary>
    internal string? Header(string name) =>
        _lines.Skip(1).FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim();

    /// <summary>Reads the body to its end.</summary>
    internal async Task<byte[]> ReadBodyAsync(CancellationToken cancellationToken)
    {
        byte[] body = new byte[int.Parse(Header("Content-Length") ?? "0", CultureInfo.InvariantCulture)];
        await _stream.ReadExactlyAsync(body, cancellationToken);
        return body;
    }

    /// <summary>The head as it goes on from a proxy to the server: another target, and no word for the proxy.</summary>
    internal byte[] HeadFor(string target) => Encoding.ASCII.GetBytes(string.Join("\r\n",
        [$"{Method} {target} HTTP/1.1", .. _lines.Skip(1).Where(line => !line.StartsWith("Proxy-", StringComparison.OrdinalIgnoreCase)), "Connection: close", string.Empty, string.Empty]));
}
