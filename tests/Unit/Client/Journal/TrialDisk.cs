using TcbPowerShell.Client.Journal;

namespace TcbPowerShell.Tests.Client.Journal;

/// <summary>A journal in memory on a disk that fails, hangs or waits as the test says.</summary>
internal sealed class TrialDisk : JournalFile
{
    private readonly HangingStream _lines;
    private readonly ManualResetEventSlim _writes = new(initialState: true);
    private readonly ManualResetEventSlim _flushes = new(initialState: true);

    internal TrialDisk()
        : this(new HangingStream())
    {
    }

    private TrialDisk(HangingStream lines)
        : base(lines)
    {
        _lines = lines;
        lines.Disk = this;
    }

    internal byte[] Lines
    {
        get
        {
            lock (_lines) return _lines.ToArray();
        }
    }

    /// <summary>How many flushes are over.</summary>
    internal int Flushes { get; private set; }

    /// <summary>How many bytes are on the disk.</summary>
    internal long FlushedBytes { get; private set; }

    /// <summary>Called as a flush begins.</summary>
    internal Action? OnFlush { get; init; }

    /// <summary>The exception of a flush.</summary>
    internal IOException? FlushFault { get; set; }

    /// <summary>Changes the file while the journal is open.</summary>
    internal JournalFault? Missing { get; set; }

    internal bool IsDisposed { get; private set; }

    /// <summary>Writes, or flushes, do not return until <see cref="Thaw"/>.</summary>
    internal void Freeze(bool writes) => (writes ? _writes : _flushes).Reset();

    internal void Thaw()
    {
        _writes.Set();
        _flushes.Set();
    }

    internal override void CheckIsThere()
    {
        if (Missing is { } missing) throw missing;
    }

    internal override void FlushToDisk()
    {
        int length = Lines.Length;
        OnFlush?.Invoke();
        _flushes.Wait();
        if (FlushFault is { } fault) throw fault;
        FlushedBytes = length;
        Flushes++;
    }

    protected override void Dispose(bool disposing)
    {
        IsDisposed = true;
        base.Dispose(disposing);
        _writes.Dispose();
        _flushes.Dispose();
    }

    private sealed class HangingStream : MemoryStream
    {
        internal TrialDisk? Disk { get; set; }

        public override void Write(byte[] buffer, int offset, int count)
        {
            Disk!._writes.Wait();
            lock (this) base.Write(buffer, offset, count);
        }
    }
}
