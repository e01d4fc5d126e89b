using TcbPowerShell.Model;
using TcbPowerShell.Resources;

namespace TcbPowerShell;

/// <summary>
/// One file that is gone from cloud storage, as <c>Remove-TcbCloudFile</c> returns it. It has a FileId property, so results pipe back
/// into the cmdlet.
/// </summary>
public sealed class CloudFileRemoval : IFileResult
{
    internal CloudFileRemoval(string fileId, string environmentId, CloudFileRemovalOutcome outcome)
    {
        FileId = fileId;
        EnvironmentId = environmentId;
        Outcome = outcome;
    }

    /// <summary>The file ID exactly as it was given.</summary>
    public string FileId { get; }

    /// <summary>The environment that the file was removed from.</summary>
    public string EnvironmentId { get; }

    /// <summary>Why the file is gone.</summary>
    public CloudFileRemovalOutcome Outcome { get; }

    /// <summary>The file's status in the reply; null if no request was sent (<see cref="CloudFileRemovalOutcome.PreviouslyRemoved"/>).</summary>
    public int? Status { get; internal init; }

    /// <summary>The service's text for the file, for example <c>ok</c>.</summary>
    public string? Message { get; internal init => field = ShownText.MakeSafeOrNull(value); }

    /// <summary>The service's ID of the request, to include when you ask for help; null if the reply had none.</summary>
    public string? RequestId { get; internal init; }

    /// <summary>The number of requests in which the file was sent.</summary>
    public int Attempts { get; internal init; }

    string IFileResult.OutcomeName => Outcome.ToString();

    bool IFileResult.IsMissing => Outcome == CloudFileRemovalOutcome.AlreadyGone;

    /// <summary>The file ID.</summary>
    /// <returns><see cref="FileId"/>.</returns>
    public override string ToString() => FileId;
}

/// <summary>Why a cloud file is gone.</summary>
public enum CloudFileRemovalOutcome
{
    /// <summary>The service reported that it deleted the file.</summary>
    Removed,

    /// <summary>
    /// The service found no such file: either an earlier attempt whose reply was lost deleted it, or <c>-IgnoreMissing</c>
    /// was used.
    /// </summary>
    AlreadyGone,

    /// <summary>According to the journal, an earlier run removed the file; nothing was sent for it.</summary>
    PreviouslyRemoved,
}
