using System.Collections.Concurrent;

namespace TcbPowerShell.Emulation;

/// <summary>The files of an emulator: what is there, what may not be deleted, what was deleted.</summary>
public sealed class CloudFiles
{
    private readonly IFileStore _store;
    private readonly MissingFileAnswer _missing;
    private readonly ConcurrentDictionary<string, byte> _denied = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int>? _deleted;
    private long _deletedCount;

    internal CloudFiles(EmulatorOptions options)
    {
        _store = options.Root is null ? new MemoryFiles() : new FolderFiles(options.Root);
        _missing = options.MissingFile;
        _deleted = options.Detail == LogDetail.FileIds ? new(StringComparer.Ordinal) : null;
        Seed(options.FileIds);
    }

    /// <summary>How many files there are.</summary>
    public int Count => _store.Count;

    /// <summary>The IDs of the files that are there now.</summary>
    public IReadOnlyCollection<string> Remaining => _store.FileIds;

    /// <summary>How many deletions there were.</summary>
    public long DeletedCount => Interlocked.Read(ref _deletedCount);

    /// <summary>The IDs that were deleted at least once; empty where <see cref="EmulatorOptions.Detail"/> does not keep file IDs.</summary>
    public IReadOnlyCollection<string> Deleted => _deleted is null ? [] : [.. _deleted.Keys];

    /// <summary>Creates files. An ID of an unknown environment is fine: no request can delete it.</summary>
    public void Seed(params IEnumerable<string> fileIds)
    {
        ArgumentNullException.ThrowIfNull(fileIds);
        foreach (string fileId in fileIds)
        {
            if (!CloudPath.TryParse(fileId, out _))
                throw new ArgumentException($"'{fileId}' is not a file ID. Expected: cloud://environment.bucket/path", nameof(fileIds));

            _store.Add(fileId);
        }
    }

    /// <summary>Whether the file is there.</summary>
    public bool Contains(string fileId) => _store.Contains(fileId);

    /// <summary>From now on these files are answered with -503002 and stay.</summary>
    public void Deny(params IEnumerable<string> fileIds)
    {
        ArgumentNullException.ThrowIfNull(fileIds);
        foreach (string fileId in fileIds)
            _denied[fileId] = 0;
    }

    /// <summary>How often the file was deleted; more than once only where it was seeded again.</summary>
    public int TimesDeleted(string fileId) => _deleted?.GetValueOrDefault(fileId) ?? 0;

    internal FileEntry Delete(string environment, string fileId)
    {
        if (Refuse(environment, fileId) is { } refused)
            return refused;

        if (!_store.Remove(fileId))
            return FileEntry.Of(fileId, _missing == MissingFileAnswer.NonExist ? 1 : -503003);

        Interlocked.Increment(ref _deletedCount);
        _deleted?.AddOrUpdate(fileId, 1, static (_, times) => times + 1);
        return FileEntry.Of(fileId, 0);
    }

    /// <summary>The look-up call has only one of the two answers for a missing file.</summary>
    internal FileEntry LookUp(string environment, string fileId) =>
        Refuse(environment, fileId) ?? FileEntry.Of(fileId, Contains(fileId) ? 0 : 1);

    internal Stream? OpenRead(string fileId) => _store.OpenRead(fileId);

    private FileEntry? Refuse(string environment, string fileId)
    {
        if (!CloudPath.TryParse(fileId, out CloudPath parts) || !parts.Environment.SequenceEqual(environment))
            return FileEntry.Of(fileId, -501005);

        return !_denied.IsEmpty && _denied.ContainsKey(fileId) ? FileEntry.Of(fileId, -503002) : null;
    }
}
