using TcbPowerShell.Model;
using TcbPowerShell.Resources;

namespace TcbPowerShell;

/// <summary>
/// One file that exists, as <c>Get-TcbCloudFile</c> returns it. It has a FileId property, so it pipes into <c>Remove-TcbCloudFile</c>.
/// </summary>
public sealed class CloudFile : IFileResult
{
    internal CloudFile(string fileId, string environmentId, string downloadUrl)
    {
        FileId = fileId;
        EnvironmentId = environmentId;
        DownloadUrl = downloadUrl;
    }

    /// <summary>The file ID exactly as it was given.</summary>
    public string FileId { get; }

    /// <summary>The environment that the file is in.</summary>
    public string EnvironmentId { get; }

    /// <summary>
    /// The download link: exactly as the service returned it, but with an encoded path if the service returned it without URL encoding. Anyone who has it
    /// can download the file while the link is valid: treat it as a secret. It is a string because <see cref="Uri"/> unescapes parts of a signed link in its text.
    /// </summary>
    public string DownloadUrl { get; }

    /// <summary>
    /// When the link expires at the latest: the time of the request plus the requested lifetime; null for a link without a signature, which does
    /// not expire.
    /// </summary>
    public DateTimeOffset? ExpiresOn { get; internal init; }

    /// <summary>The file's status as the service gave it.</summary>
    public int Status { get; internal init; }

    /// <summary>The service's text for the file, for example <c>ok</c>.</summary>
    public string? Message { get; internal init => field = ShownText.MakeSafeOrNull(value); }

    /// <summary>The service's ID of the request, to include when you ask for help; null if the reply had none.</summary>
    public string? RequestId { get; internal init; }

    /// <summary>The number of requests in which the file was sent.</summary>
    public int Attempts { get; internal init; }

    string IFileResult.OutcomeName => "Found";

    bool IFileResult.IsMissing => false;

    int? IFileResult.Status => Status;

    /// <summary>The file ID, never the link.</summary>
    /// <returns><see cref="FileId"/>.</returns>
    public override string ToString() => FileId;
}
