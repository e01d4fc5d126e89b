using TcbPowerShell.Resources;

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

/// <summary>The answer of a reply about one file: none, one, or an entry that cannot be used, which counts as none.</summary>
internal readonly record struct FileAnswer
{
    // The sibling call batchdownloadfile says 1 with the first of them.
    private static readonly string[] MissingTexts = ["STORAGE_FILE_NONEXIST", "storage file not exist", "OBJECT_NOT_EXIST"];

    private readonly string? _problem;

    internal FileAnswer(int status, string? message, string? downloadUrl = null)
    {
        IsGiven = true;
        Code = status;
        Message = message;
        DownloadUrl = downloadUrl;
    }

    /// <summary>An entry that cannot be used.</summary>
    /// <param name="problem">The key of the text that says why.</param>
    internal FileAnswer(string problem) => _problem = problem;

    /// <summary>Whether the service answered for the file. If not, its outcome is unknown.</summary>
    internal bool IsGiven { get; }

    /// <summary>Why the answer cannot be used; null if it can, or if the reply does not mention the file.</summary>
    internal UserText? Problem => _problem is null ? null : new UserText(_problem);

    /// <summary>The file's status, as a number.</summary>
    internal int Code { get; }

    /// <summary>The service's text for the file.</summary>
    internal string? Message { get; }

    /// <summary>The link to the file, as the service gave it; null if it gave none. A secret.</summary>
    internal string? DownloadUrl { get; }

    /// <summary>The status, as what it means.</summary>
    internal FileStatus Status => Classify(Code, Message);

    /// <summary>Whether the reply says that the file is done, or says that too.</summary>
    internal bool SaysDone => IsContradicted || (IsGiven && Status == FileStatus.Ok);

    private bool IsMentioned => IsGiven || _problem is not null;

    private bool IsContradicted => _problem == nameof(Messages.EntriesContradict);

    /// <summary>The answer when the same file is answered once more: answers decide, but not two that differ.</summary>
    internal FileAnswer And(FileAnswer other)
    {
        if (IsContradicted || !other.IsMentioned) return this;
        if (other.IsContradicted || !IsMentioned) return other;
        if (!IsGiven || !other.IsGiven) return IsGiven ? this : other;
        bool differ = other.Status != Status || !string.Equals(other.DownloadUrl, DownloadUrl, StringComparison.Ordinal);
        return differ ? new FileAnswer(nameof(Messages.EntriesContradict)) : this;
    }

    /// <summary>
    /// The meaning of an entry of <c>delete_list</c> or <c>file_list</c>. A known status decides; otherwise the text may.
    /// https://developers.weixin.qq.com/miniprogram/dev/wxcloud/reference/errcode.html
    /// </summary>
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
