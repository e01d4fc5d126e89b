using TcbPowerShell.Client.Journal;
using TcbPowerShell.Client.Storage;

namespace TcbPowerShell.Tests.Client.Storage;

/// <summary>
/// A disk in memory that loses power at a step. A name, and bytes, that were not flushed may or may not be there afterwards; what is there of the
/// bytes is a part of them, or zeros.
/// </summary>
internal sealed class CrashDisk : ICopyDisk
{
    private readonly object _lock = new();
    private readonly Dictionary<string, Node> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Node> _namesOnDisk = new(StringComparer.Ordinal);
    // Changes of names that are not on the disk yet, by folder.
    private readonly Dictionary<string, List<Action<Dictionary<string, Node>>>> _pending = new(StringComparer.Ordinal);
    private readonly Random? _interleaving;
    private readonly int _crashAt;

    /// <summary>An empty disk.</summary>
    /// <param name="crashAt">The step that does not happen any more, from 0.</param>
    /// <param name="interleaving">Has threads take turns at random; null for no matter.</param>
    internal CrashDisk(int crashAt = int.MaxValue, Random? interleaving = null)
    {
        _crashAt = crashAt;
        _interleaving = interleaving;
        _names.Add(Root, new Node(null));
        _namesOnDisk.Add(Root, _names[Root]);
    }

    internal static string Root { get; } = Path.GetPathRoot(Path.GetFullPath("x"))!;

    /// <summary>How many steps were taken.</summary>
    internal int Steps { get; private set; }

    internal bool HasCrashed { get; private set; }

    /// <summary>The files and their bytes, but for the index.</summary>
    internal Dictionary<string, byte[]> Files
    {
        get
        {
            lock (_lock) return _names.Where(pair => pair.Value.Bytes is not null && !pair.Key.EndsWith(CopyName.Index, StringComparison.Ordinal)).ToDictionary(pair => pair.Key, pair => pair.Value.Bytes!);
        }
    }

    /// <summary>The disk after the power came back.</summary>
    internal CrashDisk Reboot(Random random, int crashAt = int.MaxValue, Random? interleaving = null)
    {
        lock (_lock)
        {
            var disk = new CrashDisk(crashAt, interleaving);
            foreach (List<Action<Dictionary<string, Node>>> changes in _pending.Values)
            {
                foreach (Action<Dictionary<string, Node>> change in changes.Take(random.Next(changes.Count + 1))) change(_namesOnDisk);
            }
            foreach ((string path, Node node) in _namesOnDisk)
            {
                if (!IsReachable(path) || path == Root) continue;
                byte[]? bytes = node.Bytes is null ? null : Survive(node, random);
                disk._names.Add(path, new Node(bytes) { Written = node.Written });
                disk._namesOnDisk.Add(path, disk._names[path]);
            }
            return disk;
        }
    }

    /// <summary>Puts a file of the user's there, which is on the disk.</summary>
    internal void Put(string path, byte[] bytes)
    {
        if (Path.GetDirectoryName(path) is { } folder && folder != Root && !_names.ContainsKey(folder)) PutFolder(folder);
        _names[path] = _namesOnDisk[path] = new Node(bytes);
    }

    /// <summary>The bytes of the index.</summary>
    internal byte[] ReadIndex(string folder)
    {
        lock (_lock) return _names.TryGetValue(Path.Combine(folder, CopyName.Index), out Node? node) ? node.Bytes! : [];
    }

    public JournalFile OpenIndex(string path)
    {
        Step();
        lock (_lock)
        {
            if (!_names.ContainsKey(path)) AddName(path, new Node([]));
            return new Index(this, _names[path]);
        }
    }

    public DiskEntry Look(string path)
    {
        lock (_lock)
        {
            if (HasCrashed) throw new IOException("The power is off.");
            return !_names.TryGetValue(path, out Node? node) ? default
                : node.Bytes is null ? new DiskEntry(DiskEntryKind.Folder) : new DiskEntry(DiskEntryKind.File, node.Bytes.Length, node.Written);
        }
    }

    public void CreateFolder(string path)
    {
        Step();
        lock (_lock) AddName(path, new Node(null));
        Step();
        FlushNamesIn(Path.GetDirectoryName(path)!);
    }

    public Stream CreateFile(string path)
    {
        Delete(path);
        Step();
        lock (_lock)
        {
            var node = new Node([]);
            AddName(path, node);
            return new FileOf(this, node);
        }
    }

    public void Flush(Stream file)
    {
        Step();
        lock (_lock) ((FileOf)file).Node.Flush();
    }

    public Stream OpenRead(string path)
    {
        lock (_lock)
        {
            if (HasCrashed) throw new IOException("The power is off.");
            return new MemoryStream(_names[path].Bytes!, writable: false);
        }
    }

