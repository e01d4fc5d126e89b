using System.Runtime.InteropServices;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Journal;

/// <summary>
/// The file of a journal, opened by one run at a time: under whatever name, because two runs that write to one file overwrite each other's lines.
/// </summary>
internal static class JournalFile
{
    /// <summary>Opens a journal or creates it.</summary>
    /// <param name="path">Any name of the file.</param>
    /// <param name="guard">The lock.</param>
    /// <exception cref="IOException">It cannot be opened, or another run writes to it.</exception>
    /// <returns>The file. Whatever becomes of it, lock and file are the caller's to dispose.</returns>
    internal static FileStream Open(string path, out FileStream guard)
    {
        path = Resolve(Path.GetFullPath(path));
        // A file of its own: on Unix .NET locks as a whole or not at all, and nobody could read the journal of a run under way.
        guard = LockByName(path + ".lock");
        try
        {
            // Unbuffered: what is written is with the system at once.
            return LockByFile(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 1));
        }
        catch
        {
            guard.Dispose();
            throw;
        }
    }

    private static FileStream LockByName(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
        }
        catch (IOException e) when (File.Exists(path))
        {
            // .NET has no type of its own for "somebody else holds it"; a file that a killed run left behind can be opened.
            throw new JournalFault(new UserText(nameof(Messages.JournalInUse), path, e.Message.TrimEnd('.')));
        }
    }

    // A hard link is another name that leads to no first one. A range behind every possible line locks the file itself and disturbs no reader.
    // On Unix this holds between processes only, and .NET lacks it for macOS: there, RemovalJournal sees that the file has grown.
    private static FileStream LockByFile(FileStream file)
    {
        try
        {
            if (RuntimeInformation.IsOSPlatform(OSPlatform.Windows) || RuntimeInformation.IsOSPlatform(OSPlatform.Linux)) file.Lock(long.MaxValue - 1, 1);
            return file;
        }
        catch (Exception e)
        {
            file.Dispose();
            if (e is not IOException) throw;
            throw new JournalFault(new UserText(nameof(Messages.JournalInUseUnderOtherName), e.Message.TrimEnd('.')));
        }
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
