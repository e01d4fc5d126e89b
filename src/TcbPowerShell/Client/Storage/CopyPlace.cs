using TcbPowerShell.Client.Http;
using TcbPowerShell.Model;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Storage;

/// <summary>
/// The place of one copy. Its methods are called one after another. They fail with a <see cref="CopyRefused"/> if this file cannot be saved, and with a
/// <see cref="TcbException"/> if no other can.
/// </summary>
internal sealed class CopyPlace
{
    private readonly CopyFolder _folder;
    private readonly CloudFileId _id;
    private readonly CopyPath _path;
    private Stream? _part;
    private Task _work = Task.CompletedTask;

    internal CopyPlace(CopyFolder folder, CloudFileId id, CopyPath path)
    {
        _folder = folder;
        _id = id;
        _path = path;
        Path = System.IO.Path.Combine(folder.FullPath, path.Value.Replace('/', System.IO.Path.DirectorySeparatorChar));
    }

    /// <summary>The full path of the copy.</summary>
    internal string Path { get; }

    /// <summary>Whether the ID is one of a folder: it ends with a slash.</summary>
    internal bool IsFolder => _path.IsFolder;

    /// <summary>The file that is there now; null if there is none.</summary>
    internal DiskEntry? Existing { get; private set; }

    /// <summary>Whether the index gives the path to this ID, but has no facts: a run was killed, or the user's file was in the way.</summary>
    internal bool IsUnfinished => _folder.Index.StateOf(_path) == CopyState.OnDisk;

    private ICopyDisk Disk => _folder.Disk;

    private string Part => Path + CopyName.Part;

    /// <summary>The refusal for a local file that differs.</summary>
    internal CopyRefused InTheWay => new(new UserText(nameof(Messages.CopyInTheWay), Path));

    /// <summary>Whether the index has these facts of the copy, and the local file has not changed since.</summary>
    internal bool IsRecorded(CopyFacts facts) =>
        Existing is { } existing && existing.Length == facts.Length && _folder.Index.StateOf(_path) == CopyState.Of(facts, existing.Written);

    /// <summary>The MD5 of the existing file, as 32 lower-case digits.</summary>
    internal Task<string> ComputeMd5Async(CancellationToken cancelled) =>
        OnDiskAsync(() => CopyContent.ComputeMd5(Disk, Path, cancelled), isWriting: false, cancelled);

    /// <summary>Makes the file that is renamed when it is whole, and the folders on the way. One that a crash left is emptied.</summary>
    internal Task<bool> CreatePartAsync(CancellationToken cancelled) => OnDiskAsync(
        () =>
        {
            Look();
            _folder.MakeFolders(Path, withLast: false);
            Look();
            if (Disk.Look(Part).Kind == DiskEntryKind.Folder) throw new CopyRefused(new UserText(nameof(Messages.CopyFolderInTheWay), Part));
            _part = Disk.CreateFile(Part);
        },
        isWriting: false,
        cancelled);

    /// <summary>Appends bytes to the part.</summary>
    internal Task<bool> WriteAsync(byte[] bytes, int count, CancellationToken cancelled) =>
        OnDiskAsync(() => _part!.Write(bytes, 0, count), isWriting: true, cancelled);

    /// <summary>
    /// Gives the part its name when it is on the disk, and the index has the ID and the path there. Leaves a local file with the same bytes as it is.
    /// When the task is done, the copy survives a crash.
    /// </summary>
    internal async Task KeepAsync(CopyFacts facts, CancellationToken cancelled)
    {
        // Both flushes at once, unless a local file may turn out to be in the way: then nothing is written.
        Task<bool> line = Existing is null ? WritePathAsync(cancelled) : Task.FromResult(true);
        bool isThere = await OnDiskAsync(() => ClosePart(facts), isWriting: true, cancelled).ConfigureAwait(false);
        await line.ConfigureAwait(false);
        await WritePathAsync(cancelled).ConfigureAwait(false);
        await OnDiskAsync(isThere ? () => Disk.Delete(Part) : Rename, isWriting: true, cancelled).ConfigureAwait(false);
        await RecordAsync(facts, withContent: isThere, cancelled).ConfigureAwait(false);
    }

    /// <summary>Records that the existing file is the copy, after its bytes were checked. Does nothing if the index has it.</summary>
    internal Task AcceptAsync(CopyFacts facts, CancellationToken cancelled) => IsRecorded(facts) ? Task.CompletedTask : AcceptNewAsync(facts, cancelled);

