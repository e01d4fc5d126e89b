using TcbPowerShell.Model;
using static TcbPowerShell.Protocol.FailureCategory;

namespace TcbPowerShell.Protocol;

/// <summary>The meaning of a failed call for a run: the one table of failures.</summary>
/// <param name="Retry">Whether, and at whose cost, the call is repeated.</param>
/// <param name="Leaves">Whether the call may have done its work all the same, once its body was on the way (rule 8).</param>
/// <param name="IsAnswer">Whether it shows that the service is there. Otherwise it counts towards an outage (rule 10).</param>
/// <param name="Ends">When it ends the run.</param>
/// <param name="EndsAs">The error that then ends the run.</param>
internal sealed record FailureRule(Retry Retry, Doubt Leaves, bool IsAnswer, Ending Ends, ErrorId EndsAs)
{
    private static readonly Dictionary<FailureCategory, FailureRule> Table = new()
    {
        [Unlisted] = new(Retry.Never, Doubt.No, IsAnswer: true, Ending.FromTheStart, ErrorId.RequestRefused),
        [Transient] = new(Retry.Backoff, Doubt.Yes, IsAnswer: true, Ending.WhenItLasts, ErrorId.ServiceUnreachable),
        [TransientOnce] = new(Retry.Once, Doubt.Yes, IsAnswer: true, Ending.WhenItLasts, ErrorId.ServiceUnreachable),
        [Throttled] = new(Retry.Throttled, Doubt.No, IsAnswer: true, Ending.WhenItLasts, ErrorId.ServiceThrottled),
        [Unavailable] = new(Retry.Unavailable, Doubt.No, IsAnswer: false, Ending.WhenItLasts, ErrorId.ServiceUnreachable),
        [ServerError] = new(Retry.Backoff, Doubt.Yes, IsAnswer: false, Ending.WhenItLasts, ErrorId.ServiceUnreachable),
        [HttpRefused] = new(Retry.Never, Doubt.No, IsAnswer: false, Ending.FromTheStart, ErrorId.ServiceUnreachable),
        [ConnectionFailed] = new(Retry.Backoff, Doubt.Yes, IsAnswer: false, Ending.WhenItLasts, ErrorId.ServiceUnreachable),
        [HostNotFound] = new(Retry.Backoff, Doubt.No, IsAnswer: false, Ending.WhileNothingIsAccepted, ErrorId.ServiceUnreachable),
        [CertificateNotTrusted] = new(Retry.Backoff, Doubt.No, IsAnswer: false, Ending.WhileNothingIsAccepted, ErrorId.CertificateNotTrusted),
        [ProxyRefused] = new(Retry.Backoff, Doubt.No, IsAnswer: false, Ending.WhileNothingIsAccepted, ErrorId.ProxyRefused),
        [ProxyLogInRefused] = new(Retry.Never, Doubt.No, IsAnswer: false, Ending.AtOnce, ErrorId.ProxyRefused),
        [TimedOut] = new(Retry.Backoff, Doubt.Yes, IsAnswer: false, Ending.WhenItLasts, ErrorId.ServiceUnreachable),
        [Unreadable] = new(Retry.Backoff, Doubt.Yes, IsAnswer: false, Ending.WhenItLasts, ErrorId.ServiceUnreachable),
        [WebPage] = new(Retry.Backoff, Doubt.Yes, IsAnswer: false, Ending.WhileNothingIsAccepted, ErrorId.UnexpectedResponder),
        [NoAnswer] = new(Retry.Backoff, Doubt.Yes, IsAnswer: true, Ending.WhenItLasts, ErrorId.ServiceUnreachable),
        [Incomplete] = new(Retry.Backoff, Doubt.Yes, IsAnswer: true, Ending.WhenItLasts, ErrorId.ServiceUnreachable),
        [TokenRefused] = new(Retry.Never, Doubt.No, IsAnswer: true, Ending.AtOnce, ErrorId.TokenRejected),
        [TokenUnavailable] = new(Retry.Never, Doubt.No, IsAnswer: true, Ending.AtOnce, ErrorId.TokenNotIssued),
        [QuotaSpent] = new(Retry.Never, Doubt.No, IsAnswer: true, Ending.AtOnce, ErrorId.QuotaExhausted),
        [EnvironmentRefused] = new(Retry.Never, Doubt.No, IsAnswer: true, Ending.AtOnce, ErrorId.EnvironmentRefused),
        [ListingRefused] = new(Retry.Never, Doubt.No, IsAnswer: true, Ending.AtOnce, ErrorId.ListingRefused),
        [LinkRefused] = new(Retry.Never, Doubt.No, IsAnswer: true, Ending.WhenItLasts, ErrorId.CloudFileNotSaved),
        [DownloadBroken] = new(Retry.Backoff, Doubt.No, IsAnswer: true, Ending.WhenItLasts, ErrorId.CloudFileNotSaved),
        [ClientBug] = new(Retry.Never, Doubt.No, IsAnswer: true, Ending.AtOnce, ErrorId.RequestRefused),
        [RequestInvalid] = new(Retry.Never, Doubt.No, IsAnswer: true, Ending.FromTheStart, ErrorId.RequestRefused),
    };

