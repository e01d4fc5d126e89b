
namespace TcbPowerShell.Protocol;

/// <summary>The meaning of the service's answer for one file.</summary>
internal enum FileStatus
{
    /// <summary>Done: deleted, or found.</summary>
    Ok,

    /// <summary>There is no such file.</summary>
    Missing,

    /// <summary>The caller has no permission for it.</summary>
    AccessDenied,

    /// <summary>It belongs to another environment.</summary>
    OtherEnvironment,

    /// <summary>Worth another try.</summary>
    Transient,

    /// <summary>Not done, for any other reason.</summary>
    Failed,
}

/// <summary>Reads the per-file status: https://developers.weixin.qq.com/miniprogram/dev/wxcloud/reference/errcode.html</summary>
internal static class FileStatusReader
{
    // The sibling call batchdownloadfile says 1 with the first of them.
    private static readonly string[] MissingTexts = ["STORAGE_FILE_NONEXIST", "storage file not exist", "OBJECT_NOT_EXIST"];

    /// <summary>Classifies an entry of <c>delete_list</c> or <c>file_list</c>. A known status decides; otherwise the text may.</summary>
    /// <param name="status">The entry's status.</param>
    /// <param name="message">The entry's errmsg.</param>
    /// <returns>Its meaning.</returns>
    internal static FileStatus Classify(int status, string? message) => status switch
    {
        0 => FileStatus.Ok,
        -503003 => FileStatus.Missing,
        -503002 => FileStatus.AccessDenied,
        -501005 => FileStatus.OtherEnvironment,
        -503001 or -501001 or -501002 => FileStatus.Transient,
        _ => SaysMissing(message) ? FileStatus.Missing : FileStatus.Failed,
    };

    // The whole text: an errmsg can repeat the name of a file, which can hold any of these.
    private static bool SaysMissing(string? message)
    {
        if (message is null) return false;
        string text = RequestId.Without(message);
        if (text.EndsWith("s", StringComparison.OrdinalIgnoreCase)) text = text.Substring(0, text.Length - 1);
        return MissingTexts.Contains(text, StringComparer.OrdinalIgnoreCase);
    }
}
