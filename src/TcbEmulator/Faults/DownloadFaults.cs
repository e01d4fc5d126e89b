using System.IO.Compression;

namespace TcbPowerShell.Emulation;

// Faults in a file that is downloaded. Those that replace the reply, or spoil how it reaches the client, are the same for all requests.
public sealed partial record Fault
{
    /// <summary>The link is refused as if its time were over, now and later. A new link works.</summary>
    public static Fault Expire { get; } = new("expire") { EndsLink = true };

    /// <summary>HEAD gets HTTP 403: the cloud signs its links for GET.</summary>
    public static Fault RefuseHead { get; } = Cos(403, "AccessDenied") with { Name = "refuse-head", Method = "HEAD" };

    /// <summary>A redirect to a web page of the emulator, which has status 200.</summary>
    public static Fault LogIn { get; } = Redirect(new Uri(Downloads.LogInPath, UriKind.Relative)) with { Name = "login" };

    /// <summary>The ETag is the MD5 of other bytes.</summary>
    public static Fault WrongETag { get; } = OfFile("wrong-etag", file => file with { ETag = FileFacts.Md5Of("other bytes"u8) });

    /// <summary>The byte in the middle is changed, and the headers are right.</summary>
    public static Fault Damage { get; } = OfFile("damage", file => Change(file, file.Content.Length / 2, file.Content.Length / 2));

    /// <summary>
    /// An older copy with its own headers: the version that <see cref="CloudFiles.Put"/> replaced last. Without one it is made up: other bytes, as
    /// many, a day older.
    /// </summary>
    public static Fault Stale { get; } = OfFile("stale", file => file.Earlier ?? MakeEarlier(file));

    /// <summary>Half of the bytes, and a Content-Length that fits them; the ETag is that of the whole.</summary>
    public static Fault TooShort { get; } = OfFile("short", file => file.Slice(0, file.Content.Length / 2));

    /// <summary>The file comes in chunks, without a Content-Length.</summary>
    public static Fault NoLength { get; } = OfFile("no-length", static file => file with { IsChunked = true });

    /// <summary>There is no ETag.</summary>
    public static Fault NoETag { get; } = OfFile("no-etag", static file => file with { ETag = null });

    /// <summary>There is no Last-Modified.</summary>
    public static Fault NoDate { get; } = OfFile("no-date", static file => file with { LastModified = null });

    /// <summary>The file is compressed on the way; the ETag is that of the file.</summary>
    public static Fault GZip { get; } = OfFile("gzip", Compress);

    /// <summary>The file was stored compressed, says its Content-Encoding; length and ETag are those of the stored bytes.</summary>
    public static Fault StoredGZip { get; } = OfFile("stored-gzip", static file => file with { ContentEncoding = "gzip" });

    internal bool EndsLink { get; private init; }

    /// <summary>The only method that meets the fault; null for all.</summary>
    internal string? Method { get; private init; }

    internal Func<Download, Download>? File { get; private init; }

    /// <summary>Whether no other request than a download can meet it.</summary>
    internal bool IsOfDownloads => EndsLink || File is not null || Method is not null;

    /// <summary>The file comes under another status than 200, such as 202, 204 or 206.</summary>
    public static Fault FileUnder(int status) => OfFile(Invariant($"status-{status}"), file => file with
    {
        Status = status,
        ContentRange = status == 206 ? Invariant($"bytes 0-{file.Content.Length - 1}/{file.Content.Length}") : null,
    });

    private static Fault OfFile(string name, Func<Download, Download> spoil) => new(name) { File = spoil };

    private static Download MakeEarlier(Download file)
    {
        Download made = Change(file, 0, long.MaxValue);
        return made with { ETag = FileFacts.Md5Of(made.Content), LastModified = file.LastModified - TimeSpan.FromDays(1) };
    }

    /// <summary>Inverts the bytes from one position to another.</summary>
    private static Download Change(Download file, long first, long last) => file with
    {
        Content = new ComputedStream(file.Content.Length, file.Content, (position, buffer) =>
        {
            int count = file.Content.ReadAt(position, buffer);
            for (int i = (int)Math.Clamp(first - position, 0, count); i < count && position + i <= last; i++)
                buffer[i] ^= 0xFF;

            return count;
        }),
    };

    private static Download Compress(Download file)
    {
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
            file.Content.CopyTo(gzip);

        compressed.Position = 0;
        file.Dispose();
        return file with { Content = compressed, ContentEncoding = "gzip" };
    }
}
