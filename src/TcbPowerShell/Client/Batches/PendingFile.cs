using TcbPowerShell.Model;
using TcbPowerShell.Protocol;

namespace TcbPowerShell.Client.Batches;

/// <summary>
/// A file that was accepted and has no outcome yet. One worker at a time writes to it; <see cref="Occurrences"/> belongs to the pipeline thread.
/// </summary>
/// <param name="id">The file ID.</param>
/// <param name="ordinal">Its place among the accepted IDs.</param>
internal sealed class PendingFile(CloudFileId id, long ordinal)
{
    /// <summary>The file ID.</summary>
    internal CloudFileId Id => id;

    /// <summary>The file ID as text.</summary>
    internal string FileId => id.Value;

    /// <summary>Its place among the accepted IDs.</summary>
    internal long Ordinal => ordinal;

    /// <summary>How often the ID came in while it was pending: each occurrence gets the answer.</summary>
    internal int Occurrences { get; set; } = 1;

    /// <summary>In how many requests it was sent.</summary>
    internal int Attempts { get; private set; }

    /// <summary>When it was last sent.</summary>
    internal DateTimeOffset LastSent { get; private set; }

    /// <summary>Whether a request that may have deleted it went without an answer (rule 8).</summary>
    internal bool IsInDoubt { get; private set; }

    /// <summary>Whether an earlier attempt was answered with HTTP 503, which is taken to mean that nothing was done.</summary>
    internal bool MetUnavailable { get; private set; }

    /// <summary>The last answer of the service about it.</summary>
    internal FileAnswer LastAnswer { get; private set; }

    /// <summary>The ID of the request that the last answer came with.</summary>
    internal string? LastRequestId { get; private set; }

    /// <summary>Whether its outcome is on the way to the user.</summary>
    internal bool IsDone { get; private set; }

    internal void MarkSent(DateTimeOffset now)
    {
        Attempts++;
        LastSent = now;
    }

    internal void MarkInDoubt() => IsInDoubt = true;

    internal void MarkDone() => IsDone = true;

    /// <summary>A request that named the file was answered.</summary>
    internal void MarkAnswered(FileAnswer answer, string? requestId)
    {
        LastAnswer = answer;
        LastRequestId = requestId;
    }

    /// <summary>A request that named the file failed.</summary>
    internal void MarkFailed(TcbException failure)
    {
        LastAnswer = default;
        IsInDoubt |= failure.OutcomeUnknown || failure.FilesInDoubt.Contains(FileId);
        MetUnavailable |= failure.Category == FailureCategory.Unavailable && !failure.IsTokenCall;
    }
}
