using System.Security.Cryptography;
using System.Text;
using TcbPowerShell.Client.Journal;
using TcbPowerShell.Model;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Storage;

/// <summary>
/// Which path in the folder belongs to which ID. A path never changes its owner, so an ID finds its path again by trying the same names in the same
/// order: only 16 bytes of the path, 16 of the ID and 8 of the facts are kept for each. Not thread-safe.
/// </summary>
internal sealed class CopyPaths : IDisposable
{
    // The ID of all folders, which the copies in them share.
    private static TextHash Folder => default;

    private readonly TextHasher _hasher = new();
    private readonly Dictionary<TextHash, Owner> _owners = [];
    // Paths in the index that the search does not find: a run gave them while it had better ones reserved that were never used, or another version of the
    // module did.
    private readonly Dictionary<TextHash, string> _others = [];
    private readonly List<TextHash> _steps = [];
    // Two IDs of folders can have one folder. Each has a line, or a later run could give the second one another folder.
    private readonly HashSet<TextHash> _folderLines = [];
    // The folder of the last ID; the next one is often in the same.
    private (string OfId, string Path, string Key) _last = (string.Empty, string.Empty, string.Empty);

    /// <summary>How many paths and folders have an owner.</summary>
    internal int Count => _owners.Count;

    /// <summary>The path of an ID, which is its own from now on.</summary>
    /// <exception cref="CopyRefused">It has a segment that no path can have.</exception>
    internal CopyPath Reserve(CloudFileId id)
    {
        TextHash owner = _hasher.Of(id.Value);
        CopyPath path = Find(id, owner);
        Take(path, owner, id);
        return path;
    }

    /// <summary>Takes over a path from the index.</summary>
    /// <returns>Whether it is one inside the folder that contradicts no earlier line.</returns>
    internal bool TryRecord(CloudFileId id, string path)
    {
        TextHash owner = _hasher.Of(id.Value);
        CopyPath expected = Find(id, owner);
        if (expected.Value == path)
        {
            Take(expected, owner, id);
            if (!HasLine(id, expected)) SetLine(id, expected);
            return true;
        }
        if (_others.ContainsKey(owner) || (!expected.IsFolder && _owners.ContainsKey(expected.Key)) || !path.Split('/').All(CopyName.IsSafe)) return false;
        var other = new CopyPath(path, Follow(path), expected.IsFolder);
        for (int i = 0; i < _steps.Count; i++)
        {
            if (_owners.TryGetValue(_steps[i], out Owner known) && known.Id != (i < _steps.Count - 1 || other.IsFolder ? Folder : owner)) return false;
        }
        Take(other, owner, null);
        SetLine(id, other);
        _others.Add(owner, path);
        return true;
    }

    /// <summary>Whether the index has a line that gives the path to the ID.</summary>
    internal bool HasLine(CloudFileId id, CopyPath path) => path.IsFolder ? _folderLines.Contains(_hasher.Of(id.Value)) : StateOf(path) != CopyState.Reserved;

    /// <summary>The index has a line that gives the path to the ID.</summary>
    internal void SetLine(CloudFileId id, CopyPath path)
    {
        if (path.IsFolder) _folderLines.Add(_hasher.Of(id.Value));
        else SetState(path, CopyState.OnDisk);
    }

    /// <summary>Takes over the facts of a copy from the index.</summary>
    /// <returns>Whether an earlier line gives a path to the ID.</returns>
    internal bool TrySetFacts(CloudFileId id, ulong state)
    {
        CopyPath path = Find(id, _hasher.Of(id.Value));
        if (path.IsFolder || StateOf(path) == CopyState.Reserved) return false;
        SetState(path, state);
        return true;
    }

    /// <summary>Whether the index knows the path, and a short form of the facts that it has of the copy.</summary>
    internal ulong StateOf(CopyPath path) => _owners.TryGetValue(path.Key, out Owner owner) ? owner.State : CopyState.Reserved;

    /// <summary>Remembers what the index knows of a copy.</summary>
    internal void SetState(CopyPath path, ulong state) => _owners[path.Key] = _owners[path.Key] with { State = state };

    public void Dispose() => _hasher.Dispose();

    private static string[] Segments(CloudFileId id, out bool isFolder)
    {
        string[] segments = id.Value.Substring("cloud://".Length).Split('/');
        isFolder = segments[segments.Length - 1].Length == 0;
        if (isFolder) Array.Resize(ref segments, segments.Length - 1);
        // Every HTTP client would request another path.
        return Array.Exists(segments, segment => segment is "." or "..") ? throw new CopyRefused(new UserText(nameof(Messages.CopyDotSegment))) : segments;
    }

