using TcbPowerShell.Model;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Runs;

/// <summary>
/// The call that a run makes for its files: writes its requests and judges the answers. Batching, concurrency, retries, renewal, accounting and the end of a
/// run are the engine's, and the same for every operation.
/// </summary>
internal interface IOperation
{
    /// <summary>The call, as the last part of its path: <c>batchdeletefile</c>.</summary>
    string Call { get; }

    /// <summary>The list in its reply: <c>delete_list</c>.</summary>
    string ReplyList { get; }

    /// <summary>The error of a file whose request failed for good.</summary>
    ErrorId RequestFailed { get; }

    /// <summary>The error of a file that the service answered with "try again" until the retries were used up.</summary>
    ErrorId FileFailed { get; }

    /// <summary>Writes the body of a request.</summary>
    /// <param name="environmentId">The environment.</param>
    /// <param name="fileIds">The files.</param>
    /// <returns>JSON in UTF-8.</returns>
    byte[] WriteRequest(string environmentId, IReadOnlyList<string> fileIds);

    /// <summary>Judges what the service said of a file.</summary>
    /// <param name="file">The file, with its last answer.</param>
    /// <param name="environmentId">The environment.</param>
    /// <returns>Its outcome; null if the answer leaves the file open, so that it is sent again.</returns>
    FileOutcome? Judge(PendingFile file, string environmentId);
}

/// <summary>Deletes files.</summary>
/// <param name="ignoreMissing">Whether a file that does not exist is a result.</param>
internal sealed class RemoveOperation(bool ignoreMissing) : IOperation
{
    public string Call => "batchdeletefile";

    public string ReplyList => "delete_list";

    public ErrorId RequestFailed => ErrorId.BatchNotRemoved;

    public ErrorId FileFailed => ErrorId.CloudFileNotRemoved;

    public byte[] WriteRequest(string environmentId, IReadOnlyList<string> fileIds) => BatchRequest.ForDelete(environmentId, fileIds);

    public FileOutcome? Judge(PendingFile file, string environmentId)
    {
        switch (file.LastAnswer.Status)
        {
            case FileStatus.Ok:
                return Gone(CloudFileRemovalOutcome.Removed);
            // A damaged ID names another file than the one that was meant: its absence is never a success. One that may be misspelled can
            // have been deleted by an earlier request of this run.
            case FileStatus.Missing when file.Id.FindDamage() is null && (file.IsInDoubt || (ignoreMissing && file.Id.FindMisspelling() is null)):
                return Gone(CloudFileRemovalOutcome.AlreadyGone);
            case FileStatus.Transient:
                return null;
            case { } status:
                return Judgement.Refused(file, status, FileFailed);
        }

        FileOutcome Gone(CloudFileRemovalOutcome outcome) => new(new CloudFileRemoval(file.FileId, environmentId, outcome)
        {
            Status = file.LastAnswer.Code,
            Message = file.LastAnswer.Message,
            RequestId = Judgement.RequestIdOf(file),
            Attempts = file.Attempts,
        });
    }
}

/// <summary>Looks files up, and changes nothing.</summary>
/// <param name="linkLifetime">How long the links are to be valid, in whole seconds.</param>
/// <param name="isForDownload">Whether the links are for <see cref="Downloads"/>, which judges them itself.</param>
internal sealed class LookUpOperation(TimeSpan linkLifetime, bool isForDownload = false) : IOperation
{
    public string Call => "batchdownloadfile";

    public string ReplyList => "file_list";

    public ErrorId RequestFailed => ErrorId.BatchNotRead;

    public ErrorId FileFailed => ErrorId.CloudFileNotRead;

    public byte[] WriteRequest(string environmentId, IReadOnlyList<string> fileIds) =>
        BatchRequest.ForLookUp(environmentId, fileIds, (int)linkLifetime.TotalSeconds);

    public FileOutcome? Judge(PendingFile file, string environmentId)
    {
        FileAnswer answer = file.LastAnswer;
        DownloadLink? link = answer.Status == FileStatus.Ok ? DownloadLink.Read(answer.DownloadUrl, file.Id, out _) : null;
        return answer.Status switch
        {
            // A file without a link cannot be backed up, so it must not look found.
            FileStatus.Ok when link is not null || (isForDownload && !string.IsNullOrWhiteSpace(answer.DownloadUrl)) => new FileOutcome(
                new CloudFile(file.FileId, environmentId, isForDownload || link!.IsEncoded ? answer.DownloadUrl! : link.Address)
                {
                    ExpiresOn = link?.IsSigned ?? false ? file.LastSent + linkLifetime : null,
                    Status = answer.Code,
                    Message = answer.Message,
                    RequestId = Judgement.RequestIdOf(file),
                    Attempts = file.Attempts,
                }),
            FileStatus.Transient => null,
            FileStatus status => Judgement.Refused(file, status, FileFailed),
        };
    }
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

    /// <summary>
    /// A copy was made. The same ID may have come again meanwhile, as another listing described it: the copy must be that file, too.
    /// </summary>
    internal static FileOutcome OfCopy(PendingFile file, FileOutcome outcome) =>
        outcome.Result is not null && file.Expected.Select(info => file.Copy!.FindDifference(info)).FirstOrDefault(problem => problem is not null) is { } difference
            ? Failed(file, ErrorId.CloudFileNotSaved, new TcbException(difference))
            : outcome;

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
