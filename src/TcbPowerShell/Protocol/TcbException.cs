using System.Net;
using TcbPowerShell.Model;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;

namespace TcbPowerShell;

/// <summary>A call to the service, or one file in it, that failed, with the facts of the reply. It never holds a token or a secret.</summary>
public sealed class TcbException : Exception
{
    private readonly ErrorId? _errorId;

    // No inner exceptions: the messages of the runtime may contain secrets.
    internal TcbException(UserText text, FailureCategory? category = null)
        : base(text.ToString())
    {
        Text = text;
        Category = category;
    }

    /// <summary>The same facts in the words of an error record.</summary>
    internal TcbException(UserText text, string message, TcbException? facts)
        : base(message)
    {
        Text = text;
        // For programs that read logs of sessions in several languages.
        Data["EnglishMessage"] = text.ToString();
        if (facts is null) return;
        Category = facts.Category;
        ErrorCode = facts.ErrorCode;
        ServiceMessage = facts.ServiceMessage;
        RequestId = facts.RequestId;
        HttpStatus = facts.HttpStatus;
    }

    /// <summary>The service's errcode, or the file's status; null if there was none.</summary>
    public int? ErrorCode { get; internal init; }

    /// <summary>The service's own text (errmsg); null if there was none.</summary>
    public string? ServiceMessage { get; internal init => field = ShownText.MakeSafeOrNull(value); }

    /// <summary>The service's ID of the request (rid), to include when you ask for help; null if the reply had none.</summary>
    public string? RequestId { get; internal init; }

    /// <summary>The HTTP status if it was not 200; otherwise null.</summary>
    public HttpStatusCode? HttpStatus { get; internal init; }

    /// <summary>The message, to be shown in the language of the session.</summary>
    internal UserText Text { get; }

    /// <summary>The category of a failed call; null if no call was involved.</summary>
    internal FailureCategory? Category { get; }

    /// <summary>The meaning of the failure for a run.</summary>
    internal FailureRule Rule => FailureRule.Of(Category ?? FailureCategory.Unlisted);

    /// <summary>The error that the user gets if this failure ends the run or the connection.</summary>
    internal ErrorId ErrorId
    {
        get => _errorId ?? Rule.EndsAs;
        init => _errorId = value;
    }

    /// <summary>How long the service asked to wait.</summary>
    internal TimeSpan? RetryAfter { get; init; }

    /// <summary>Until when that is.</summary>
    internal DateTimeOffset? RetryOn { get; init; }

    /// <summary>Whether the body of the request had begun to leave. A connection that was never made has deleted nothing.</summary>
    internal bool WasSent { get; init; } = true;

    /// <summary>Whether the call may have done its work all the same (rule 8).</summary>
    internal bool OutcomeUnknown => WasSent && Rule.Leaves == Doubt.Yes;

    /// <summary>The files that a reply with an errcode calls done all the same: their outcome is unknown.</summary>
    internal IReadOnlyCollection<string> FilesInDoubt { get; init; } = [];

    /// <summary>Whether a call for a token failed, for which throttling counts as a failure (rule 7).</summary>
    internal bool IsTokenCall { get; private init; }

    /// <summary>The same failure, as that of a call for a token. Such a call names no files, so it leaves none in doubt.</summary>
    internal TcbException ForToken() => Copy(Text, ErrorId, wasSent: false, isTokenCall: true);

    /// <summary>The same failure under another error ID.</summary>
    internal TcbException EndingAs(ErrorId errorId) => errorId == ErrorId ? this : Copy(Text, errorId, WasSent, IsTokenCall);

    /// <summary>The same failure in other words.</summary>
    internal TcbException ToldAs(UserText text) => Copy(text, ErrorId, WasSent, IsTokenCall);

    private TcbException Copy(UserText text, ErrorId errorId, bool wasSent, bool isTokenCall) => new(text, Category)
    {
        ErrorCode = ErrorCode,
        ServiceMessage = ServiceMessage,
        RequestId = RequestId,
        HttpStatus = HttpStatus,
        RetryAfter = RetryAfter,
        RetryOn = RetryOn,
        ErrorId = errorId,
        WasSent = wasSent,
        FilesInDoubt = FilesInDoubt,
        IsTokenCall = isTokenCall,
    };

    /// <summary>An error code of the service.</summary>
    /// <param name="code">The code.</param>
    /// <param name="message">Its text.</param>
    /// <param name="filesInDoubt">The files that the same reply calls done.</param>
    internal static TcbException FromCode(int code, string? message, params string[] filesInDoubt) => new(Tell(nameof(Messages.Errcode), code, message), ServiceCode.Classify(code))
    {
        ErrorCode = code,
        ServiceMessage = message,
        RequestId = Protocol.RequestId.Find(message),
        FilesInDoubt = filesInDoubt,
    };

    /// <summary>An error code of the service in answer to a call for a token.</summary>
    /// <param name="code">The code.</param>
    /// <param name="message">Its text.</param>
    /// <param name="withComponentToken">Whether the call carried the token of a third-party platform.</param>
    internal static TcbException FromTokenCode(int code, string? message, bool withComponentToken = false)
    {
        (FailureCategory category, ErrorId? errorId) = ServiceCode.ClassifyTokenCall(code, withComponentToken);
        return new TcbException(Tell(nameof(Messages.Errcode), code, message), category)
        {
            ErrorCode = code,
            ServiceMessage = message,
            RequestId = Protocol.RequestId.Find(message),
            ErrorId = errorId ?? FailureRule.Of(category).EndsAs,
        };
    }

    /// <summary>A code of the service with its text.</summary>
    internal static UserText Tell(string key, int code, string? message) =>
        new(key, code, string.IsNullOrWhiteSpace(message) ? new UserText(nameof(Messages.NoText)) : message!);

    /// <summary>There is no token, for a reason that does not come from the service.</summary>
    internal static TcbException NoToken(ErrorId errorId, UserText text) => new(text, FailureCategory.TokenUnavailable) { ErrorId = errorId };

    /// <summary>A reply to a call for a token that has none. The service was reached, so it is not called unreachable.</summary>
    internal static TcbException NoTokenIn(UserText problem) =>
        new(problem, FailureCategory.Unreadable) { ErrorId = ErrorId.TokenNotIssued };

    /// <summary>A reply that is not one of the service's.</summary>
    internal static TcbException Unreadable(string reasonKey) =>
        new(new UserText(nameof(Messages.ReplyUnreadable), new UserText(reasonKey)), FailureCategory.Unreadable);
}
