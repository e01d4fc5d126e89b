using TcbPowerShell.Client.Journal;

namespace TcbPowerShell.Client.Storage;

/// <summary>The file system of the copies, so that tests can crash it. Paths are full paths; links are seen and never followed.</summary>
internal interface ICopyDisk
{
    /// <summary>Opens the index or creates it, and locks it.</summary>
    JournalFile OpenIndex(string path);

    /// <summary>Says what is at a path.</summary>
    DiskEntry Look(string path);

    /// <summary>Makes a folder in one that is there. It survives a crash.</summary>
    void CreateFolder(string path);

    /// <summary>Makes an empty file. A file of that name, for example one that a crash left, is removed before.</summary>
    Stream CreateFile(string path);

    /// <summary>Returns when all that was written to the file is on the disk.</summary>
    void Flush(Stream file);

    /// <summary>Opens a file to read it.</summary>
    Stream OpenRead(string path);

    /// <summary>Sets the time at which a closed file was last written.</summary>
    void SetTime(string path, DateTimeOffset time);

    /// <summary>Renames a file within its folder in one step: at each moment there is the old file or the new one.</summary>
    /// <returns>Whether it was renamed; false if something has that name and must not be overwritten.</returns>
    bool Rename(string path, string newPath, bool overwrites);

    /// <summary>Returns when a file that was renamed has its name on the disk.</summary>
    /// <param name="path">The file.</param>
    /// <param name="withContent">Whether its content may not be there either.</param>
    void FlushName(string path, bool withContent);

    /// <summary>Removes a file if it is there.</summary>
    void Delete(string path);
}

/// <summary>An entry of the file system.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Length">The length of a file.</param>
/// <param name="Written">When a file was last written.</param>
internal readonly record struct DiskEntry(DiskEntryKind Kind, long Length = 0, DateTimeOffset Written = default);

/// <summary>The kinds of entries.</summary>
internal enum DiskEntryKind
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A file with content.</summary>
    File,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A link to something else, also a junction.</summary>
    Link,

    /// <summary>A pipe or a device.</summary>
    Other,
}
