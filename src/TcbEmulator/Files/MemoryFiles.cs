using System.Collections.Concurrent;
using System.Text;

namespace TcbPowerShell.Emulation;

/// <summary>Files in memory. One that was only named holds its own ID.</summary>
internal sealed class MemoryFiles(EmulatorOptions options) : IFileStore
{
    private readonly Content _named = new(null, options.Clock.GetUtcNow(), null);
    private readonly ConcurrentDictionary<string, Content> _files = new(StringComparer.Ordinal);
    private readonly Lock _sorting = new();
    // Made by the first listing, and again after files were added: those that were removed since are passed over.
    private string[]? _sorted;

    public int Count => _files.Count;

    public IReadOnlyCollection<string> FileIds => [.. _files.Keys];

    public void Add(string fileId) => Put(fileId, _named);

    /// <summary>Creates or replaces a file.</summary>
    public void Put(string fileId, byte[] bytes, DateTimeOffset? lastModified, string? eTag) =>
        Put(fileId, new Content(bytes, lastModified ?? options.Clock.GetUtcNow(), eTag));

    public bool Contains(string fileId) => _files.ContainsKey(fileId);

    public FileFacts? Describe(string fileId)
    {
        if (!_files.TryGetValue(fileId, out Content? content))
            return null;

        byte[] bytes = content.BytesOf(fileId);
        DateTimeOffset written = ReferenceEquals(content, _named) ? _named.LastModified - AgeOf(fileId) : content.LastModified;
        return new FileFacts(fileId, bytes.Length, written, content.ETag ?? FileFacts.Md5Of(bytes));
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

    public Stream? OpenRead(string fileId) => _files.TryGetValue(fileId, out Content? content) ? new MemoryStream(content.BytesOf(fileId)) : null;

    public bool Remove(string fileId) => _files.TryRemove(fileId, out _);

    private TimeSpan AgeOf(string fileId) => options.OldestFile == TimeSpan.Zero
        ? TimeSpan.Zero
        : options.OldestFile * Dice.Roll(options.Seed, Dice.Hash(fileId), salt: -3);

    private void Put(string fileId, Content content)
    {
        _files[fileId] = content;
        lock (_sorting)
            _sorted = null;
    }

    private sealed record Content(byte[]? Bytes, DateTimeOffset LastModified, string? ETag)
    {
        // A folder that was made in the console is an empty object.
        public byte[] BytesOf(string fileId) => Bytes ?? (fileId.EndsWith('/') ? [] : Encoding.UTF8.GetBytes(fileId));
    }
}
