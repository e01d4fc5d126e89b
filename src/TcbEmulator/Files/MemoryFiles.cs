using System.Collections.Concurrent;
using System.Text;

namespace TcbPowerShell.Emulation;

/// <summary>Files that are only names; each holds its own ID.</summary>
internal sealed class MemoryFiles : IFileStore
{
    private readonly ConcurrentDictionary<string, byte> _files = new(StringComparer.Ordinal);

    public int Count => _files.Count;

    public IReadOnlyCollection<string> FileIds => [.. _files.Keys];

    public void Add(string fileId) => _files[fileId] = 0;

    public bool Contains(string fileId) => _files.ContainsKey(fileId);

    public Stream? OpenRead(string fileId) => Contains(fileId) ? new MemoryStream(Encoding.UTF8.GetBytes(fileId)) : null;

    public bool Remove(string fileId) => _files.TryRemove(fileId, out _);
}
