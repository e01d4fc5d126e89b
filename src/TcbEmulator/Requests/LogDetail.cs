namespace TcbPowerShell.Emulation;

/// <summary>How much the emulator remembers.</summary>
public enum LogDetail
{
    /// <summary>Totals only: for benchmarks.</summary>
    Counts,

    /// <summary>Each request, without its file IDs.</summary>
    Requests,

    /// <summary>Everything, each deleted ID too.</summary>
    FileIds,
}
