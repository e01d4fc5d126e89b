using TcbPowerShell.Model;
using TcbPowerShell.Resources;
using static TcbPowerShell.Protocol.FailureCategory;

namespace TcbPowerShell.Protocol;

/// <summary>The service's error codes (<c>errcode</c>): what each asks of a client.</summary>
/// <remarks>
/// https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-common/file-management/deleteTcbCloudFile.html,
/// https://developers.weixin.qq.com/doc/oplatform/developers/errCode/errCode.html (global return codes), and for the codes below -500000
/// https://developers.weixin.qq.com/miniprogram/dev/wxcloud/reference/errcode.html. These pages do not say how a client should react: the categories are our reading.
/// </remarks>
internal static class ServiceCode
{
    private static readonly Dictionary<int, FailureCategory> Categories = MakeTable(
        (Transient, [-1, -1000, -501001, -501002, -503001, -601001, -601003, -601008, -604102, -604103, 85113]),
        (TransientOnce, [-501018]),
        (Throttled, [-501004, PerMinuteLimit]),
        (TokenRefused, [40001, 40014, 42001]),
        (QuotaSpent, [45009, -501003, -501015, -501016, -501017]),
        (EnvironmentRefused,
        [
            41001, 40164, 45035, 61004, 40243, 48001, 48004, 50002, 50004, 50007, 61003, 61007, 61014, 61024, 85088, 85107, -501000,
            -501005, -501019, -501021, -604101, 89501, 89503, 89504, 89505, 89506, 89507,
        ]),
        (ClientBug, [40066, 43002, 43003, 44002]),
        (RequestInvalid, [40033, 40097, 40101, 47001, -501007, -501009, -501020, -601002]));

    /// <summary>"Too many calls in this minute": the wait is about a minute.</summary>
    internal const int PerMinuteLimit = 45011;

    /// <summary>Every code that the table knows.</summary>
    internal static IEnumerable<int> Known => Categories.Keys;

    /// <summary>Classifies the code of a call for files.</summary>
    /// <param name="code">An errcode other than 0.</param>
    /// <returns>Its category; <see cref="Unlisted"/> for a code that is not in the table.</returns>
    internal static FailureCategory Classify(int code) => Categories.TryGetValue(code, out FailureCategory known) ? known : Unlisted;

    /// <summary>Classifies the code of a call for a token.</summary>
    /// <param name="code">An errcode other than 0.</param>
    /// <param name="withComponentToken">Whether the call carried the token of a third-party platform, and no secret.</param>
    /// <returns>Its category, and the error ID if it is final.</returns>
    internal static (FailureCategory Category, ErrorId? ErrorId) ClassifyTokenCall(int code, bool withComponentToken = false)
    {
        ErrorId? errorId = code switch
        {
            40001 or 40014 or 42001 when withComponentToken => ErrorId.ComponentTokenRejected,
            61005 or 61006 => ErrorId.ComponentTokenRejected,
            40002 or 40013 or 41002 or 61011 => ErrorId.AppIdRejected,
            40001 or 40125 or 41004 => ErrorId.AppSecretRejected,
            61023 => ErrorId.RefreshTokenRejected,
            _ => null,
        };
        if (errorId is not null) return (TokenUnavailable, errorId);
        FailureCategory known = Classify(code);
        // Final, too, whatever the code means: without a token nothing will succeed. These calls have no file ID and no access token to be refused.
        return known is Unlisted or RequestInvalid or TokenRefused ? (TokenUnavailable, ErrorId.TokenNotIssued) : (known, null);
    }

    private static Dictionary<int, FailureCategory> MakeTable(params (FailureCategory Category, int[] Codes)[] rows) =>
        rows.SelectMany(row => row.Codes, (row, code) => (code, row.Category)).ToDictionary(pair => pair.code, pair => pair.Category);
}

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
