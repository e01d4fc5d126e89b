using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Journal;

/// <summary>Reads a journal, line by line, into what a later run needs of it.</summary>
/// <param name="done">Gets the files that are gone.</param>
/// <param name="unanswered">Gets the files that were sent and whose outcome is unknown.</param>
/// <param name="service">The service of the run that goes on with it; null for a dry run without a connection.</param>
internal sealed class JournalReader(FileIdSet done, FileIdSet unanswered, string? service) : LineReader
{
    /// <inheritdoc/>
    protected override byte[] Head { get; } = "{\"time\":"u8.ToArray();

    /// <inheritdoc/>
    protected override void Take(ReadOnlySpan<byte> line)
    {
        JournalLine? entry;
        try
        {
            entry = JsonSerializer.Deserialize(line, JournalJson.Default.JournalLine);
        }
        catch (JsonException)
        {
            // A torn line. The sent line before it leaves its files in doubt.
            return;
        }
        if (entry?.Run?.Service is { } itsService) CheckService(itsService);
        if (!HasHead) throw entry?.EnvironmentId is null ? NotOne() : new JournalFault(new UserText(nameof(Messages.JournalOlderForm)));
        if (entry?.EnvironmentId is not { } environmentId) return;
        foreach (string fileId in entry.Sent ?? []) unanswered.Add(environmentId, fileId);
        if (entry.FileId is null || entry.OutcomeUnknown) return;
        unanswered.Remove(environmentId, entry.FileId);
        if (JournalLine.IsGone(entry.Outcome)) done.Add(environmentId, entry.FileId);
    }

    /// <inheritdoc/>
    protected override IOException NotOne() => new JournalFault(new UserText(nameof(Messages.JournalNotOne)));

    // After a rehearsal, a run of the real service would skip every file.
    private void CheckService(string itsService)
    {
        HasHead = true;
        if (service is not null && service != itsService) throw new JournalFault(new UserText(nameof(Messages.JournalOfOtherService), itsService, service));
    }
}

/// <summary>
/// A set of file IDs that keeps 16 bytes for each, however long it is: 128 bits of a SHA-256 of environment and ID. A
/// shorter hash could collide, and a file would be skipped that should be removed. Not thread-safe.
/// </summary>
internal sealed class FileIdSet : IDisposable
{
    private readonly HashSet<TextHash> _hashes = [];
    private readonly TextHasher _hasher = new();

    internal int Count => _hashes.Count;

    internal bool Contains(string environmentId, string fileId) => _hashes.Count > 0 && _hashes.Contains(Hash(environmentId, fileId));

    internal void Add(string environmentId, string fileId) => _hashes.Add(Hash(environmentId, fileId));

    internal void Remove(string environmentId, string fileId)
    {
        if (_hashes.Count > 0) _hashes.Remove(Hash(environmentId, fileId));
    }

    public void Dispose() => _hasher.Dispose();

    // An environment ID has no NUL, so the two parts cannot run into each other.
    private TextHash Hash(string environmentId, string fileId) => _hasher.Of($"{environmentId}\0{fileId}");
}

/// <summary>128 bits of the SHA-256 of a text.</summary>
/// <param name="High">The first 64.</param>
/// <param name="Low">The others.</param>
internal readonly record struct TextHash(ulong High, ulong Low);

/// <summary>Makes such hashes. Not thread-safe.</summary>
internal sealed class TextHasher : IDisposable
{
    private readonly SHA256 _sha256 = SHA256.Create();

    internal TextHash Of(string text)
    {
        byte[] hash = _sha256.ComputeHash(Encoding.UTF8.GetBytes(text));
        return new TextHash(BinaryPrimitives.ReadUInt64BigEndian(hash), BinaryPrimitives.ReadUInt64BigEndian(hash.AsSpan(8)));
    }

    public void Dispose() => _sha256.Dispose();
}

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
