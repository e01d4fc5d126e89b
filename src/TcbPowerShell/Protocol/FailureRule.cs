using TcbPowerShell.Model;
using static TcbPowerShell.Protocol.FailureCategory;

namespace TcbPowerShell.Protocol;

/// <summary>The meaning of a failed call for a run: the one table of failures.</summary>
/// <param name="Retry">Whether, and at whose cost, the call is repeated.</param>
/// <param name="Leaves">Whether the call may have done its work all the same, once its body was on the way (rule 8).</param>
/// <param name="IsAnswer">Whether it shows that the service is alive; what does not counts towards a dead service (rule 10).</param>
/// <param name="Ends">When it ends the run.</param>
/// <param name="EndsAs">The error that then ends the run.</param>
internal sealed record FailureRule(Retry Retry, Doubt Leaves, bool IsAnswer, Ending Ends, ErrorId EndsAs)
{
    private static readonly Dictionary<FailureCategory, FailureRule> Table = new()
    {
        [Unlisted] = new(Retry.Never, Doubt.No, IsAnswer: true, Ending.FromTheStart, ErrorId.RequestRefused),
        [Transient] = new(Retry.Backoff, Doubt.Yes, IsAnswer: true, Ending.WhenDead, ErrorId.ServiceUnreachable),
        [TransientOnce] = new(Retry.Once, Doubt.Yes, IsAnswer: true, Ending.WhenDead, ErrorId.ServiceUnreachable),
        [Throttled] = new(Retry.Throttled, Doubt.No, IsAnswer: true, Ending.WhenDead, ErrorId.ServiceThrottled),
        [Unavailable] = new(Retry.Unavailable, Doubt.No, IsAnswer: false, Ending.WhenDead, ErrorId.ServiceUnreachable),
        [ServerError] = new(Retry.Backoff, Doubt.Yes, IsAnswer: false, Ending.WhenDead, ErrorId.ServiceUnreachable),
        [HttpRefused] = new(Retry.Never, Doubt.No, IsAnswer: false, Ending.FromTheStart, ErrorId.ServiceUnreachable),
        [ConnectionFailed] = new(Retry.Backoff, Doubt.Yes, IsAnswer: false, Ending.WhenDead, ErrorId.ServiceUnreachable),
        [HostNotFound] = new(Retry.Backoff, Doubt.No, IsAnswer: false, Ending.WhileNothingIsAccepted, ErrorId.ServiceUnreachable),
        [CertificateNotTrusted] = new(Retry.Backoff, Doubt.No, IsAnswer: false, Ending.WhileNothingIsAccepted, ErrorId.CertificateNotTrusted),
        [ProxyRefused] = new(Retry.Backoff, Doubt.No, IsAnswer: false, Ending.WhileNothingIsAccepted, ErrorId.ProxyRefused),
        [ProxyLogInRefused] = new(Retry.Never, Doubt.No, IsAnswer: false, Ending.AtOnce, ErrorId.ProxyRefused),
        [TimedOut] = new(Retry.Backoff, Doubt.Yes, IsAnswer: false, Ending.WhenDead, ErrorId.ServiceUnreachable),
        [Unreadable] = new(Retry.Backoff, Doubt.Yes, IsAnswer: false, Ending.WhenDead, ErrorId.ServiceUnreachable),
        [WebPage] = new(Retry.Backoff, Doubt.Yes, IsAnswer: false, Ending.WhileNothingIsAccepted, ErrorId.UnexpectedResponder),
        [NoAnswer] = new(Retry.Backoff, Doubt.Yes, IsAnswer: true, Ending.WhenDead, ErrorId.ServiceUnreachable),
        [Incomplete] = new(Retry.Backoff, Doubt.Yes, IsAnswer: true, Ending.WhenDead, ErrorId.ServiceUnreachable),
        [TokenRefused] = new(Retry.Never, Doubt.No, IsAnswer: true, Ending.AtOnce, ErrorId.TokenRejected),
        [TokenUnavailable] = new(Retry.Never, Doubt.No, IsAnswer: true, Ending.AtOnce, ErrorId.TokenNotIssued),
        [QuotaSpent] = new(Retry.Never, Doubt.No, IsAnswer: true, Ending.AtOnce, ErrorId.QuotaExhausted),
        [EnvironmentRefused] = new(Retry.Never, Doubt.No, IsAnswer: true, Ending.AtOnce, ErrorId.EnvironmentRefused),
        [ListingRefused] = new(Retry.Never, Doubt.No, IsAnswer: true, Ending.AtOnce, ErrorId.ListingRefused),
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
    /// <summary>Only together with others, when the service counts as dead, or as throttling for ever.</summary>
    WhenDead,

    /// <summary>When whole batches meet it from the start and nothing has been accepted.</summary>
    FromTheStart,

    /// <summary>At once while nothing has been accepted in this run; later like <see cref="WhenDead"/>.</summary>
    WhileNothingIsAccepted,

    /// <summary>At once.</summary>
    AtOnce,
}
