namespace TcbPowerShell.Emulation;

/// <summary>
/// Real files below a folder: <c>cloud://env.bucket/a/b.png</c> is <c>root/env.bucket/a/b.png</c>, every character as it stands.
/// Nothing outside the root is ever touched: segments that climb lead nowhere, and links (symbolic ones and the junctions of Windows, to files and to
/// folders) are not files. The root itself may be a link: it is the user's word.
/// </summary>
internal sealed class FolderFiles : IFileStore
{
    // Windows and macOS fold names (case, trailing dots, Unicode forms); the service does not.
    private static readonly bool NamesAreFolded = !OperatingSystem.IsLinux();

    private static readonly EnumerationOptions Everywhere =
        new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };

    /// <summary>The entries of a folder that are not links.</summary>
    internal static EnumerationOptions NoLinks { get; } = new() { AttributesToSkip = FileAttributes.ReparsePoint };

    private readonly string _root;
    private readonly Lock _lock = new();

    public FolderFiles(string root)
    {
        _root = Path.GetFullPath(root);
        Directory.CreateDirectory(_root);
    }

    public int Count => Walk().Count();

    public IReadOnlyCollection<string> FileIds =>
        [.. Walk().Select(file => CloudPath.Format(Path.GetRelativePath(_root, file).Replace(Path.DirectorySeparatorChar, '/')))];

    public void Add(string fileId)
    {
        string[] segments = Segments(fileId)
            ?? throw new ArgumentException($"'{fileId}' cannot be a file below the root.", nameof(fileId));
        string folder = _root;
        foreach (string segment in segments.AsSpan(..^1))
        {
            folder = Path.Combine(folder, segment);
            RefuseLink(folder, fileId);
            Directory.CreateDirectory(folder);
        }

        string path = Path.Combine(folder, segments[^1]);
        RefuseLink(path, fileId);
        // A file that is there already keeps what it holds.
        using FileStream file = new(path, FileMode.OpenOrCreate);
    }

    public bool Contains(string fileId) => Find(fileId) is not null;

    public FileFacts? Describe(string fileId)
    {
        if (Find(fileId) is not { } path)
            return null;

        try
        {
            using FileStream content = OpenRead(path);
            return new FileFacts(fileId, content.Length, File.GetLastWriteTimeUtc(path), FileFacts.Md5Of(content));
        }
        catch (IOException)
        {
            // Deleted by another request just now.
            return null;
        }
    }

    public IEnumerable<string> List(string beginning, string after)
    {
        string[] sorted = [.. FileIds];
        Array.Sort(sorted, Utf8Order.Instance);
        return Utf8Order.Slice(sorted, beginning, after);
    }

    public Download? Open(string fileId)
    {
        FileStream content;
        DateTimeOffset lastModified;
        lock (_lock)
        {
            if (Find(fileId) is not { } path)
                return null;

            content = OpenRead(path);
            lastModified = File.GetLastWriteTimeUtc(path);
        }

        return new Download(content, FileFacts.Md5Of(content), lastModified);
    }

    public bool Remove(string fileId)
    {
        // File.Delete does not tell who deleted, so looking and deleting is one step.
        lock (_lock)
        {
            if (Find(fileId) is not { } file)
                return false;

            File.Delete(file);
            return true;
        }
    }

    // A file that is being downloaded can be deleted all the same.
    private static FileStream OpenRead(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

    private string? Find(string fileId)
    {
        if (Segments(fileId) is not { } segments)
            return null;

        string path = _root;
        foreach (string segment in segments.AsSpan(..^1))
        {
            if (!IsNamed(path, segment))
                return null;

            path = Path.Combine(path, segment);
            if (!Directory.Exists(path) || IsLink(path))
                return null;
        }

        string file = Path.Combine(path, segments[^1]);
        return File.Exists(file) && !IsLink(file) && IsNamed(path, segments[^1]) ? file : null;
    }

    /// <summary>The names from the root down, or null where one of them would mean something to the file system.</summary>
    private static string[]? Segments(string fileId)
    {
        if (!CloudPath.TryParse(fileId, out CloudPath parts))
            return null;

        string[] segments = [parts.Host.ToString(), .. parts.Path.ToString().Split('/')];
        return segments.All(IsPlainName) ? segments : null;
    }

    private static bool IsPlainName(string name) =>
        name is not ("" or "." or "..") && name.AsSpan().IndexOfAny(Path.GetInvalidFileNameChars()) < 0;

    private static bool IsNamed(string folder, string name) =>
        !NamesAreFolded || Directory.EnumerateFileSystemEntries(folder).Any(entry => Path.GetFileName(entry) == name);

    // Of the link itself, also where its target does not exist: a file opened through such a link would be created there.
    private static bool IsLink(string path)
    {
        FileAttributes attributes = new FileInfo(path).Attributes;
        return attributes != (FileAttributes)(-1) && (attributes & FileAttributes.ReparsePoint) != 0;
    }

    private static void RefuseLink(string path, string fileId)
    {
        if (IsLink(path))
            throw new ArgumentException($"'{fileId}' is a link, or lies behind one.", nameof(fileId));
    }

    private IEnumerable<string> Walk() =>
        Directory.EnumerateFiles(_root, "*", Everywhere)
            // A file directly in the root has no host and so no ID.
            .Where(file => Path.GetDirectoryName(file) != _root);
}
