using TcbPowerShell.Protocol;

namespace TcbPowerShell.Client.Batches;

/// <summary>Turns the service's answers into outcomes.</summary>
internal static class Outcomes
{
    /// <summary>The outcome that an answer gives a file.</summary>
    /// <param name="file">The file, with its last answer.</param>
    /// <param name="run">The run.</param>
    /// <returns>Null where the answer leaves the file open.</returns>
    internal static FileOutcome? FromAnswer(OpenFile file, RemovalRun run)
    {
        FileAnswer answer = file.LastAnswer;
        if (!answer.IsGiven) return null;
        switch (answer.Status)
        {
            case FileStatus.Removed:
                return Gone(CloudFileRemovalOutcome.Removed);
            case FileStatus.Missing when run.Options.IgnoreMissing || file.OutcomeUnknown:
                return Gone(CloudFileRemovalOutcome.AlreadyGone);
            case FileStatus.Missing:
                return Failed(file, FailureKind.CloudFileNotFound, Facts(file));
            case FileStatus.AccessDenied:
                return Failed(file, FailureKind.CloudFileAccessDenied, Facts(file));
            case FileStatus.OtherEnvironment:
                return Failed(file, FailureKind.FileInOtherEnvironment, Facts(file));
            case FileStatus.NotRemoved:
                return Failed(file, FailureKind.CloudFileNotRemoved, Facts(file));
            default:
                return null;
        }

        FileOutcome Gone(CloudFileRemovalOutcome outcome) =>
            new(new CloudFileRemoval(file.FileId, run.Environment.EnvironmentId, outcome)
            {
                Status = answer.Code,
                Message = answer.Message,
                RequestId = RequestId.Find(answer.Message) ?? file.LastRequestId,
                Attempts = file.Attempts,
            }, null);
    }

    /// <summary>The outcome of a file that is given up though its requests were answered.</summary>
    internal static FileOutcome FromLastAnswer(OpenFile file)
    {
        if (file.LastAnswer.IsGiven) return Failed(file, FailureKind.CloudFileNotRemoved, Facts(file));
        return Failed(file, FailureKind.CloudFileNoAnswer, new TcbException("the reply did not mention the file", FailureClass.Transient));
    }

    /// <summary>The outcome of a file that was not removed.</summary>
    internal static FileOutcome Failed(OpenFile file, FailureKind kind, TcbException facts) =>
        new(null, new FileFailure(file.FileId, kind, facts, file.Attempts, file.OutcomeUnknown));

    private static TcbException Facts(OpenFile file)
    {
        FileAnswer answer = file.LastAnswer;
        return new TcbException(TcbException.Tell("status", answer.Code, answer.Message), FailureClass.Unlisted)
        {
            ErrorCode = answer.Code,
            ServiceMessage = answer.Message,
            RequestId = RequestId.Find(answer.Message) ?? file.LastRequestId,
        };
    }
}
