namespace TcbPowerShell.Protocol;

/// <summary>What a failed call asks of a client.</summary>
internal enum FailureClass
{
    /// <summary>An error code that is not in the table: not retried, shown as it came.</summary>
    Unlisted,

    /// <summary>The service is busy or stumbled: try again after a while.</summary>
    Transient,

    /// <summary>As <see cref="Transient"/>, but a second time is final.</summary>
    TransientOnce,

    /// <summary>Too many calls: try again, and more slowly, all workers alike.</summary>
    Throttled,

    /// <summary>The connection was not made or was lost.</summary>
    ConnectionFailed,

    /// <summary>No reply within the timeout.</summary>
    TimedOut,

    /// <summary>HTTP 408 or 5xx: something on the way, or the service itself, is down.</summary>
    HttpUnavailable,

    /// <summary>Any other HTTP status but 200 (a redirect, a proxy's 403): trying again changes nothing.</summary>
    HttpRefused,

    /// <summary>The reply is not one of the service's: half a reply, HTML, too large.</summary>
    Unreadable,

    /// <summary>A reply that mentions none of the files: as good as none.</summary>
    NoAnswer,

    /// <summary>A reply that leaves some of the files open: without an entry, or with "try again".</summary>
    Incomplete,

    /// <summary>The token is not, or no longer, valid.</summary>
    TokenRefused,

    /// <summary>There is no token to be had: the credential is wrong, or the user's own source of tokens did not give one.</summary>
    TokenUnavailable,

    /// <summary>A quota is used up: nothing more will succeed today.</summary>
    QuotaSpent,

    /// <summary>The service refuses the caller, the app or the environment.</summary>
    EnvironmentRefused,

    /// <summary>The request is wrong in a way that only this module can have caused.</summary>
    ClientBug,

    /// <summary>The journal cannot be written.</summary>
    JournalFailed,

    /// <summary>The request is wrong, perhaps for one ID in it.</summary>
    RequestWrong,
}
