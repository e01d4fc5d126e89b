using TcbPowerShell.Client.Storage;
using TcbPowerShell.Model;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Runs;

/// <summary>
/// A file of a run, until its outcome has reached the user. One worker at a time writes to it, and the pipeline thread once it is done;
/// <see cref="Occurrences"/> and what is expected of its copy belong to the pipeline thread.
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

    /// <summary>
    /// The object for the pipeline; null if it failed, and until it is answered. In a run that saves files it is the look-up's until the copy is made:
    /// only <see cref="IsDone"/> says that it is final.
    /// </summary>
    internal IFileResult? Result { get; private set; }

    /// <summary>Why there is no result; null if there is one, and until it is answered.</summary>
    internal FileFailure? Failure { get; private set; }

    /// <summary>Its copy; null unless the run saves files.</summary>
    internal PendingCopy? Copy { get; init; }

    /// <summary>Whether its outcome is on the way to the user.</summary>
    internal bool IsDone { get; private set; }

    internal void MarkSent(DateTimeOffset now)
    {
        Attempts++;
        LastSent = now;
    }

    internal void MarkDownload()
    {
        Attempts++;
        Copy!.Attempts++;
    }

    internal void MarkInDoubt() => IsInDoubt = true;

    internal void Succeed(IFileResult result) => (Result, Failure) = (result, null);

    internal void Fail(FileFailure failure) => (Result, Failure) = (null, failure);

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

/// <summary>The copy of a file in a run that saves files.</summary>
internal sealed class PendingCopy
{
    /// <summary>How many of the requests with the file were for its content.</summary>
    internal int Attempts { get; set; }

    /// <summary>The last link to the file; null before.</summary>
    internal CloudFile? Link { get; set; }

    /// <summary>The copy; null until it is made.</summary>
    internal WholeCopy? Made { get; set; }

    /// <summary>The file as listings described it, each different description once.</summary>
    internal IReadOnlyList<CloudFileInfo> Expected { get; private set; } = [];

    /// <summary>The copy has to be the file that a listing described. It may be under way already.</summary>
    internal void Expect(CloudFileInfo info)
    {
        if (!Expected.Any(other => other.Length == info.Length && other.ETag == info.ETag)) Expected = [.. Expected, info];
    }

    /// <summary>The difference between the copy that was made and a file that a listing described meanwhile: the same ID may have come again.</summary>
    /// <returns>The difference, as a clause; null if there is none, or no copy.</returns>
    internal UserText? FindDifference() => Made is null ? null : Expected.Select(Made.FindDifference).FirstOrDefault(difference => difference is not null);
}

/// <summary>Why there is no result for a file.</summary>
/// <param name="ErrorId">The error that the user gets.</param>
/// <param name="Facts">The reply of the service, or the failure of the network.</param>
/// <param name="OutcomeUnknown">Whether the file may be gone all the same. A definite answer about the file has settled earlier doubts.</param>
internal sealed record FileFailure(ErrorId ErrorId, TcbException Facts, bool OutcomeUnknown);
