using System.Globalization;
using System.Security.Cryptography;
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

/// <summary>Reads copies to check them.</summary>
internal static class CopyContent
{
    private const int BlockBytes = 64 * 1024;

    /// <summary>The MD5 of a file, as 32 lower-case digits.</summary>
    internal static string ComputeMd5(ICopyDisk disk, string path, CancellationToken cancelled)
    {
#pragma warning disable CA5351 // The storage's ETag is one. It detects damage, not attacks.
        using var md5 = MD5.Create();
#pragma warning restore CA5351
        using Stream file = disk.OpenRead(path);
        byte[] block = new byte[BlockBytes];
        for (int read; (read = file.Read(block, 0, block.Length)) > 0;)
        {
            cancelled.ThrowIfCancellationRequested();
            md5.TransformBlock(block, 0, read, null, 0);
        }
        md5.TransformFinalBlock(block, 0, 0);
        return string.Concat(md5.Hash!.Select(part => part.ToString("x2", CultureInfo.InvariantCulture)));
    }

    /// <summary>Whether two files have the same bytes.</summary>
    internal static bool AreEqual(ICopyDisk disk, string path, string otherPath)
    {
        using Stream file = disk.OpenRead(path), other = disk.OpenRead(otherPath);
        byte[] block = new byte[BlockBytes], otherBlock = new byte[BlockBytes];
        while (true)
        {
            int length = Fill(file, block);
            if (length != Fill(other, otherBlock) || !block.AsSpan(0, length).SequenceEqual(otherBlock.AsSpan(0, length))) return false;
            if (length < BlockBytes) return true;
        }
    }

    private static int Fill(Stream file, byte[] block)
    {
        int length = 0;
        for (int read; length < block.Length && (read = file.Read(block, length, block.Length - length)) > 0;) length += read;
        return length;
    }
}
