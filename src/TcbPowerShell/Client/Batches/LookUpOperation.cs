using TcbPowerShell.Model;
using TcbPowerShell.Protocol;

namespace TcbPowerShell.Client.Batches;

/// <summary>Looks files up, and changes nothing.</summary>
/// <param name="linkLifetime">How long the links are to be valid, in whole seconds.</param>
internal sealed class LookUpOperation(TimeSpan linkLifetime) : IOperation
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
        return answer.Status switch
        {
            // A file without a link cannot be backed up, so it must not look found.
            FileStatus.Ok when DownloadLink.IsLink(answer.DownloadUrl, out bool isSigned) => new FileOutcome(
                new CloudFile(file.FileId, environmentId, answer.DownloadUrl!)
                {
                    ExpiresOn = isSigned ? file.LastSent + linkLifetime : null,
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
