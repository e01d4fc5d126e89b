using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace TcbPowerShell.Tests.Network;

/// <summary>A reply as it is sent.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Body">The body.</param>
/// <param name="Headers">Further header lines.</param>
internal sealed record WireReply(int Status, string Body, params string[] Headers)
{
    /// <summary>Whether the body's length is told; otherwise the end of the connection ends it.</summary>
    internal bool HasLength { get; init; } = true;

    /// <summary>How the body is compressed: gzip, deflate or br; null if it is not.</summary>
    internal string? Compression { get; init; }

    /// <summary>How the reply begins.</summary>
    internal string Protocol { get; init; } = "HTTP/1.1";

    /// <summary>The status line and the headers.</summary>
    internal byte[] Head
    {
        get
        {
            string[] length = HasLength ? [$"Content-Length: {Content.Length}"] : ["Connection: close"];
            string[] encoding = Compression is null ? [] : [$"Content-Encoding: {Compression}"];
            return Encoding.ASCII.GetBytes(string.Join("\r\n", [$"{Protocol} {Status} Reply", .. length, .. encoding, .. Headers, string.Empty, string.Empty]));
        }
    }

    /// <summary>The whole reply.</summary>
    internal byte[] Bytes => [.. Head, .. Content];

    private byte[] Content
    {
        get
        {
            var bytes = new MemoryStream();
            using (Stream stream = Compression switch
            {
                "gzip" => new GZipStream(bytes, CompressionLevel.Fastest),
                "deflate" => new ZLibStream(bytes, CompressionLevel.Fastest),
                "br" => new BrotliStream(bytes, CompressionLevel.Fastest),
                _ => bytes,
            })
            {
                stream.Write(Encoding.UTF8.GetBytes(Body));
            }
            return bytes.ToArray();
        }
    }

    /// <summary>The service's reply to a delete call.</summary>
    internal static WireReply Deleted(IEnumerable<string> fileIds, int status = 0, string message = "ok") => new(
        200,
        JsonSerializer.Serialize(new { errcode = 0, errmsg = "ok", delete_list = fileIds.Select(fileid => new { fileid, status, errmsg = message }) }),
        "Content-Type: application/json");

    /// <summary>The part of the reply that is sent before the conversation is broken off.</summary>
    internal byte[] Until(CallPhase phase) => phase switch
    {
        CallPhase.HalfStatusLine => Head[..8],
        CallPhase.HalfHeaders => Head[..(Head.Length - 10)],
        CallPhase.HalfBody => Bytes[..((Head.Length + Bytes.Length) / 2)],
        _ => [],
    };
}
