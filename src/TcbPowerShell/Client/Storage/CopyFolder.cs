using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Journal;
using TcbPowerShell.Model;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Storage;

/// <summary>The folder that copies are saved in. One run at a time uses it. Any thread can ask it for places.</summary>
internal sealed class CopyFolder : IDisposable
{
    private readonly object _making = new();

    private CopyFolder(string fullPath, bool overwrites, ICopyDisk disk, CopyIndex index)
    {
        FullPath = fullPath;
        Overwrites = overwrites;
        Disk = disk;
        Index = index;
    }

    /// <summary>The full path.</summary>
    internal string FullPath { get; }

    /// <summary>Whether a local file that differs is overwritten.</summary>
    internal bool Overwrites { get; }

    /// <summary>The file system.</summary>
    internal ICopyDisk Disk { get; }

    /// <summary>The paths of the copies.</summary>
    internal CopyIndex Index { get; }

    /// <summary>Makes the folder if it is missing, locks it, and reads its index.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="overwrites">Whether a local file that differs is overwritten.</param>
    /// <param name="disk">The file system; null for the machine's.</param>
    /// <param name="cancellationToken">Ends it at once.</param>
    /// <exception cref="TcbException">It cannot be used: <see cref="ErrorId.DestinationUnavailable"/>.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    internal static CopyFolder Open(string folder, bool overwrites, ICopyDisk? disk = null, CancellationToken cancellationToken = default)
    {
        disk ??= new CopyDisk();
        try
        {
            folder = WithoutSeparator(Path.GetFullPath(folder));
            JournalFile file = TaskWait.OpenOrCancelled(() => OpenIndex(folder, disk), cancellationToken);
            CopyIndex index = CopyIndex.Open(file, cancellationToken);
            // A new index must not vanish while the copies stay.
            disk.FlushName(Path.Combine(folder, CopyName.Index), withContent: false);
            return new CopyFolder(folder, overwrites, disk, index);
        }
        catch (Exception e) when (IsDiskFailure(e))
        {
            throw Unavailable(folder, e);
        }
    }

    /// <summary>The place of an ID's copy, and of no other's.</summary>
    /// <exception cref="CopyRefused">This file cannot be saved.</exception>
    /// <exception cref="TcbException">The folder cannot be used any more.</exception>
    internal CopyPlace PlaceOf(CloudFileId id)
    {
        var place = new CopyPlace(this, id, Index.Reserve(id));
        try
        {
            place.Look();
        }
        catch (Exception e) when (IsDiskFailure(e))
        {
            throw Failed(e, place.Path, isWriting: false);
        }
        return place;
    }

    /// <summary>The file at a path in the folder; null if there is none. Links on the way are not followed.</summary>
    /// <exception cref="CopyRefused">A link, or anything else that no copy can be in or at.</exception>
    internal DiskEntry? Look(string path, bool isFolder)
    {
        foreach (string folder in FoldersOf(path))
        {
            DiskEntryKind kind = Disk.Look(folder).Kind;
            if (kind == DiskEntryKind.None) return null;
            if (kind == DiskEntryKind.File) throw new CopyRefused(new UserText(nameof(Messages.CopyFileInTheWay), folder));
            if (kind != DiskEntryKind.Folder) throw new CopyRefused(new UserText(nameof(Messages.CopyLinkInTheWay), folder));
        }
        DiskEntry entry = Disk.Look(path);
        if (entry.Kind is DiskEntryKind.Link or DiskEntryKind.Other) throw new CopyRefused(new UserText(nameof(Messages.CopyLinkInTheWay), path));
        if (entry.Kind == DiskEntryKind.File && isFolder) throw new CopyRefused(new UserText(nameof(Messages.CopyFileInTheWay), path));
        if (entry.Kind == DiskEntryKind.Folder && !isFolder) throw new CopyRefused(new UserText(nameof(Messages.CopyFolderInTheWay), path));
        return entry.Kind == DiskEntryKind.File ? entry : null;
    }

    /// <summary>Makes the folders that are missing on the way to a path in the folder.</summary>
    /// <param name="path">The path.</param>
    /// <param name="withLast">Whether the path is to be a folder, too.</param>
    internal void MakeFolders(string path, bool withLast)
    {
        // One after another: a folder that is there has been flushed.
        lock (_making)
        {
            // A disk that was unmounted: the copies would be saved at its mount point.
            if (!IsThere()) throw new JournalFault(new UserText(nameof(Messages.DestinationIndexChanged)));
            foreach (string folder in withLast ? FoldersOf(path).Append(path) : FoldersOf(path))
            {
                if (Disk.Look(folder).Kind == DiskEntryKind.None) Disk.CreateFolder(folder);
            }
        }
    }

