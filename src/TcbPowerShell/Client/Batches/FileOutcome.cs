using TcbPowerShell.Model;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;

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

/// <summary>The failures of single files, the same for every operation.</summary>
internal static class Judgement
{
    /// <summary>The service answered for the file, and refused.</summary>
    internal static FileOutcome Refused(PendingFile file, FileStatus status, ErrorId otherwise)
    {
        ErrorId errorId = status switch
        {
            FileStatus.Missing => ErrorId.CloudFileNotFound,
            FileStatus.AccessDenied => ErrorId.CloudFileAccessDenied,
            FileStatus.OtherEnvironment => ErrorId.FileInOtherEnvironment,
            _ => otherwise,
        };
        // A definite answer settles earlier doubts. A missing file may have been deleted by an earlier attempt, and an unknown status may
        // mean anything.
        bool isDefinite = status is FileStatus.AccessDenied or FileStatus.OtherEnvironment;
        return new FileOutcome(file.FileId, new FileFailure(errorId, Facts(file), file) { OutcomeUnknown = file.IsInDoubt && !isDefinite });
    }

    /// <summary>The retries are used up though requests were answered: the service said "try again", or nothing about the file that can be used.</summary>
    internal static FileOutcome GivenUp(PendingFile file, IOperation operation) => file.LastAnswer.IsGiven
        ? Failed(file, operation.FileFailed, Facts(file))
        : Failed(file, ErrorId.CloudFileNoAnswer, new TcbException(file.LastAnswer.Problem ?? new UserText(nameof(Messages.FileNotMentioned)), FailureCategory.NoAnswer));

    /// <summary>A reply says nothing of any file that can be used.</summary>
    internal static TcbException NoneAnswered(BatchReply reply)
    {
        UserText? problem = reply.Answers.Select(answer => answer.Problem).FirstOrDefault(problem => problem is not null);
        return new TcbException(
            problem is null ? new UserText(nameof(Messages.NoFileMentioned)) : new UserText(nameof(Messages.NoEntryUsable), problem), FailureCategory.NoAnswer);
    }

    /// <summary>The file's request failed.</summary>
    internal static FileOutcome Failed(PendingFile file, ErrorId errorId, TcbException facts) =>
        new(file.FileId, new FileFailure(errorId, facts, file) { OutcomeUnknown = file.IsInDoubt });

    /// <summary>The request ID that stands in the file's own text, or that of the whole reply.</summary>
    internal static string? RequestIdOf(PendingFile file) => RequestId.Find(file.LastAnswer.Message) ?? file.LastRequestId;

    private static TcbException Facts(PendingFile file)
    {
        FileAnswer answer = file.LastAnswer;
        return new TcbException(TcbException.Tell(nameof(Messages.FileStatus), answer.Code, answer.Message), FailureCategory.Unlisted)
        {
            ErrorCode = answer.Code,
            ServiceMessage = answer.Message,
            RequestId = RequestIdOf(file),
        };
    }
}
