using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Journal;

/// <summary>
/// The file of a journal. One run at a time can open it, under any of its names: two runs would overwrite each other's lines.
/// </summary>
/// <param name="stream">The file.</param>
internal class JournalFile(Stream stream) : IDisposable
{
    // Two names of one file in this process, on systems whose locks belong to the process or are not there (macOS).
    private static readonly HashSet<FileIdentity> InUse = [];

    private string _path = string.Empty;
    private FileIdentity? _identity;
    private FileLock? _lock;

    /// <summary>The file, from its beginning.</summary>
    internal Stream Stream => stream;

    /// <summary>Opens a journal or creates it.</summary>
    /// <param name="path">Any name of the file.</param>
    /// <param name="ownerOnly">Whether only its owner can read one that is created.</param>
    /// <exception cref="IOException">It cannot be opened, is no file, or another run writes to it.</exception>
    internal static JournalFile Open(string path, bool ownerOnly = true)
    {
        path = Resolve(Path.GetFullPath(path));
        CheckKind(path);
        // The lock is a separate file: on Unix .NET locks a file as a whole, and the journal could not be read during a run.
        var nameLock = FileLock.ByName(path, ownerOnly);
        FileStream? stream = null;
        try
        {
            stream = FileLock.Open(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite, ownerOnly);
            FileLock.ByRange(stream);
            // A pipe or a device that was put there at the last moment.
            if (!stream.CanSeek) throw new JournalFault(new UserText(nameof(Messages.JournalNotAFile)));
            FileIdentity? identity = FileIdentity.Of(path);
            lock (InUse)
            {
                if (identity is { } new_ && !InUse.Add(new_)) throw new JournalFault(new UserText(nameof(Messages.JournalInUseUnderOtherName)));
            }
            return new JournalFile(stream) { _path = path, _identity = identity, _lock = nameLock };
        }
        catch
        {
            stream?.Dispose();
            nameLock.Dispose();
            throw;
        }
    }

    /// <summary>Opens a journal to read it, if there is one, without locking it.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It cannot be opened, or is no file.</exception>
    internal static FileStream? OpenToRead(string path)
    {
        path = Path.GetFullPath(path);
        CheckKind(path);
        return File.Exists(path) ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete) : null;
    }

    /// <summary>Returns when all that was written is on the disk.</summary>
    internal virtual void FlushToDisk() => (stream as FileStream)?.Flush(flushToDisk: true);

    /// <summary>Makes sure that a later run will find what is written.</summary>
    /// <exception cref="JournalFault">The path leads to no file any more, or to another one.</exception>
    internal virtual void CheckIsThere()
    {
        if (_path.Length == 0) return;
        FileIdentity? now = FileIdentity.Of(_path);
        if (now is null && !File.Exists(_path)) throw new JournalFault(new UserText(nameof(Messages.JournalGone)));
        if (now != _identity) throw new JournalFault(new UserText(nameof(Messages.JournalReplaced)));
    }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        stream.Dispose();
        if (_identity is { } identity)
        {
            lock (InUse) InUse.Remove(identity);
        }
        _lock?.Dispose();
    }

    // Without this check such a path would be created, would hang, or would be reported as locked.
    private static void CheckKind(string path)
    {
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder && !Directory.Exists(folder)) throw new JournalFault(new UserText(nameof(Messages.JournalFolderMissing), folder));
        if (Directory.Exists(path) || FileIdentity.Of(path) is { IsRegular: false }) throw new JournalFault(new UserText(nameof(Messages.JournalNotAFile)));
    }

#if NET
    // Each folder on the way may be a link, and so may the file. More links than these lead in a circle; opening such a path says so.
    private static string Resolve(string path, int maxLinks = 40)
    {
        if (Path.GetDirectoryName(path) is not { } folder) return path;
        string real = Path.Combine(Resolve(folder, maxLinks), Path.GetFileName(path));
        FileSystemInfo info = Directory.Exists(real) ? new DirectoryInfo(real) : new FileInfo(real);
        return maxLinks > 0 && info.LinkTarget is { } target ? Resolve(Path.GetFullPath(target, Path.GetDirectoryName(real)!), maxLinks - 1) : real;
    }
#else
    // .NET Framework cannot read links. It only runs on Windows, where the lock on the file itself holds under every name.
    private static string Resolve(string path) => path;
#endif
}

/// <summary>The reason why a journal cannot be used, if it is not an error of the file system.</summary>
/// <param name="text">The reason, and what to do.</param>
internal sealed class JournalFault(UserText text) : IOException(text.ToString())
{
    /// <summary>The reason, to be shown in the language of the session.</summary>
    internal UserText Text => text;
}
