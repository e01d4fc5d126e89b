using System.Collections.Concurrent;

namespace TcbPowerShell.Emulation;

/// <summary>The files of an emulator: what is there, what may not be deleted, what was deleted.</summary>
public sealed class CloudFiles
{
    private readonly IFileStore _store;
    private readonly MissingFileAnswer _missing;
    private readonly ConcurrentDictionary<string, byte> _denied = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int>? _deleted;
    // The first bucket that a file of each environment named.
    private readonly ConcurrentDictionary<string, string> _buckets = new(StringComparer.Ordinal);
    private long _deletedCount;

    internal CloudFiles(EmulatorOptions options)
    {
        _store = options.Root is null ? new MemoryFiles(options) : new FolderFiles(options.Root);
        _missing = options.MissingFile;
        _deleted = options.Detail == LogDetail.FileIds ? new(StringComparer.Ordinal) : null;
        foreach (string fileId in _store.FileIds)
            RememberBucket(fileId);

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
            RememberBucket(fileId);
        }
    }

    /// <summary>Creates a file in memory, or replaces it.</summary>
    /// <param name="fileId">The file.</param>
    /// <param name="content">Its bytes.</param>
    /// <param name="lastModified">When it was written; now where nothing is given.</param>
    /// <param name="eTag">Its ETag without quotation marks; the MD5 of its content where nothing is given.</param>
    /// <exception cref="InvalidOperationException">The files are real ones below a folder.</exception>
    public void Put(string fileId, byte[] content, DateTimeOffset? lastModified = null, string? eTag = null)
    {
        ArgumentNullException.ThrowIfNull(content);
        Write(fileId, () => new MemoryStream(content, writable: false), lastModified, eTag);
    }

    /// <summary>Creates a large file without memory, or replaces one: its bytes follow from its ID, and are made as they are read.</summary>
    /// <param name="fileId">The file.</param>
    /// <param name="length">How many bytes it holds.</param>
    /// <param name="lastModified">When it was written; now where nothing is given.</param>
    /// <param name="eTag">Its ETag without quotation marks; the MD5 of its content where nothing is given, which takes seconds for a large file.</param>
    /// <exception cref="InvalidOperationException">The files are real ones below a folder.</exception>
    public void PutGenerated(string fileId, long length, DateTimeOffset? lastModified = null, string? eTag = null) =>
        Write(fileId, () => ComputedStream.Generate(length, Dice.Hash(fileId)), lastModified, eTag);

    /// <summary>The bytes of a file as they are stored; null where there is no such file. The caller closes it.</summary>
    public Stream? OpenRead(string fileId) => _store.Open(fileId)?.Content;

    /// <summary>The bucket of an environment: the first that an ID of the environment named.</summary>
    public string BucketOf(string environment)
    {
        // Real files can be put there at any time.
        if (!_buckets.ContainsKey(environment))
        {
            foreach (string fileId in _store.FileIds)
                RememberBucket(fileId);
        }

        return _buckets.GetValueOrDefault(environment, $"7465-{environment}-1250000000");
    }

    internal IEnumerable<FileFacts> List(string beginning, string after) =>
        _store.List(beginning, after).Select(_store.Describe).OfType<FileFacts>();

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

    internal Download? Open(string fileId) => _store.Open(fileId);

    private void Write(string fileId, Func<Stream> open, DateTimeOffset? lastModified, string? eTag)
    {
        if (_store is not MemoryFiles memory)
            throw new InvalidOperationException("The files of this emulator are real ones: write the file itself.");

        memory.Put(fileId, open, lastModified, eTag);
        RememberBucket(fileId);
    }

    private FileEntry? Refuse(string environment, string fileId)
    {
        if (!CloudPath.TryParse(fileId, out CloudPath parts) || !parts.Environment.SequenceEqual(environment))
            return FileEntry.Of(fileId, -501005);

        return !_denied.IsEmpty && _denied.ContainsKey(fileId) ? FileEntry.Of(fileId, -503002) : null;
    }

    private void RememberBucket(string fileId)
    {
        if (CloudPath.TryParse(fileId, out CloudPath parts) && parts.Host.IndexOf('.') is > 0 and var dot)
            _buckets.TryAdd(parts.Environment.ToString(), parts.Host[(dot + 1)..].ToString());
    }
}
