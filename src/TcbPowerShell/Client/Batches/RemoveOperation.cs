using TcbPowerShell.Model;
using TcbPowerShell.Protocol;

namespace TcbPowerShell.Client.Batches;

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
            // A damaged ID names another file than the one that was meant: its absence is never a success.
            case FileStatus.Missing when !file.Id.LooksDamaged && (ignoreMissing || file.IsInDoubt):
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