    public void SetTime(string path, DateTimeOffset time)
    {
        Step();
        lock (_lock) _names[path].Written = time;
    }

    public bool Rename(string path, string newPath, bool overwrites)
    {
        Step();
        lock (_lock)
        {
            if (_names.ContainsKey(newPath) && !overwrites) return false;
            Node node = _names[path];
            Change(path, names =>
            {
                names.Remove(path);
                names[newPath] = node;
            });
            return true;
        }
    }

    public void FlushName(string path, bool withContent)
    {
        Step();
        lock (_lock)
        {
            if (withContent) _names[path].Flush();
        }
        FlushNamesIn(Path.GetDirectoryName(path)!);
    }

    public void Delete(string path)
    {
        Step();
        lock (_lock)
        {
            if (_names.ContainsKey(path)) Change(path, names => names.Remove(path));
        }
    }

    private static byte[] Survive(Node node, Random random)
    {
        byte[] bytes = node.Bytes!, onDisk = node.BytesOnDisk;
        if (bytes.AsSpan().SequenceEqual(onDisk)) return onDisk;
        // Not less than was flushed: files here only grow.
        byte[] survived = bytes[..random.Next(onDisk.Length, bytes.Length + 1)];
        if (random.Next(3) == 0) survived.AsSpan(onDisk.Length).Clear();
        return survived;
    }

    private void PutFolder(string folder)
    {
        if (Path.GetDirectoryName(folder) is { } parent && !_names.ContainsKey(parent)) PutFolder(parent);
        _names[folder] = _namesOnDisk[folder] = new Node(null);
    }

    private bool IsReachable(string path) => Path.GetDirectoryName(path) is not { } parent || (_namesOnDisk.ContainsKey(parent) && IsReachable(parent));

    private void AddName(string path, Node node) => Change(path, names => names[path] = node);

    private void Change(string path, Action<Dictionary<string, Node>> change)
    {
        change(_names);
        string folder = Path.GetDirectoryName(path)!;
        if (!_pending.TryGetValue(folder, out List<Action<Dictionary<string, Node>>>? changes)) _pending.Add(folder, changes = []);
        changes.Add(change);
    }

    private void FlushNamesIn(string folder)
    {
        lock (_lock)
        {
            if (!_pending.Remove(folder, out List<Action<Dictionary<string, Node>>>? changes)) return;
            foreach (Action<Dictionary<string, Node>> change in changes) change(_namesOnDisk);
        }
    }

    private void Step()
    {
        int turns = 0;
        lock (_lock)
        {
            HasCrashed |= Steps >= _crashAt;
            if (HasCrashed) throw new IOException("The power is off.");
            Steps++;
            if (_interleaving is not null) turns = _interleaving.Next(4);
        }
        for (; turns > 0; turns--) Thread.Yield();
    }

    /// <summary>A folder, or a file with its bytes.</summary>
    private sealed class Node(byte[]? bytes)
    {
        internal byte[]? Bytes { get; set; } = bytes;

        internal byte[] BytesOnDisk { get; private set; } = bytes ?? [];

        internal DateTimeOffset Written { get; set; }

        internal void Flush() => Flush(Bytes!);

        internal void Flush(byte[] written) => BytesOnDisk = written;
    }

    private sealed class FileOf(CrashDisk disk, Node node) : MemoryStream
    {
        internal Node Node => node;

        public override void Write(byte[] buffer, int offset, int count)
        {
            disk.Step();
            lock (disk._lock) node.Bytes = [.. node.Bytes!, .. buffer.AsSpan(offset, count)];
        }
    }

    private sealed class Index : JournalFile
    {
        private readonly CrashDisk _disk;
        private readonly Node _node;

        internal Index(CrashDisk disk, Node node)
            : base(new IndexStream(disk, node))
        {
            _disk = disk;
            _node = node;
        }

        internal override void CheckIsThere()
        {
        }

        internal override void FlushToDisk()
        {
            byte[] bytes = _node.Bytes!;
            _disk.Step();
            lock (_disk._lock)
            {
                // Lines that were written while it was under way may come later.
                if (bytes.Length > _node.BytesOnDisk.Length) _node.Flush(bytes);
            }
        }
    }

    private sealed class IndexStream : MemoryStream
    {
        private readonly CrashDisk _disk;
        private readonly Node _node;

        internal IndexStream(CrashDisk disk, Node node)
        {
            _disk = disk;
            _node = node;
            base.Write(node.Bytes!, 0, node.Bytes!.Length);
            Position = 0;
        }

        public override void Write(byte[] buffer, int offset, int count)
        {
            _disk.Step();
            lock (_disk._lock)
            {
                base.Write(buffer, offset, count);
                _node.Bytes = ToArray();
            }
        }
    }
}
