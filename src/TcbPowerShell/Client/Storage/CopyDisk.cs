using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;
using TcbPowerShell.Client.Journal;

namespace TcbPowerShell.Client.Storage;

/// <summary>
/// The file system of this machine. .NET renames without overwriting by a hard link on Unix, and by copying where there are none; a crash would leave
/// half a file under its final name. So the system is called directly where .NET has no call that is one step.
/// </summary>
internal sealed class CopyDisk : ICopyDisk
{
    private static bool IsWindows => RuntimeInformation.IsOSPlatform(OSPlatform.Windows);

    /// <inheritdoc/>
    public JournalFile OpenIndex(string path) => JournalFile.Open(path, ownerOnly: false);

    /// <inheritdoc/>
    public DiskEntry Look(string path)
    {
        var file = new FileInfo(path);
        FileAttributes attributes = file.Attributes;
        if (attributes == (FileAttributes)(-1)) return default;
        if (IsLink(file, attributes)) return new DiskEntry(DiskEntryKind.Link);
        if (attributes.HasFlag(FileAttributes.Directory)) return new DiskEntry(DiskEntryKind.Folder);
        if (FileIdentity.Of(path, followLinks: false) is { IsRegular: false }) return new DiskEntry(DiskEntryKind.Other);
        return new DiskEntry(DiskEntryKind.File, file.Length, file.LastWriteTimeUtc);
    }

    /// <inheritdoc/>
    public void CreateFolder(string path)
    {
        Directory.CreateDirectory(path);
        if (!IsWindows) UnixCalls.Flush(Path.GetDirectoryName(path)!);
    }

    /// <inheritdoc/>
    public Stream CreateFile(string path)
    {
        Delete(path);
        // Never follows a link that was put there meanwhile.
        return new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 1);
    }

    /// <inheritdoc/>
    public void Flush(Stream file) => ((FileStream)file).Flush(flushToDisk: true);

    /// <inheritdoc/>
    public Stream OpenRead(string path) => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1);

    /// <inheritdoc/>
    public void SetTime(string path, DateTimeOffset time) => File.SetLastWriteTimeUtc(path, time.UtcDateTime);

    /// <inheritdoc/>
    public bool Rename(string path, string newPath, bool overwrites)
    {
        if (!IsWindows) return UnixCalls.Rename(path, newPath, overwrites);
        if (!overwrites)
        {
            try
            {
                File.Move(path, newPath);
            }
            catch (IOException) when (Look(newPath).Kind != DiskEntryKind.None)
            {
                return false;
            }
            return true;
        }
#if NET
        File.Move(path, newPath, overwrite: true);
        return true;
#else
        const int ReplaceExisting = 1, FromWin32 = unchecked((int)0x80070000), AccessDenied = 5;
        if (MoveFile(path, newPath, ReplaceExisting)) return true;
        int error = Marshal.GetLastWin32Error();
        string message = new Win32Exception(error).Message;
        throw error == AccessDenied ? new UnauthorizedAccessException(message) : new IOException(message, FromWin32 | error);
#endif
    }

    /// <inheritdoc/>
    public void FlushName(string path, bool withContent)
    {
        if (!IsWindows)
        {
            if (withContent) UnixCalls.Flush(path);
            UnixCalls.Flush(Path.GetDirectoryName(path)!);
            return;
        }
        // NTFS writes its log in order, so the flush of the file also writes the renaming.
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1);
        file.Flush(flushToDisk: true);
    }

    /// <inheritdoc/>
    public void Delete(string path) => File.Delete(path);

#if NET
    // Other reparse points are files as they are: placeholders of OneDrive, deduplicated files.
    private static bool IsLink(FileInfo file, FileAttributes attributes) => attributes.HasFlag(FileAttributes.ReparsePoint) && file.LinkTarget is not null;
#else
    private static bool IsLink(FileInfo file, FileAttributes attributes) => file is not null && attributes.HasFlag(FileAttributes.ReparsePoint);

    [DllImport("kernel32.dll", EntryPoint = "MoveFileExW", CharSet = CharSet.Unicode, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool MoveFile(string path, string newPath, int flags);
#endif
}

/// <summary>Calls of Linux and macOS that .NET does not have.</summary>
internal static class UnixCalls
{
    private const int Exists = 17, NotPermitted = 1, AccessDenied = 13, NoFolder = 2;

    private static bool IsMac => RuntimeInformation.IsOSPlatform(OSPlatform.OSX);

    /// <summary>Renames in one step, on any file system.</summary>
    /// <returns>False if something has the name and must not be overwritten.</returns>
    internal static bool Rename(string path, string newPath, bool overwrites)
    {
        const int CurrentFolder = -100, NoReplaceLinux = 1, NoReplaceMac = 4, InvalidArgument = 22, NoSystemCall = 38, NotSupportedMac = 45, NotSupportedLinux = 95;
        (byte[] from, byte[] to) = (Name(path), Name(newPath));
        if (!overwrites)
        {
            try
            {
                // Linux: https://man7.org/linux/man-pages/man2/rename.2.html, macOS: man renamex_np
                if ((IsMac ? RenameMac(from, to, NoReplaceMac) : RenameLinux(CurrentFolder, from, CurrentFolder, to, NoReplaceLinux)) == 0) return true;
                int error = Marshal.GetLastWin32Error();
                if (error == Exists) return false;
                if (error is not (InvalidArgument or NoSystemCall or NotSupportedMac or NotSupportedLinux)) throw Failure(error);
            }
            catch (EntryPointNotFoundException)
            {
                // glibc before 2.28, musl
            }
            // The file system cannot do it. The lock keeps other runs away, so only a file of the user's own can come between.
            if (new FileInfo(newPath).Attributes != (FileAttributes)(-1)) return false;
        }
        return RenameAny(from, to) == 0 ? true : throw Failure(Marshal.GetLastWin32Error());
    }

    /// <summary>Writes to the disk the content of a file, or the names in a folder. A file system that cannot do it says so, which is no failure.</summary>
    internal static void Flush(string path)
    {
        const int InputOutput = 5, NoSpace = 28, CloseOnExecLinux = 0x80000, CloseOnExecMac = 0x1000000;
        int file = Open(Name(path), IsMac ? CloseOnExecMac : CloseOnExecLinux);
        if (file < 0) return;
        int error = Flush(file) == 0 ? 0 : Marshal.GetLastWin32Error();
        _ = Close(file);
        if (error is InputOutput or NoSpace) throw Failure(error);
    }

    private static byte[] Name(string path) => Encoding.UTF8.GetBytes(path + '\0');

    private static Exception Failure(int error)
    {
        string message = new Win32Exception(error).Message;
        return error switch
        {
            NotPermitted or AccessDenied => new UnauthorizedAccessException(message),
            NoFolder => new DirectoryNotFoundException(message),
            _ => new IOException(message, error),
        };
    }

    [DllImport("libc", EntryPoint = "renameat2", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int RenameLinux(int folder, byte[] path, int newFolder, byte[] newPath, uint flags);

    [DllImport("libc", EntryPoint = "renamex_np", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int RenameMac(byte[] path, byte[] newPath, uint flags);

    [DllImport("libc", EntryPoint = "rename", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int RenameAny(byte[] path, byte[] newPath);

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open(byte[] path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Flush(int file);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int file);
}
