using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Journal;

/// <summary>Keeps two runs from one journal: a lock file beside it, and a lock on the file itself, which holds under each of its names.</summary>
internal sealed class FileLock : IDisposable
{
    private const int Attempts = 5;

    private readonly string _path;
    private readonly FileStream _file;

    private FileLock(string path, FileStream file)
    {
        _path = path;
        _file = file;
    }

    private static bool IsWindows => RuntimeInformation.IsOSPlatform(OSPlatform.Windows);

    /// <summary>Takes the lock file of a journal.</summary>
    /// <param name="journal">The path of the journal, without links.</param>
    /// <param name="ownerOnly">Whether only its owner can use one that is left behind.</param>
    /// <exception cref="IOException">Another run has it, or it cannot be made.</exception>
    internal static FileLock ByName(string journal, bool ownerOnly)
    {
        string path = journal + ".lock";
        try
        {
            for (int attempt = 1; attempt <= Attempts; attempt++)
            {
                if (Try(path, ownerOnly) is { } file) return new FileLock(path, file);
            }
        }
        catch (Exception e) when (e is IOException and not JournalFault or UnauthorizedAccessException)
        {
            // Name the journal: the user did not name the lock file.
            throw new JournalFault(JournalError(e.Message.Replace(path, journal)));
        }
        throw new JournalFault(new UserText(nameof(Messages.JournalLockInTheWay), path));
    }

    /// <summary>Locks the file itself. A hard link is another name, and the lock file beside it another one.</summary>
    /// <exception cref="JournalFault">Another run has locked it.</exception>
    internal static void ByRange(FileStream file)
    {
        // Past the end of any line, so that readers are not affected.
        const long Start = long.MaxValue - 1;
        try
        {
            // .NET has no such lock for macOS: there JournalFile knows the files of this process, and JournalWriter sees that the file has grown.
            if (RuntimeInformation.IsOSPlatform(OSPlatform.Linux) && IntPtr.Size == sizeof(long)) LockOpenFile(file, Start);
            else if (RuntimeInformation.IsOSPlatform(OSPlatform.Linux) || RuntimeInformation.IsOSPlatform(OSPlatform.Windows)) file.Lock(Start, 1);
        }
        catch (IOException e) when (e is not JournalFault)
        {
            throw new JournalFault(new UserText(nameof(Messages.JournalInUseUnderOtherName)));
        }
    }

    /// <summary>Opens a file without a buffer; if it has to be made, nobody but its owner can read it, or those whom the umask lets.</summary>
    internal static FileStream Open(string path, FileMode mode, FileAccess access, FileShare share, bool ownerOnly, FileOptions options = FileOptions.None)
    {
#if NET
        var wanted = new FileStreamOptions { Mode = mode, Access = access, Share = share, Options = options, BufferSize = 0 };
        if (ownerOnly && !OperatingSystem.IsWindows() && mode != FileMode.Open) wanted.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(path, wanted);
#else
        return new FileStream(path, mode, access, share, bufferSize: 1, options);
#endif
    }

    /// <summary>The text for an error of the file system.</summary>
    internal static UserText JournalError(string message) => new UserText(nameof(Messages.JournalError), message.TrimEnd('.'));