    // Leaves the hashes of the path and of the folders on the way in _steps.
    private CopyPath Find(CloudFileId id, TextHash owner)
    {
        string[] segments = Segments(id, out bool isFolder);
        if (_others.TryGetValue(owner, out string? other)) return new CopyPath(other, Follow(other), isFolder);
        _steps.Clear();
        (string path, string key, int start) = (string.Empty, string.Empty, 0);
        if (!isFolder && _last.OfId.Length == id.Value.LastIndexOf('/') && id.Value.StartsWith(_last.OfId, StringComparison.Ordinal))
            (path, key, start) = (_last.Path, _last.Key, segments.Length - 1);
        for (int i = start; i < segments.Length; i++)
        {
            TextHash wanted = i < segments.Length - 1 || isFolder ? Folder : owner;
            string name = CopyName.Of(segments[i]);
            for (int number = 1; ; number++)
            {
                string tried = number == 1 ? name : CopyName.Variant(name, number);
                string triedKey = $"{key}/{CopyName.KeyOf(tried)}";
                TextHash hash = _hasher.Of(triedKey);
                if (_owners.TryGetValue(hash, out Owner known) && known.Id != wanted) continue;
                _steps.Add(hash);
                path = i == 0 ? tried : $"{path}/{tried}";
                key = triedKey;
                break;
            }
        }
        return new CopyPath(path, _steps[_steps.Count - 1], isFolder);
    }

    private TextHash Follow(string path)
    {
        _steps.Clear();
        string key = string.Empty;
        foreach (string name in path.Split('/')) _steps.Add(_hasher.Of(key = $"{key}/{CopyName.KeyOf(name)}"));
        return _steps[_steps.Count - 1];
    }

    private void Take(CopyPath path, TextHash owner, CloudFileId? id)
    {
        for (int i = 0; i < _steps.Count; i++)
        {
            if (!_owners.ContainsKey(_steps[i])) _owners.Add(_steps[i], new Owner(i < _steps.Count - 1 || path.IsFolder ? Folder : owner, CopyState.Reserved));
        }
        if (id is not { Value: { } value } || path.IsFolder || _others.Count > 0 && _others.ContainsKey(owner)) return;
        int slash = value.LastIndexOf('/');
        if (_last.OfId.Length == slash && value.StartsWith(_last.OfId, StringComparison.Ordinal)) return;
        string folder = path.Value.Substring(0, path.Value.LastIndexOf('/'));
        _last = (value.Substring(0, slash), folder, string.Concat(folder.Split('/').Select(name => $"/{CopyName.KeyOf(name)}")));
    }

    private readonly record struct Owner(TextHash Id, ulong State);
}

/// <summary>The path of a copy.</summary>
/// <param name="Value">From the folder, with slashes between its names.</param>
/// <param name="Key">The hash of all that file systems take for the same path.</param>
/// <param name="IsFolder">Whether the ID is one of a folder.</param>
internal readonly record struct CopyPath(string Value, TextHash Key, bool IsFolder);

/// <summary>Stages of a copy in the index. Greater numbers are short forms of the facts that the index has of a copy.</summary>
internal static class CopyState
{
    /// <summary>This run has given the path to an ID, and the index does not know it yet.</summary>
    internal const ulong Reserved = 0;

    /// <summary>The index gives the path to an ID, and has no facts.</summary>
    internal const ulong OnDisk = 1;

    /// <summary>The short form of the facts.</summary>
    /// <param name="facts">The facts.</param>
    /// <param name="written">The time of the file on the disk, which may be coarser than the service's.</param>
    internal static ulong Of(CopyFacts facts, DateTimeOffset written)
    {
        string text = FormattableString.Invariant($"{facts.Length}\0{facts.ETag}\0{facts.LastModified?.UtcTicks}\0{written.UtcTicks}");
#pragma warning disable CA1850 // netstandard2.0 has no SHA256.HashData.
        using var sha256 = SHA256.Create();
        return Math.Max(BitConverter.ToUInt64(sha256.ComputeHash(Encoding.UTF8.GetBytes(text)), 0), OnDisk + 1);
#pragma warning restore CA1850
    }
}

/// <summary>Facts of a copy, from the reply that it came with.</summary>
/// <param name="Length">Its length in bytes.</param>
/// <param name="ETag">The ETag without quotation marks; null if there is none.</param>
/// <param name="LastModified">When the file was last modified; null if the reply does not say.</param>
internal readonly record struct CopyFacts(long Length, string? ETag, DateTimeOffset? LastModified);
