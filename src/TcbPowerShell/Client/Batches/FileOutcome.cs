using TcbPowerShell.Protocol;

namespace TcbPowerShell.Client.Batches;

/// <summary>What became of one file: a removal or a failure.</summary>
/// <param name="Removal">The result, where the file is gone.</param>
/// <param name="Failure">What went wrong, where it is not.</param>
internal readonly record struct FileOutcome(CloudFileRemoval? Removal, FileFailure? Failure)
{
    /// <summary>The file ID.</summary>
    internal string FileId => Removal?.FileId ?? Failure!.FileId;
}

/// <summary>Why a file was not removed.</summary>
/// <param name="FileId">The file ID.</param>
/// <param name="Kind">What the user is told.</param>
/// <param name="Facts">What the service or the network said.</param>
/// <param name="Attempts">In how many requests the file was sent.</param>
/// <param name="OutcomeUnknown">Whether it may be gone all the same.</param>
internal sealed record FileFailure(string FileId, FailureKind Kind, TcbException Facts, int Attempts, bool OutcomeUnknown);
