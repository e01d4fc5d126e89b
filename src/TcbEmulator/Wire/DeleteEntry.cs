namespace TcbPowerShell.Emulation;

/// <summary>One entry of a reply's <c>delete_list</c>.</summary>
/// <param name="FileId">The file.</param>
/// <param name="Status">0 for deleted.</param>
/// <param name="Message">The entry's <c>errmsg</c>.</param>
public readonly record struct DeleteEntry(string FileId, int Status, string Message)
{
    /// <summary>The entry with the service's own text.</summary>
    public static DeleteEntry Of(string fileId, int status) => new(fileId, status, ServiceTexts.OfFile(status));
}
