namespace TcbPowerShell.Client.Journal;

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
