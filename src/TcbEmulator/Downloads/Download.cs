using System.Net.Http.Headers;

namespace TcbPowerShell.Emulation;

/// <summary>A file on its way to a client: its bytes, and what the headers say of them.</summary>
/// <param name="Content">The bytes; it can be read again from its beginning.</param>
/// <param name="ETag">The ETag without quotation marks; null for none.</param>
/// <param name="LastModified">When it was written; null for no such header.</param>
internal sealed record Download(Stream Content, string? ETag, DateTimeOffset? LastModified) : IDisposable
{
    public int Status { get; init; } = 200;

    public string? ContentEncoding { get; init; }

    public string? ContentRange { get; init; }

    /// <summary>Whether it comes in chunks, without a length.</summary>
    public bool IsChunked { get; init; }

    /// <summary>The version that a <c>Put</c> replaced last; null where there is none.</summary>
    public Download? Earlier { get; init; }

    public void Dispose()
    {
        Content.Dispose();
        Earlier?.Dispose();
    }

    /// <summary>The bytes from <paramref name="first"/> on, as a file of its own.</summary>
    public Download Slice(long first, long length) => this with
    {
        Content = new ComputedStream(length, Content, (position, buffer) => Content.ReadAt(first + position, buffer)),
    };

    /// <summary>A part of the file.</summary>
    public Download Cut(RangeItemHeaderValue range)
    {
        long length = Content.Length;
        long first = range.From ?? Math.Max(0, length - range.To!.Value);
        long last = range.From is null ? length - 1 : Math.Min(range.To ?? long.MaxValue, length - 1);
        return first < length && first <= last
            ? Slice(first, last - first + 1) with { Status = 206, ContentRange = $"bytes {first}-{last}/{length}" }
            : Slice(0, 0) with { Status = 416, ContentRange = $"bytes */{length}" };
    }
}
