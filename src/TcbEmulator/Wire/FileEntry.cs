namespace TcbPowerShell.Emulation;

/// <summary>One entry of the list in a reply.</summary>
/// <param name="FileId">The file.</param>
/// <param name="Status">0 for success.</param>
/// <param name="Message">The entry's <c>errmsg</c>.</param>
public readonly record struct FileEntry(string FileId, int Status, string Message)
{
    /// <summary>The download link of a file that was looked up; no other call writes it.</summary>
    public string? DownloadUrl { get; init; }

    /// <summary>The entry with the service's own text.</summary>
    public static FileEntry Of(string fileId, int status) => new(fileId, status, ServiceTexts.OfFile(status));
}
