using TcbPowerShell.Client.Batches;
using TcbPowerShell.Protocol;

namespace TcbPowerShell.Commands;

/// <summary>Counts what becomes of the IDs of a run.</summary>
internal sealed class RemovalTally
{
    /// <summary>Files that are gone.</summary>
    internal int Removed { get; private set; }

    /// <summary>IDs that ended in an error.</summary>
    internal int Failed { get; set; }

    /// <summary>Files that the service does not know.</summary>
    internal int Missing { get; private set; }

    /// <summary>Those of them whose IDs hold characters beyond ASCII.</summary>
    internal int MissingNonAscii { get; private set; }

    /// <summary>Null, empty and white-space entries.</summary>
    internal int Skipped { get; set; }

    /// <summary>IDs that came to an end.</summary>
    internal int Done => Removed + Failed;

    internal void Count(in FileOutcome file)
    {
        if (file.Removal is null) Failed++;
        else Removed++;
        if (file.Failure?.Kind != FailureKind.CloudFileNotFound && file.Removal?.Outcome != CloudFileRemovalOutcome.AlreadyGone) return;
        Missing++;
        if (file.FileId.Any(c => c > '\x7f')) MissingNonAscii++;
    }
}