    /// <summary>The meaning of a failure of the disk: for one file, a <see cref="CopyRefused"/>; for the whole folder, a <see cref="TcbException"/>.</summary>
    /// <param name="e">The failure.</param>
    /// <param name="path">The file.</param>
    /// <param name="isWriting">Whether the part was there already, so that nothing was wrong with its name.</param>
    internal Exception Failed(Exception e, string path, bool isWriting)
    {
        if (e is PathTooLongException) return new CopyRefused(new UserText(nameof(Messages.CopyPathTooLong), path));
        bool isOfFolder = e is JournalFault || DiskFault.IsFull(e) || (isWriting && e is IOException && !DiskFault.IsOfFile(e)) || !IsThere();
        return isOfFolder ? Unavailable(FullPath, e) : new CopyRefused(new UserText(nameof(Messages.CopyFailed), path, e.Message.TrimEnd('.')));
    }

    /// <summary>Whether an exception is one of the file system's.</summary>
    internal static bool IsDiskFailure(Exception e) => e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException;

    public void Dispose() => Index.Dispose();

    private static string WithoutSeparator(string path) => path.Substring(
        0, Math.Max(path.TrimEnd(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar).Length, Path.GetPathRoot(path)!.Length));

    private static JournalFile OpenIndex(string folder, ICopyDisk disk)
    {
        MakeFolder(folder, disk);
        string index = Path.Combine(folder, CopyName.Index);
        return disk.Look(index).Kind is DiskEntryKind.None or DiskEntryKind.File
            ? disk.OpenIndex(index)
            : throw new JournalFault(new UserText(nameof(Messages.DestinationIndexInTheWay), index));
    }

    private static void MakeFolder(string folder, ICopyDisk disk)
    {
        switch (disk.Look(folder).Kind)
        {
            case DiskEntryKind.None when Path.GetDirectoryName(folder) is { } parent:
                MakeFolder(parent, disk);
                disk.CreateFolder(folder);
                break;
            case DiskEntryKind.File or DiskEntryKind.Other:
                throw new JournalFault(new UserText(nameof(Messages.DestinationNotAFolder), folder));
        }
    }

    /// <summary>The failure that ends a run.</summary>
    internal static TcbException Unavailable(string folder, Exception e) =>
        new(new UserText(nameof(Messages.DestinationFailed), folder, DiskFault.Tell(e))) { ErrorId = ErrorId.DestinationUnavailable };

    // The folders between this one and a path, from the top.
    private IEnumerable<string> FoldersOf(string path)
    {
        char separator = Path.DirectorySeparatorChar;
        for (int end = path.IndexOf(separator, FullPath.Length + 1); end >= 0; end = path.IndexOf(separator, end + 1)) yield return path.Substring(0, end);
    }

    private bool IsThere()
    {
        try
        {
            return Disk.Look(FullPath).Kind is DiskEntryKind.Folder or DiskEntryKind.Link;
        }
        catch (Exception e) when (IsDiskFailure(e))
        {
            return false;
        }
    }
}

/// <summary>This file cannot be saved; others can.</summary>
/// <param name="text">Why, and what to do: a sentence without its period.</param>
internal sealed class CopyRefused(UserText text) : Exception(text.ToString())
{
    /// <summary>Why, to be shown in the language of the session.</summary>
    internal UserText Text => text;
}

/// <summary>Errors of file systems.</summary>
internal static class DiskFault
{
    private const int FromWin32 = unchecked((int)0x80070000);

    /// <summary>Whether nothing more can be written: no space, a quota, a disk that is read-only. By errno (EDQUOT differs on macOS) or the code of Windows.</summary>
    internal static bool IsFull(Exception e) => e is IOException && e.HResult is 28 or 122 or 69 or 30 or (FromWin32 | 112) or (FromWin32 | 39) or (FromWin32 | 19);

    /// <summary>Whether one file is concerned: it is too long for the file system, or another program has it open.</summary>
    internal static bool IsOfFile(Exception e) =>
        e is FileNotFoundException or DirectoryNotFoundException || e.HResult is 27 or 26 or (FromWin32 | 223) or (FromWin32 | 32) or (FromWin32 | 33);

    /// <summary>The reason why a folder cannot be used.</summary>
    internal static UserText Tell(Exception e)
    {
        if (IsFull(e)) return new UserText(nameof(Messages.DestinationFull), e.Message.TrimEnd('.'));
        if (e is not JournalFault fault) return new UserText(nameof(Messages.DestinationError), e.Message.TrimEnd('.'));
        // The index is locked and written as a journal is.
        return fault.Text.Key switch
        {
            nameof(Messages.JournalInUse) or nameof(Messages.JournalInUseUnderOtherName) => new UserText(nameof(Messages.DestinationInUse)),
            nameof(Messages.JournalGrown) or nameof(Messages.JournalGone) or nameof(Messages.JournalReplaced) or nameof(Messages.JournalFolderMissing)
                or nameof(Messages.JournalNotAFile) => new UserText(nameof(Messages.DestinationIndexChanged)),
            nameof(Messages.JournalLockInTheWay) => new UserText(nameof(Messages.DestinationIndexInTheWay), fault.Text.Arguments[0]),
            nameof(Messages.JournalError) => new UserText(nameof(Messages.DestinationError), fault.Text.Arguments[0]),
            _ => fault.Text,
        };
    }
}
