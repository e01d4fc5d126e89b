using System.Buffers;

namespace TcbPowerShell.Client.Http;

/// <summary>The bytes of a reply, in a rented buffer that <see cref="Dispose"/> gives back.</summary>
internal sealed class ReplyBody : IDisposable
{
    /// <summary>
    /// The longest reply that is read. The longest true one has 50 entries, each with an ID of 4,096 bytes, every character escaped.
    /// </summary>
    internal const int MaxBytes = 2 * 1024 * 1024;

    // The reply for fifty IDs of usual length has nine thousand bytes.
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
    private int _length;

    private ReplyBody()
    {
    }

    internal Span<byte> Bytes => _buffer.AsSpan(0, _length);

    /// <summary>Reads a reply to its end.</summary>
    /// <exception cref="TcbException">It is too long.</exception>
    /// <exception cref="IOException">The connection was lost.</exception>
    internal static async Task<ReplyBody> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        var body = new ReplyBody();
        try
        {
#if NET
            using Stream stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
#else
            using Stream stream = await content.ReadAsStreamAsync().ConfigureAwait(false);
#endif
            int read;
            do
            {
                if (body._length == body._buffer.Length) body.Grow();
#if NET
                read = await stream.ReadAsync(body._buffer.AsMemory(body._length), cancellationToken).ConfigureAwait(false);
#else
                read = await stream.ReadAsync(body._buffer, body._length, body._buffer.Length - body._length, cancellationToken).ConfigureAwait(false);
#endif
                body._length += read;
            }
            while (read > 0);
            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        byte[] buffer = _buffer;
        _buffer = [];
        _length = 0;
        if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
    }

    private void Grow()
    {
        if (_length >= MaxBytes) throw TcbException.Unreadable($"it is longer than {MaxBytes} bytes");
        byte[] larger = ArrayPool<byte>.Shared.Rent(_length * 2);
        _buffer.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
