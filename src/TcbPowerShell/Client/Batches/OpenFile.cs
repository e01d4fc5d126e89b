using TcbPowerShell.Protocol;

namespace TcbPowerShell.Client.Batches;

/// <summary>
/// A file that was accepted and has no outcome yet. One worker at a time writes to it; <see cref="Occurrences"/> belongs to the pipeline thread.
/// </summary>
/// <param name="fileId">The file ID.</param>
/// <param name="ordinal">Its place among the accepted IDs.</param>
internal sealed class OpenFile(string fileId, long ordinal)
{
    /// <summary>The file ID.</summary>
    internal string FileId => fileId;

    /// <summary>Its place among the accepted IDs.</summary>
    internal long Ordinal => ordinal;

    /// <summary>How often the ID came in while it was open: each gets the answer.</summary>
    internal int Occurrences { get; set; } = 1;

    /// <summary>In how many requests it was sent.</summary>
    internal int Attempts { get; set; }

    /// <summary>Whether a request that may have deleted it went without an answer.</summary>
    internal bool OutcomeUnknown { get; set; }

    /// <summary>What the service last said of it.</summary>
    internal FileAnswer LastAnswer { get; set; }

    /// <summary>The id of the request that the last answer came with.</summary>
    internal string? LastRequestId { get; set; }

    /// <summary>Whether its outcome is on the way to the user.</summary>
    internal bool IsDone { get; set; }
}
