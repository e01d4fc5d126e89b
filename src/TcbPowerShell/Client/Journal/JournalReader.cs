using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
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
