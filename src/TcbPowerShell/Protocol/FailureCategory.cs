
namespace TcbPowerShell.Protocol;

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

    /// <summary>No token is to be had: a credential is wrong, or the user's own source of tokens returned none.</summary>
    TokenUnavailable,

    /// <summary>A quota is used up: nothing more will succeed today.</summary>
    QuotaSpent,

    /// <summary>The service refuses the caller, the app or the environment.</summary>
    EnvironmentRefused,

    /// <summary>The storage refuses to list the files, or the listing leads nowhere.</summary>
    ListingRefused,

    /// <summary>The request is wrong in a way that only this module can have caused.</summary>
    ClientBug,

    /// <summary>The request is invalid, perhaps because of one ID in it.</summary>
    RequestInvalid,
}
