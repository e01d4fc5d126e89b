using static TcbPowerShell.Protocol.FailureClass;

namespace TcbPowerShell.Protocol;

/// <summary>The service's error codes (<c>errcode</c>): what each asks of a client.</summary>
/// <remarks>
/// From the page of deleteTcbCloudFile, WeChat's page of global return codes, and the sources of the service's own client libraries.
/// </remarks>
internal static class ServiceCode
{
    private static readonly Dictionary<int, FailureClass> Classes = MakeTable(
        (Transient, [-1, -1000, -501001, -501002, -503001, -601001, -601003, -601008, -604102, -604103, 85113]),
        (TransientOnce, [-501018]),
        (Throttled, [-501004, PerMinuteLimit]),
        (TokenRefused, [40001, 40014, 42001]),
        (QuotaSpent, [45009, -501003, -501015, -501016]),
        (EnvironmentRefused,
        [
            41001, 40164, 45035, 61004, 40243, 48001, 48004, 50002, 50004, 61003, 61007, 61014, 61024, 85088, -501000, -501005,
            89501, 89503, 89504, 89505, 89506, 89507,
        ]),
        (ClientBug, [40066, 43002, 43003, 44002]),
        (RequestWrong, [40033, 40097, 40101, 47001, -501007, -501009, -501019, -501020, -501021]));

    /// <summary>"Too many calls in this minute": the wait is about a minute.</summary>
    internal const int PerMinuteLimit = 45011;

    /// <summary>Every code that the table knows.</summary>
    internal static IEnumerable<int> Known => Classes.Keys;

    /// <summary>What a code asks of a client.</summary>
    /// <param name="code">An errcode other than 0.</param>
    /// <returns>Its class; <see cref="Unlisted"/> for a code that is not in the table.</returns>
    internal static FailureClass Classify(int code) => Classes.TryGetValue(code, out FailureClass known) ? known : Unlisted;

    /// <summary>What a code asks of a client when it answers a call for a token, and what the user is told where that is final.</summary>
    /// <param name="code">An errcode other than 0.</param>
    /// <returns>Its class, and the kind of a final error.</returns>
    internal static (FailureClass Class, FailureKind? Kind) ClassifyTokenCall(int code)
    {
        FailureKind? kind = code switch
        {
            40002 or 40013 or 41002 or 61011 => FailureKind.AppIdRejected,
            40001 or 40125 or 41004 => FailureKind.AppSecretRejected,
            61023 => FailureKind.RefreshTokenRejected,
            40014 or 42001 or 61005 or 61006 => FailureKind.TokenRejected,
            _ => null,
        };
        if (kind is not null) return (TokenUnavailable, kind);
        FailureClass known = Classify(code);
        // A code that nobody knows: without a token nothing will succeed, so it is final too.
        return known is Unlisted or RequestWrong ? (TokenUnavailable, FailureKind.TokenRejected) : (known, null);
    }

    private static Dictionary<int, FailureClass> MakeTable(params (FailureClass Class, int[] Codes)[] rows) =>
        rows.SelectMany(row => row.Codes, (row, code) => (code, row.Class)).ToDictionary(pair => pair.code, pair => pair.Class);
}
