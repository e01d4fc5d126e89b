using System.Net;
using TcbPowerShell.Protocol;

namespace TcbPowerShell;

/// <summary>A call to the service, or one file in it, that failed, with the facts of the reply. It never holds a token or a secret.</summary>
public sealed class TcbException : Exception
{
    // No inner exceptions: what the runtime writes into theirs is not ours to vouch for.
    internal TcbException(string message, FailureClass failure)
        : base(message) => Class = failure;

    /// <summary>The same facts in the words of an error record.</summary>
    internal TcbException(string message, TcbException facts)
        : base(message)
    {
        Class = facts.Class;
        ErrorCode = facts.ErrorCode;
        ServiceMessage = facts.ServiceMessage;
        RequestId = facts.RequestId;
        HttpStatus = facts.HttpStatus;
        Kind = facts.Kind;
        RetryAfter = facts.RetryAfter;
    }

    /// <summary>The service's errcode, or the file's status; null where the service gave none.</summary>
    public int? ErrorCode { get; internal init; }

    /// <summary>The service's own text (errmsg); null where it gave none.</summary>
    public string? ServiceMessage { get; internal init; }

    /// <summary>The service's id for the request, which WeChat's support asks for; null where the reply had none.</summary>
    public string? RequestId { get; internal init; }

    /// <summary>The HTTP status, where it was not 200; null otherwise.</summary>
    public HttpStatusCode? HttpStatus { get; internal init; }

    /// <summary>What the failure asks of a client.</summary>
    internal FailureClass Class { get; }

    /// <summary>What the user is told, where the class alone does not say.</summary>
    internal FailureKind? Kind { get; init; }

    /// <summary>What the user is told where nothing more can succeed after this failure; null where something can.</summary>
    internal FailureKind? FinalKind => Class switch
    {
        FailureClass.TokenRefused => FailureKind.TokenRejected,
        FailureClass.TokenUnavailable => Kind ?? FailureKind.TokenRejected,
        FailureClass.QuotaSpent => FailureKind.QuotaExhausted,
        FailureClass.EnvironmentRefused => FailureKind.EnvironmentRefused,
        FailureClass.ClientBug => FailureKind.RequestRefused,
        FailureClass.JournalFailed => FailureKind.JournalUnavailable,
        _ => null,
    };

    /// <summary>How long the service asked to wait.</summary>
    internal TimeSpan? RetryAfter { get; init; }

    /// <summary>
    /// Whether the call may have done its work all the same. A refusal to take the call (throttled, token refused) or a connection that
    /// was never made leaves no doubt; a lost reply or a server that stumbled does.
    /// </summary>
    internal bool OutcomeUnknown { get; init; }

    /// <summary>An error code of the service.</summary>
    internal static TcbException FromCode(int code, string? message)
    {
        FailureClass failure = ServiceCode.Classify(code);
        return new TcbException(Tell("errcode", code, message), failure)
        {
            ErrorCode = code,
            ServiceMessage = message,
            RequestId = Protocol.RequestId.Find(message),
            OutcomeUnknown = failure is FailureClass.Transient or FailureClass.TransientOnce,
        };
    }

    /// <summary>An error code of the service in answer to a call for a token.</summary>
    internal static TcbException FromTokenCode(int code, string? message)
    {
        (FailureClass failure, FailureKind? kind) = ServiceCode.ClassifyTokenCall(code);
        return new TcbException("no token: " + Tell("errcode", code, message), failure)
        {
            ErrorCode = code,
            ServiceMessage = message,
            RequestId = Protocol.RequestId.Find(message),
            Kind = kind,
        };
    }

    /// <summary>A code and its text, the same in every culture: some write a minus of their own.</summary>
    internal static string Tell(string name, int code, string? message) =>
        FormattableString.Invariant($"{name} {code}: {(string.IsNullOrWhiteSpace(message) ? "(no text)" : message)}");

    /// <summary>There is no token, for a reason that the service has no part in.</summary>
    internal static TcbException NoToken(FailureKind kind, string message) => new(message, FailureClass.TokenUnavailable) { Kind = kind };

    /// <summary>A reply that is not one of the service's.</summary>
    internal static TcbException Unreadable(string reason) =>
        new($"the reply could not be read: {reason}", FailureClass.Unreadable) { OutcomeUnknown = true };
}
