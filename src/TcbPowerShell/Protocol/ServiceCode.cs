using TcbPowerShell.Model;
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
