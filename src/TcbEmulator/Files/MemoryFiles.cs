using System.Collections.Concurrent;
using System.Text;

namespace TcbPowerShell.Emulation;

/// <summary>Files in memory. One that was only named holds its own ID.</summary>
internal sealed class MemoryFiles(EmulatorOptions options) : IFileStore
{
    private readonly Version _named = new(null, options.Clock.GetUtcNow(), null);
    private readonly ConcurrentDictionary<string, Version> _files = new(StringComparer.Ordinal);
    private readonly Lock _sorting = new();
    // Made by the first listing, and again after files were added: those that were removed since are passed over.
    private string[]? _sorted;

    public int Count => _files.Count;

    public IReadOnlyCollection<string> FileIds => [.. _files.Keys];

    public void Add(string fileId) => Put(fileId, _named);

    /// <summary>Creates or replaces a file.</summary>
    public void Put(string fileId, Func<Stream> open, DateTimeOffset? lastModified, string? eTag)
    {
        // Only the last one is kept, without the one before it.
        Version? earlier = _files.TryGetValue(fileId, out Version? replaced) ? replaced.WithoutEarlier() : null;
        Put(fileId, new Version(open, lastModified ?? options.Clock.GetUtcNow(), eTag) { Earlier = earlier });
    }

    public bool Contains(string fileId) => _files.ContainsKey(fileId);

    public FileFacts? Describe(string fileId)
    {
        if (!_files.TryGetValue(fileId, out Version? version))
            return null;

        (long length, string eTag) = version.FactsOf(fileId);
        return new FileFacts(fileId, length, LastModified(fileId, version), eTag);
    }

    public IEnumerable<string> List(string beginning, string after)
    {
        string[] sorted;
        lock (_sorting)
        {
            if (_sorted is null)
            {
                _sorted = [.. _files.Keys];
                Array.Sort(_sorted, Utf8Order.Instance);
            }

            sorted = _sorted;
        }

        return Utf8Order.Slice(sorted, beginning, after).Where(Contains);
    }

    public Download? Open(string fileId) => _files.TryGetValue(fileId, out Version? version) ? Open(fileId, version) : null;

    public bool Remove(string fileId) => _files.TryRemove(fileId, out _);

    private Download Open(string fileId, Version version) =>
        new(version.Open(fileId), version.FactsOf(fileId).ETag, LastModified(fileId, version))
        {
            Earlier = version.Earlier is { } earlier ? Open(fileId, earlier) : null,
        };

    private DateTimeOffset LastModified(string fileId, Version version) =>
        ReferenceEquals(version, _named) ? _named.LastModified - AgeOf(fileId) : version.LastModified;

    private TimeSpan AgeOf(string fileId) => options.OldestFile == TimeSpan.Zero
        ? TimeSpan.Zero
        : options.OldestFile * Dice.Roll(options.Seed, Dice.Hash(fileId), salt: -3);

    private void Put(string fileId, Version version)
    {
        _files[fileId] = version;
        lock (_sorting)
            _sorted = null;
    }

    /// <summary>The content of a file, and since when; without <paramref name="open"/> the content is its own ID.</summary>
    private sealed class Version(Func<Stream>? open, DateTimeOffset lastModified, string? eTag)
    {
        // Read once: the MD5 of a large file takes seconds.
        private readonly Lazy<(long Length, string ETag)>? _facts = open is { } make ? new(() =>
        {
            using Stream content = make();
            return (content.Length, eTag ?? FileFacts.Md5Of(content));
        }) : null;

        public DateTimeOffset LastModified => lastModified;

        public Version? Earlier { get; init; }

        public Version WithoutEarlier() => Earlier is null ? this : new Version(open, lastModified, eTag);

        public Stream Open(string fileId) => open?.Invoke() ?? new MemoryStream(NameOf(fileId), writable: false);

        public (long Length, string ETag) FactsOf(string fileId)
        {
            if (_facts is not null)
                return _facts.Value;

            byte[] name = NameOf(fileId);
            return (name.Length, FileFacts.Md5Of(name));
        }

        // A folder that was made in the console is an empty object.
        private static byte[] NameOf(string fileId) => fileId.EndsWith('/') ? [] : Encoding.UTF8.GetBytes(fileId);
    }
}
