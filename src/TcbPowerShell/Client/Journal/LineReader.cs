using System.Text.Json;
using TcbPowerShell.Client.Http;

namespace TcbPowerShell.Client.Journal;

/// <summary>Reads a file of JSON Lines in blocks, so that a long one needs no memory, and a wrong one costs nothing.</summary>
internal abstract class LineReader
{
    // The first of it is judged alone, so that a wrong file costs nothing, however long it is.
    private const int HeadBytes = 4 * 1024;
    private const int BlockBytes = 64 * 1024;
    // The longest line has a batch of 50 IDs of 4 KiB, and an escape is up to three times as long as what it stands for.
    private const int MaxLineBytes = 1024 * 1024;

    private bool _isFirst = true;

    /// <summary>Reads to the end.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="cancellationToken">Ends the reading at once.</param>
    /// <exception cref="IOException">It cannot be read, or is another file than it should be.</exception>
    /// <exception cref="OperationCanceledException">The reading was cancelled.</exception>
    /// <returns>Whether the last line is without its end: a run was killed while it wrote.</returns>
    internal bool ReadToEnd(Stream stream, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[BlockBytes];
        int length = 0;
        for (long total = 0; ;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int read = Read(stream, buffer, length, total < HeadBytes ? HeadBytes - (int)total : Math.Min(BlockBytes, buffer.Length - length), cancellationToken);
            if (read == 0) break;
            length += read;
            total += read;
            int start = 0;
            for (int end; (end = Array.IndexOf(buffer, (byte)'\n', start, length - start)) >= 0; start = end + 1)
                ReadLine(buffer.AsSpan(start, end - start));
            length -= start;
            Buffer.BlockCopy(buffer, start, buffer, 0, length);
            if (_isFirst && total >= HeadBytes) CheckHead(WithoutMark(buffer.AsSpan(0, length)));
            if (length > MaxLineBytes) throw NotOne();
            if (length == buffer.Length) Array.Resize(ref buffer, length * 2);
        }
        // A last line without its end counts if it is valid.
        ReadLine(buffer.AsSpan(0, length));
        return length > 0;
    }

    /// <summary>How the first line begins.</summary>
    protected abstract byte[] Head { get; }

    /// <summary>Whether a whole first line was read. A torn one has another behind it.</summary>
    protected bool HasHead { get; set; }

    /// <summary>Takes a line that is not empty, without its end.</summary>
    protected abstract void Take(ReadOnlySpan<byte> line);

    /// <summary>Whether a crash may have left zeros in the place of a line.</summary>
    protected virtual bool MayHaveZeros => false;

    /// <summary>The failure for a file that is another than it should be.</summary>
    protected abstract IOException NotOne();

    // An editor may have put a byte order mark in front.
    private static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> line) => line.StartsWith("\ufeff"u8) ? line.Slice(3) : line;

    // A network drive that does not answer must not hold up Ctrl+C. The read is then abandoned together with its buffer.
    private static int Read(Stream stream, byte[] buffer, int start, int count, CancellationToken cancellationToken) =>
        Task.Run(() => stream.Read(buffer, start, count), CancellationToken.None).OrCancelledAsync(cancellationToken).GetAwaiter().GetResult();

    private void ReadLine(ReadOnlySpan<byte> line)
    {
        if (line.Length > MaxLineBytes) throw NotOne();
        if (_isFirst) line = WithoutMark(line);
        if (line.Length == 0 || line.SequenceEqual("\r"u8)) return;
        if (!HasHead) CheckHead(line);
        _isFirst = false;
        Take(line);
    }

    // A torn first line is a part of it. Anything else would count as an empty file, for example a list of IDs, or a file in another encoding.
    private void CheckHead(ReadOnlySpan<byte> line)
    {
        int zeros = MayHaveZeros ? line.IndexOf((byte)0) : -1;
        if (zeros >= 0) line = line.Slice(0, zeros);
        if (!line.StartsWith(Head) && ((line.Length == 0 && zeros < 0) || !Head.AsSpan().StartsWith(line))) throw NotOne();
    }
}
