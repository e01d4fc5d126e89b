using System.Runtime.InteropServices;
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
