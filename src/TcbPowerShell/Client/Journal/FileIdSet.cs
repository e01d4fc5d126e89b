using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace TcbPowerShell.Client.Journal;

/// <summary>
/// A set of file IDs that keeps 16 bytes for each, however long it is: 128 bits of a SHA-256 of environment and ID. A
/// shorter hash could collide, and a file would be skipped that should be removed. Not thread-safe.
/// </summary>
internal sealed class FileIdSet : IDisposable
{
    private readonly HashSet<(ulong, ulong)> _hashes = [];
    private readonly SHA256 _sha256 = SHA256.Create();

    internal int Count => _hashes.Count;

    internal bool Contains(string environmentId, string fileId) => _hashes.Count > 0 && _hashes.Contains(Hash(environmentId, fileId));

    internal void Add(string environmentId, string fileId) => _hashes.Add(Hash(environmentId, fileId));

    internal void Remove(string environmentId, string fileId)
    {
        if (_hashes.Count > 0) _hashes.Remove(Hash(environmentId, fileId));
    }

    public void Dispose() => _sha256.Dispose();

    private (ulong High, ulong Low) Hash(string environmentId, string fileId)
    {
        // An environment ID has no NUL, so the two parts cannot run into each other.
        byte[] hash = _sha256.ComputeHash(Encoding.UTF8.GetBytes($"{environmentId}\0{fileId}"));
        return (BinaryPrimitives.ReadUInt64BigEndian(hash), BinaryPrimitives.ReadUInt64BigEndian(hash.AsSpan(8)));
    }
}
