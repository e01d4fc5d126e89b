using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Journal;

/// <summary>
/// Appends lines to one journal. At most two threads of the pool work on it: one writes, and one flushes all that was written since the last flush. So
/// a request waits for at most two flushes, and an answer for none. A disk that hangs blocks only these two threads: callers can stop waiting.
/// </summary>
internal sealed class JournalWriter : IDisposable
{
    private readonly JournalFile _file;
    private readonly object _lock = new();
    private readonly MemoryStream _lines = new();
    private readonly Lane _writing;
    private readonly Lane _flushing;
    private long _length;
    private bool _torn;
    private bool _disposed;
    private bool _closesLater;
    private int _unfinished;
    private Exception? _lost;

    /// <summary>A writer for a journal that was read to its end. The file is the writer's to dispose.</summary>
    /// <param name="file">The file.</param>
    /// <param name="torn">Whether its last line is without its end.</param>
    internal JournalWriter(JournalFile file, bool torn)
    {
        _file = file;
        _length = file.Stream.Position;
        _torn = torn;
        _writing = new Lane(this, Write);
        _flushing = new Lane(this, Flush);
    }

    /// <summary>Makes sure that the journal is there, and appends lines to it.</summary>
    /// <param name="lines">Whole lines in UTF-8; may be empty.</param>
    /// <param name="toDisk">Whether to wait until they are on the disk; otherwise until the system has them.</param>
    /// <returns>The task of it, which fails with what the file system said, or with a <see cref="JournalFault"/>.</returns>
    internal Task<bool> WriteAsync(byte[] lines, bool toDisk)
    {
        var entry = new Entry(lines, toDisk);
        lock (_lock)
        {
            _unfinished++;
            _writing.Add(entry);
        }
        return entry.Done.Task;
    }

    /// <summary>Closes the file, unless the disk hangs: then that is left to the thread that hangs with it.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed) return;
            _disposed = true;
            // Nothing is left to write: the threads are about to go. Without the wait, a run that begins now would find the file locked.
            while (IsBusy && _unfinished == 0) Monitor.Wait(_lock);
            _closesLater = IsBusy;
            if (_closesLater) return;
        }
        _file.Dispose();
    }

    private bool IsBusy => _writing.IsBusy || _flushing.IsBusy;

    private void Write(List<Entry> entries)
    {
        try
        {
            _file.CheckIsThere();
            // Another program, or a run that the lock did not stop, has written: more lines would contradict the ones that this run has read.
            if (_file.Stream.Seek(0, SeekOrigin.End) != _length) throw new JournalFault(new UserText(nameof(Messages.JournalGrown)));
            WriteAtEnd(entries);
        }
        catch (Exception e)
        {
            foreach (Entry entry in entries) Finish(entry, e);
            return;
        }
        foreach (Entry entry in entries.Where(entry => !entry.ToDisk)) Finish(entry, null);
        lock (_lock)
        {
            foreach (Entry entry in entries.Where(entry => entry.ToDisk)) _flushing.Add(entry);
        }
    }

    private void WriteAtEnd(List<Entry> entries)
    {
        if (entries.TrueForAll(entry => entry.Lines.Length == 0)) return;
        _lines.SetLength(0);
        // End a torn line first: a line appended to it would be lost with it.
        if (_torn) _lines.WriteByte((byte)'\n');
        foreach (Entry entry in entries) _lines.Write(entry.Lines, 0, entry.Lines.Length);
        _torn = true;
        try
        {
            _file.Stream.Write(_lines.GetBuffer(), 0, (int)_lines.Length);
            _file.Stream.Flush();
            _torn = false;
        }
        finally
        {
            // On a full disk, only a part was written.
            _length = _file.Stream.Length;
        }
    }

    private void Flush(List<Entry> entries)
    {
        try
        {
            // The system reports a failed flush only once: a later one would hide the loss.
            if (_lost is null) _file.FlushToDisk();
        }
        catch (Exception e)
        {
            _lost = e;
        }
        foreach (Entry entry in entries) Finish(entry, _lost);
    }

    private void Finish(Entry entry, Exception? failure)
    {
        lock (_lock) _unfinished--;
        if (failure is null) entry.Done.TrySetResult(true);
        else entry.Done.TrySetException(failure);
    }

    /// <summary>Lines to write, and the task of the caller that waits for them.</summary>
    private sealed record Entry(byte[] Lines, bool ToDisk)
    {
        internal TaskCompletionSource<bool> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>A queue that one thread at a time empties. Entries that arrive while it works are taken together next, so they share a flush. Used under the lock of the writer.</summary>
    private sealed class Lane(JournalWriter writer, Action<List<Entry>> work)
    {
        private List<Entry> _waiting = [];

        internal bool IsBusy { get; private set; }

        internal void Add(Entry entry)
        {
            _waiting.Add(entry);
            if (IsBusy) return;
            IsBusy = true;
            _ = Task.Run(Run);
        }

        private void Run()
        {
            while (Take() is { } entries) work(entries);
        }

        private List<Entry>? Take()
        {
            lock (writer._lock)
            {
                List<Entry> entries = _waiting;
                _waiting = [];
                if (entries.Count > 0) return entries;
                IsBusy = false;
                Monitor.PulseAll(writer._lock);
                if (!writer._closesLater || writer.IsBusy) return null;
            }
            writer._file.Dispose();
            return null;
        }
    }
}
