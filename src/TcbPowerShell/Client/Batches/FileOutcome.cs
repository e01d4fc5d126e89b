using TcbPowerShell.Model;

namespace TcbPowerShell.Client.Batches;

/// <summary>The outcome of one file: a result or a failure.</summary>
/// <param name="FileId">The file ID.</param>
/// <param name="Result">The object for the pipeline; null if there is a failure.</param>
/// <param name="Failure">The failure; null if there is a result.</param>
internal sealed record FileOutcome(string FileId, IFileResult? Result, FileFailure? Failure)
{
    internal FileOutcome(IFileResult result)
        : this(result.FileId, result, null)
    {
    }

    internal FileOutcome(string fileId, FileFailure failure)
        : this(fileId, null, failure)
    {
    }
}

/// <summary>Why there is no result for a file.</summary>
/// <param name="ErrorId">The error that the user gets.</param>
/// <param name="Facts">The reply of the service, or the failure of the network.</param>
/// <param name="File">The file, as the engine left it.</param>
internal sealed record FileFailure(ErrorId ErrorId, TcbException Facts, PendingFile File)
{
    /// <summary>Whether the file may be gone all the same. A definite answer about the file has settled earlier doubts.</summary>
    internal bool OutcomeUnknown { get; init; }
}
