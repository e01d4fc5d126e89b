using TcbPowerShell.Model;

namespace TcbPowerShell.Client.Batches;

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
