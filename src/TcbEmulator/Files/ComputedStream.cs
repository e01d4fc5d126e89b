namespace TcbPowerShell.Emulation;

/// <summary>Bytes that are made as they are read.</summary>
/// <param name="length">How many there are.</param>
/// <param name="source">The stream that they are made from, which is closed with this one; null for none.</param>
/// <param name="read">Fills a buffer with the bytes at a position, as far as it likes; never asked for more than there are.</param>
internal sealed class ComputedStream(long length, IDisposable? source, ComputedStream.Reader read) : Stream
{
    /// <summary>Fills a buffer with the bytes at a position.</summary>
    /// <returns>How many there were.</returns>
    internal delegate int Reader(long position, Span<byte> buffer);

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position { get; set; }

    /// <summary>As many bytes as wanted, the same for each seed, and no two seeds the same.</summary>
    public static ComputedStream Generate(long length, int seed)
    {
        // A prime: no length of a buffer fits into it, so bytes that are lost or doubled on the way show.
        byte[] pattern = new byte[65_537];
        new Random(seed).NextBytes(pattern);
        return new ComputedStream(length, source: null, (position, buffer) =>
        {
            ReadOnlySpan<byte> rest = pattern.AsSpan((int)(position % pattern.Length));
            int count = Math.Min(rest.Length, buffer.Length);
            rest[..count].CopyTo(buffer);
            return count;
        });
    }

    public override int Read(Span<byte> buffer)
    {
        int wanted = (int)Math.Min(buffer.Length, Math.Max(0, length - Position));
        int count = wanted == 0 ? 0 : read(Position, buffer[..wanted]);
        Position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        Task.FromResult(Read(buffer.AsSpan(offset, count)));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

    public override long Seek(long offset, SeekOrigin origin) => Position = offset + origin switch
    {
        SeekOrigin.Begin => 0,
        SeekOrigin.Current => Position,
        _ => length,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            source?.Dispose();

        base.Dispose(disposing);
    }
}

internal static class StreamReading
{
    /// <summary>Some of the bytes at a position.</summary>
    public static int ReadAt(this Stream stream, long position, Span<byte> buffer)
    {
        stream.Position = position;
        return stream.Read(buffer);
    }
}
