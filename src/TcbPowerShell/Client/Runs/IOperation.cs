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

    /// <summary>Judges what the service said of a file, and gives the file its result or its failure.</summary>
    /// <param name="file">The file, with its last answer.</param>
    /// <param name="environmentId">The environment.</param>
    /// <returns>Whether it has one. Otherwise it is sent again.</returns>
    bool TrySettle(PendingFile file, string environmentId);
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

    public bool TrySettle(PendingFile file, string environmentId)
    {
        switch (file.LastAnswer.Status)
        {
            case FileStatus.Ok:
                Gone(CloudFileRemovalOutcome.Removed);
                return true;
            // A damaged ID names another file than the one that was meant: its absence is never a success. A file whose ID may be misspelled is gone only if
            // an earlier request may have deleted it, even with -IgnoreMissing (rule 8).
            case FileStatus.Missing when file.Id.FindDamage() is null && (file.IsInDoubt || (ignoreMissing && file.Id.FindMisspelling() is null)):
                Gone(CloudFileRemovalOutcome.AlreadyGone);
                return true;
            default:
                return Judgement.TryRefuse(file, FileFailed);
        }

        void Gone(CloudFileRemovalOutcome outcome) => file.Succeed(new CloudFileRemoval(file.FileId, environmentId, outcome)
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
internal abstract class LinkOperation(TimeSpan linkLifetime) : IOperation
{
    public string Call => "batchdownloadfile";

    public string ReplyList => "file_list";

    public ErrorId RequestFailed => ErrorId.BatchNotRead;

    public ErrorId FileFailed => ErrorId.CloudFileNotRead;

    public byte[] WriteRequest(string environmentId, IReadOnlyList<string> fileIds) =>
        BatchRequest.ForLookUp(environmentId, fileIds, (int)linkLifetime.TotalSeconds);

    public bool TrySettle(PendingFile file, string environmentId)
    {
        FileAnswer answer = file.LastAnswer;
        DownloadLink? link = answer.Status == FileStatus.Ok ? DownloadLink.Read(answer.DownloadUrl, file.Id, out _) : null;
        if (answer.Status != FileStatus.Ok || AddressOf(answer.DownloadUrl, link) is not { } address) return Judgement.TryRefuse(file, FileFailed);
        file.Succeed(new CloudFile(file.FileId, environmentId, address)
        {
            ExpiresOn = link?.IsSigned ?? false ? file.LastSent + linkLifetime : null,
            Status = answer.Code,
            Message = answer.Message,
            RequestId = Judgement.RequestIdOf(file),
            Attempts = file.Attempts,
        });
        return true;
    }

    /// <summary>The link of the result. A file without one cannot be backed up, so it must not look found.</summary>
    /// <param name="url">The link as it came.</param>
    /// <param name="link">The same, if it can be read.</param>
    /// <returns>Null if there is none.</returns>
    protected abstract string? AddressOf(string? url, DownloadLink? link);
}

/// <summary>Looks files up for the user, whose links must work as they are.</summary>
internal sealed class LookUpOperation(TimeSpan linkLifetime) : LinkOperation(linkLifetime)
{
    protected override string? AddressOf(string? url, DownloadLink? link) => link?.IsEncoded ?? false ? url : link?.Address;
}

/// <summary>Looks files up for <see cref="Downloads"/>, which judges the links itself.</summary>
internal sealed class SaveOperation() : LinkOperation(TimeSpan.FromHours(2))
{
    protected override string? AddressOf(string? url, DownloadLink? link) => string.IsNullOrWhiteSpace(url) ? null : url;
}

/// <summary>The failures of single files, the same for every operation.</summary>
internal static class Judgement
{
    /// <summary>The service gave the file no result: it refused it, unless it said "try again".</summary>
    /// <param name="file">The file.</param>
    /// <param name="otherwise">The error of a refusal that has no error of its own.</param>
    /// <returns>Whether it refused it.</returns>
    internal static bool TryRefuse(PendingFile file, ErrorId otherwise)
    {
        FileStatus status = file.LastAnswer.Status;
        if (status == FileStatus.Transient) return false;
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
        file.Fail(new FileFailure(errorId, Facts(file), OutcomeUnknown: file.IsInDoubt && !isDefinite));
        return true;
    }

    /// <summary>The retries are used up though requests were answered: the service said "try again", or nothing about the file that can be used.</summary>
    internal static FileFailure GivenUp(PendingFile file, IOperation operation) => file.LastAnswer.IsGiven
        ? Failure(file, operation.FileFailed, Facts(file))
        : Failure(file, ErrorId.CloudFileNoAnswer, new TcbException(file.LastAnswer.Problem ?? new UserText(nameof(Messages.FileNotMentioned)), FailureCategory.NoAnswer));

    /// <summary>A reply says nothing of any file that can be used.</summary>
    internal static TcbException NoneAnswered(BatchReply reply)
    {
        UserText? problem = reply.Answers.Select(answer => answer.Problem).FirstOrDefault(problem => problem is not null);
        return new TcbException(
            problem is null ? new UserText(nameof(Messages.NoFileMentioned)) : new UserText(nameof(Messages.NoEntryUsable), problem), FailureCategory.NoAnswer);
    }

    /// <summary>The failure of a file for a reason that says nothing about it: its outcome is unknown if it was in doubt.</summary>
    internal static FileFailure Failure(PendingFile file, ErrorId errorId, TcbException facts) => new(errorId, facts, file.IsInDoubt);

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