    public void Dispose()
    {
        // Delete it while it is locked: later it could be the lock of the next run.
        try
        {
            if (!IsWindows) File.Delete(_path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A lock file that is left behind does no harm.
        }
        _file.Dispose();
    }

    // Null if another run has just released it: the file may be deleted already, and would exclude no other run.
    private static FileStream? Try(string path, bool ownerOnly)
    {
        FileOptions options = IsWindows ? FileOptions.DeleteOnClose : FileOptions.None;
        FileStream file;
        try
        {
            // Never follow a link: it could make the module create or empty a file elsewhere.
            file = Open(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, ownerOnly, options);
        }
        catch (IOException) when (IsThere(path))
        {
            FileIdentity? seen = FileIdentity.Of(path, followLinks: false);
            if (!IsPlainFile(path, seen)) throw new JournalFault(new UserText(nameof(Messages.JournalLockInTheWay), path));
            try
            {
                // Left behind by a killed run, or held by another one: .NET reports both alike.
                file = Open(path, FileMode.Open, FileAccess.Write, FileShare.None, ownerOnly, options);
            }
            catch (FileNotFoundException)
            {
                return null;
            }
            catch (IOException e)
            {
                throw new JournalFault(new UserText(nameof(Messages.JournalInUse), path, e.Message.TrimEnd('.')));
            }
            if (FileIdentity.Of(path, followLinks: false) == seen) return file;
            file.Dispose();
            return null;
        }
        return file;
    }

    private static bool IsThere(string path) => File.Exists(path) || Directory.Exists(path) || FileIdentity.Of(path, followLinks: false) is not null;

    private static bool IsPlainFile(string path, FileIdentity? identity)
    {
#if NET
        if (new FileInfo(path).LinkTarget is not null) return false;
#endif
        return identity?.IsRegular ?? !Directory.Exists(path);
    }

    // This lock belongs to the open file. A lock of .NET belongs to the process, and ends when the process closes the file under any name.
    // https://man7.org/linux/man-pages/man2/fcntl_locking.2.html
    private static void LockOpenFile(FileStream file, long start)
    {
        const int SetLock = 37, TryAgain = 11, AccessDenied = 13;
        const short WriteLock = 1;
        byte[] wanted = new byte[32];
        BitConverter.GetBytes(WriteLock).CopyTo(wanted, 0);
        BitConverter.GetBytes(start).CopyTo(wanted, 8);
        BitConverter.GetBytes(1L).CopyTo(wanted, 16);
        if (ControlFile(file.SafeFileHandle, SetLock, wanted) == 0) return;
        // The file system has no locks, so only the lock file excludes other runs.
        if (Marshal.GetLastWin32Error() is TryAgain or AccessDenied) throw new JournalFault(new UserText(nameof(Messages.JournalInUseUnderOtherName)));
    }

    [DllImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ControlFile(SafeHandle file, int command, byte[] argument);
}

/// <summary>
/// The device and inode of the file that a path leads to, which show that another file has taken its place. .NET has no method for them. Windows does
/// not need it: an open file can be neither deleted nor moved there.
/// </summary>
/// <param name="Volume">The device.</param>
/// <param name="Number">The inode.</param>
/// <param name="IsRegular">Whether it is a file with content, and not a folder, a pipe, a device or a link.</param>
internal readonly record struct FileIdentity(ulong Volume, ulong Number, bool IsRegular)
{
    private static bool IsLinux => RuntimeInformation.IsOSPlatform(OSPlatform.Linux);

    private static bool IsMac => RuntimeInformation.IsOSPlatform(OSPlatform.OSX);

    /// <summary>Asks for the file at a path.</summary>
    /// <param name="path">The path.</param>
    /// <param name="followLinks">Whether a link stands for what it leads to.</param>
    /// <returns>Null if nothing is there, or the platform does not tell.</returns>
    internal static FileIdentity? Of(string path, bool followLinks = true)
    {
        byte[] name = Encoding.UTF8.GetBytes(path + '\0');
        try
        {
            return IsLinux ? OfLinux(name, followLinks) : IsMac ? OfMac(name, followLinks) : null;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            // A C library before glibc 2.28 or musl 1.2 has no statx.
            return null;
        }
    }

    // struct statx is the same on every processor: https://man7.org/linux/man-pages/man2/statx.2.html
    private static FileIdentity? OfLinux(byte[] path, bool followLinks)
    {
        const int CurrentFolder = -100, NoFollow = 0x100, TypeAndInode = 0x101, RegularFile = 0x8000, TypeMask = 0xF000;
        byte[] status = new byte[256];
        if (Statx(CurrentFolder, path, followLinks ? 0 : NoFollow, TypeAndInode, status) != 0) return null;
        bool isRegular = (BitConverter.ToUInt16(status, 28) & TypeMask) == RegularFile;
        return new FileIdentity(BitConverter.ToUInt64(status, 136), BitConverter.ToUInt64(status, 32), isRegular);
    }

    // getattrlist answers with its length and what was asked for, in the order of the bits: device, type, file ID.
    private static FileIdentity? OfMac(byte[] path, bool followLinks)
    {
        const int DeviceTypeAndId = 0x0200000A, NoFollow = 1, RegularFile = 1;
        byte[] wanted = new byte[24];
        BinaryPrimitives.WriteInt16LittleEndian(wanted, 5);
        BinaryPrimitives.WriteInt32LittleEndian(wanted.AsSpan(4), DeviceTypeAndId);
        byte[] answer = new byte[64];
        if (GetAttrList(path, wanted, answer, (UIntPtr)answer.Length, followLinks ? 0u : NoFollow) != 0) return null;
        return new FileIdentity(BitConverter.ToUInt32(answer, 4), BitConverter.ToUInt64(answer, 12), BitConverter.ToInt32(answer, 8) == RegularFile);
    }

    [DllImport("libc", EntryPoint = "statx")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Statx(int folder, byte[] path, int flags, uint mask, [Out] byte[] status);

    [DllImport("libc", EntryPoint = "getattrlist")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetAttrList(byte[] path, byte[] wanted, [Out] byte[] answer, UIntPtr size, uint options);
}