    /// <summary>Makes the folder of an ID that ends with a slash.</summary>
    /// <returns>Whether it was missing.</returns>
    internal async Task<bool> MakeFolderAsync(CancellationToken cancelled)
    {
        await WritePathAsync(cancelled).ConfigureAwait(false);
        return await OnDiskAsync(
            () =>
            {
                Look();
                bool isMissing = Disk.Look(Path).Kind == DiskEntryKind.None;
                _folder.MakeFolders(Path, withLast: true);
                Look();
                return isMissing;
            },
            isWriting: false,
            cancelled).ConfigureAwait(false);
    }

    /// <summary>Removes the part, if there is one: at once, or when a disk that hangs goes on.</summary>
    internal async Task DropPartAsync()
    {
        await _work.ContinueWith(
            _ =>
            {
                try
                {
                    if (_part is null) return;
                    _part.Dispose();
                    Disk.Delete(Part);
                }
                catch (Exception e) when (CopyFolder.IsDiskFailure(e))
                {
                    // The next run removes it.
                }
                _part = null;
            },
            CancellationToken.None,
            TaskContinuationOptions.None,
            TaskScheduler.Default).ConfigureAwait(false);
    }

    /// <summary>Looks at what is at the path now.</summary>
    /// <exception cref="CopyRefused">It, or something on the way to it, cannot be a copy.</exception>
    internal void Look() => Existing = _folder.Look(Path, IsFolder);

    // Whether a file with the same bytes is there already.
    private bool ClosePart(CopyFacts facts)
    {
        Disk.Flush(_part!);
        _part!.Dispose();
        if (facts.LastModified is { } time) Disk.SetTime(Part, time);
        Look();
        if (Existing is not { } existing) return false;
        bool isSame = existing.Length == Disk.Look(Part).Length && CopyContent.AreEqual(Disk, Part, Path);
        return isSame || _folder.Overwrites ? isSame : throw InTheWay;
    }

    private void Rename()
    {
        // A link may have been put there meanwhile.
        Look();
        if (!Disk.Rename(Part, Path, _folder.Overwrites)) throw InTheWay;
    }

    private async Task AcceptNewAsync(CopyFacts facts, CancellationToken cancelled)
    {
        await WritePathAsync(cancelled).ConfigureAwait(false);
        await OnDiskAsync(() => Disk.Delete(Part), isWriting: true, cancelled).ConfigureAwait(false);
        await RecordAsync(facts, withContent: true, cancelled).ConfigureAwait(false);
    }

    // A file of the user's, or of a run that was killed, may not be on the disk yet.
    private async Task RecordAsync(CopyFacts facts, bool withContent, CancellationToken cancelled)
    {
        DateTimeOffset written = await OnDiskAsync(
            () =>
            {
                Disk.FlushName(Path, withContent);
                return Disk.Look(Path).Written;
            },
            isWriting: true,
            cancelled).ConfigureAwait(false);
        await IndexAsync(_folder.Index.WriteFactsAsync(_id, _path, facts, written), cancelled).ConfigureAwait(false);
        _part = null;
    }

    private Task<bool> WritePathAsync(CancellationToken cancelled) => IndexAsync(_folder.Index.WritePathAsync(_id, _path), cancelled);

    private async Task<bool> IndexAsync(Task<bool> writing, CancellationToken cancelled)
    {
        try
        {
            return await writing.OrCancelledAsync(cancelled).ConfigureAwait(false);
        }
        catch (Exception e) when (CopyFolder.IsDiskFailure(e))
        {
            throw CopyFolder.Unavailable(_folder.FullPath, e);
        }
    }

    private Task<bool> OnDiskAsync(Action work, bool isWriting, CancellationToken cancelled) => OnDiskAsync(
        () =>
        {
            work();
            return true;
        },
        isWriting,
        cancelled);

    // On a thread of the pool, because a disk that hangs must not hold up a stop.
    private async Task<T> OnDiskAsync<T>(Func<T> work, bool isWriting, CancellationToken cancelled)
    {
        cancelled.ThrowIfCancellationRequested();
        Task<T> working = Task.Run(work, CancellationToken.None);
        _work = working;
        try
        {
            return await working.OrCancelledAsync(cancelled).ConfigureAwait(false);
        }
        catch (Exception e) when (CopyFolder.IsDiskFailure(e))
        {
            throw _folder.Failed(e, Path, isWriting);
        }
    }
}
