using TcbPowerShell.Model;

namespace TcbPowerShell;

/// <summary>
/// One file that has a complete copy in a local folder, as <c>Save-TcbCloudFile</c> returns it. It has a FileId property, so it pipes into
/// <c>Remove-TcbCloudFile</c>, which then removes only what was saved.
/// </summary>
public sealed class SavedCloudFile : IFileResult
{
    internal SavedCloudFile(string fileId, string environmentId, string path, long length, SavedCloudFileOutcome outcome)
    {
        FileId = fileId;
        EnvironmentId = environmentId;
        Path = path;
        Length = length;
        Outcome = outcome;
    }

    /// <summary>The file ID exactly as it was given.</summary>
    public string FileId { get; }

    /// <summary>The environment that the file is in.</summary>
    public string EnvironmentId { get; }

    /// <summary>The full path of the copy.</summary>
    public string Path { get; }

    /// <summary>The length in bytes. A folder has length 0.</summary>
    public long Length { get; }

    /// <summary>Whether the copy was made by this run.</summary>
    public SavedCloudFileOutcome Outcome { get; }

    /// <summary>The number of requests for the content of the file. Look-ups are not counted.</summary>
    public int Attempts { get; internal init; }

    string IFileResult.OutcomeName => Outcome.ToString();

    bool IFileResult.IsMissing => false;

    int? IFileResult.Status => null;

    string? IFileResult.Message => null;

    string? IFileResult.RequestId => null;

    /// <summary>The file ID.</summary>
    /// <returns><see cref="FileId"/>.</returns>
    public override string ToString() => FileId;
}

/// <summary>How a cloud file came to have a complete copy.</summary>
public enum SavedCloudFileOutcome
{
    /// <summary>The file was downloaded, checked, and given its name.</summary>
    Saved,

    /// <summary>The folder already held a complete copy; nothing was downloaded.</summary>
    AlreadySaved,
}