    /// <summary>The row of a category.</summary>
    internal static FailureRule Of(FailureCategory category) => Table[category];
}

/// <summary>Whether, and at whose cost, a failed call is repeated.</summary>
internal enum Retry
{
    /// <summary>Not at all.</summary>
    Never,

    /// <summary>Once.</summary>
    Once,

    /// <summary>As often as the user allows, with exponential backoff.</summary>
    Backoff,

    /// <summary>Until it gets through, without using up a retry: throttling is not failure (rule 7).</summary>
    Throttled,

    /// <summary>As <see cref="Throttled"/> while the service asks for it or still serves others; otherwise as <see cref="Backoff"/>.</summary>
    Unavailable,
}

/// <summary>Whether a failed call may have done its work.</summary>
internal enum Doubt
{
    /// <summary>It has done nothing.</summary>
    No,

    /// <summary>It may have, if its body was on the way.</summary>
    Yes,
}

/// <summary>When a failure ends the run.</summary>
internal enum Ending
{
    /// <summary>Only if it lasts: after five minutes of an outage, or 15 of throttling.</summary>
    WhenItLasts,

    /// <summary>When whole batches meet it from the start and nothing has been accepted.</summary>
    FromTheStart,

    /// <summary>At once while nothing has been accepted in this run; later like <see cref="WhenItLasts"/>.</summary>
    WhileNothingIsAccepted,

    /// <summary>At once.</summary>
    AtOnce,
}

/// <summary>The category of a failed call. <see cref="FailureRule"/> has what it means for a run.</summary>
internal enum FailureCategory
{
    /// <summary>An errcode that <see cref="ServiceCode"/> does not list.</summary>
    Unlisted,

    /// <summary>The service is busy or stumbled.</summary>
    Transient,

    /// <summary>As <see cref="Transient"/>, but the second time is final.</summary>
    TransientOnce,

    /// <summary>Too many requests: HTTP 429, -501004, 45011. Nothing was done.</summary>
    Throttled,

    /// <summary>HTTP 503: the service, or a rate limiter in front of it, takes no requests at the moment.</summary>
    Unavailable,

    /// <summary>HTTP 408, or 5xx other than 503 and 511.</summary>
    ServerError,

    /// <summary>Any other HTTP status than 200: a redirect, 403, 412, 413 …</summary>
    HttpRefused,

    /// <summary>The connection was not made, or was lost.</summary>
    ConnectionFailed,

    /// <summary>No host has this name.</summary>
    HostNotFound,

    /// <summary>The TLS certificate is untrusted, expired or for another host.</summary>
    CertificateNotTrusted,

    /// <summary>The proxy answers CONNECT with a 4xx other than 407, 408 and 429.</summary>
    ProxyRefused,

    /// <summary>The proxy answers 407: it wants a log-in, or another one. Repeated attempts can lock an account.</summary>
    ProxyLogInRefused,

    /// <summary>No reply within the timeout.</summary>
    TimedOut,

    /// <summary>The reply is not one of the service's: half a reply, not JSON, too long.</summary>
    Unreadable,

    /// <summary>The reply is a web page: something else answers in the service's place.</summary>
    WebPage,

    /// <summary>A reply that mentions none of the files.</summary>
    NoAnswer,

    /// <summary>A reply that leaves some of the files open: without an entry, or with "try again".</summary>
    Incomplete,

    /// <summary>The token is not valid, or no longer.</summary>
    TokenRefused,

    /// <summary>There is no token: a credential is wrong, or the user's own source of tokens returned none.</summary>
    TokenUnavailable,

    /// <summary>A quota is used up: nothing more will succeed today.</summary>
    QuotaSpent,

    /// <summary>The service refuses the caller, the app or the environment.</summary>
    EnvironmentRefused,

    /// <summary>The storage refuses to list the files, or the listing leads nowhere.</summary>
    ListingRefused,

    /// <summary>The storage refuses a download link with HTTP 401 or 403: it has expired, or the bucket refuses the caller.</summary>
    LinkRefused,

    /// <summary>A download that broke off, stood still or arrived damaged after the storage had begun to reply.</summary>
    DownloadBroken,

    /// <summary>The request is wrong in a way that only this module can have caused.</summary>
    ClientBug,

    /// <summary>The request is invalid, perhaps because of one ID in it.</summary>
    RequestInvalid,
}
