using TcbPowerShell.Client.Journal;
using TcbPowerShell.Client.Storage;

namespace TcbPowerShell.Tests.Client.Storage;

/// <summary>A disk whose steps fail or hang as the test says.</summary>
/// <param name="disk">The disk that does the rest.</param>
internal sealed class FaultyDisk(ICopyDisk disk) : ICopyDisk
{
    /// <summary>Called before each step, with its name and its path. Its exception is that of the step.</summary>
    internal Action<string, string> Before { get; set; } = (_, _) => { };

    /// <summary>The index in the place of the disk's.</summary>
    internal JournalFile? Index { get; init; }

    public JournalFile OpenIndex(string path)
    {
        Before(nameof(OpenIndex), path);
        return Index ?? disk.OpenIndex(path);
    }

    public DiskEntry Look(string path)
    {
        Before(nameof(Look), path);
        return disk.Look(path);
    }

    public void CreateFolder(string path)
    {
        Before(nameof(CreateFolder), path);
        disk.CreateFolder(path);
    }

    public Stream CreateFile(string path)
    {
        Before(nameof(CreateFile), path);
        return new FaultyFile(disk.CreateFile(path), path, this);
    }

    public void Flush(Stream file)
    {
        Before(nameof(Flush), ((FaultyFile)file).Path);
        disk.Flush(((FaultyFile)file).Inner);
    }

    public Stream OpenRead(string path)
    {
        Before(nameof(OpenRead), path);
        return disk.OpenRead(path);
    }

    public void SetTime(string path, DateTimeOffset time)
    {
        Before(nameof(SetTime), path);
        disk.SetTime(path, time);
    }

    public bool Rename(string path, string newPath, bool overwrites)
    {
        Before(nameof(Rename), newPath);
        return disk.Rename(path, newPath, overwrites);
    }

    public void FlushName(string path, bool withContent)
    {
        if (path.EndsWith(CopyName.Index, StringComparison.Ordinal) && Index is not null) return;
        Before(nameof(FlushName), path);
        disk.FlushName(path, withContent);
    }

    public void Delete(string path)
    {
        Before(nameof(Delete), path);
        disk.Delete(path);
    }

    private sealed class FaultyFile(Stream inner, string path, FaultyDisk disk) : MemoryStream
    {
        internal Stream Inner => inner;

        internal string Path => path;

        public override void Write(byte[] buffer, int offset, int count)
        {
            disk.Before(nameof(Write), path);
            inner.Write(buffer, offset, count);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
