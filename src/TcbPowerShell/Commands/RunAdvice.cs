using TcbPowerShell.Model;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Commands;

/// <summary>Why a run or a connection ended, and what to do about it.</summary>
internal static class RunAdvice
{
    // A run that ends after 15 minutes of seconds' waits has no use for the last of them.
    private static readonly TimeSpan WorthNaming = TimeSpan.FromMinutes(1);

    /// <summary>What happened and what to do, as sentences.</summary>
    /// <param name="errorId">The error.</param>
    /// <param name="reason">What happened.</param>
    /// <param name="facts">The same as a text.</param>
    /// <param name="authentication">How the connection is authenticated.</param>
    internal static UserText Of(ErrorId errorId, TcbException reason, UserText facts, TcbAuthentication authentication)
    {
        if (errorId != ErrorId.ServiceThrottled) return new UserText(Key(errorId, reason, authentication), facts);
        if (reason.RetryAfter >= WorthNaming && reason.RetryOn is { } time)
            return new UserText(nameof(Messages.ServiceThrottledUntil), facts, Show(time.ToLocalTime()));
        return new UserText(reason.IsTokenCall ? nameof(Messages.TokenThrottled) : nameof(Messages.ServiceThrottled), facts);
    }

    /// <summary>How to continue after an early end.</summary>
    /// <param name="inputIsRead">Whether the list was read to its end.</param>
    /// <param name="hasJournal">Whether a journal records what was done.</param>
    /// <param name="someInDoubt">Whether files may have been deleted unseen.</param>
    internal static UserText HowToContinue(bool inputIsRead, bool hasJournal, bool someInDoubt)
    {
        if (hasJournal) return new UserText(nameof(Messages.ContinueWithJournal));
        var again = new UserText(inputIsRead ? nameof(Messages.ContinueAfterReading) : nameof(Messages.ContinueBeforeReading));
        return someInDoubt ? new UserText(nameof(Messages.ContinueInDoubt), again) : again;
    }

    private static string Show(DateTimeOffset time) => FormattableString.Invariant($"{time:yyyy-MM-dd} {time:HH:mm:ss} {time:zzz}");

    private static string Key(ErrorId errorId, TcbException reason, TcbAuthentication authentication) => errorId switch
    {
        ErrorId.TokenRejected when authentication == TcbAuthentication.TokenProvider => nameof(Messages.ProvidedTokenRejected),
        ErrorId.TokenRejected when authentication is TcbAuthentication.AppCredential or TcbAuthentication.Authorizer => nameof(Messages.FreshTokenRejected),
        ErrorId.TokenRejected => nameof(Messages.AccessTokenRejected),
        ErrorId.TokenNotIssued when reason.ErrorCode is null => nameof(Messages.TokenReplyUnusable),
        ErrorId.TokenNotIssued => nameof(Messages.TokenNotIssued),
        ErrorId.ComponentTokenRejected => nameof(Messages.ComponentTokenRejected),
        ErrorId.TokenProviderFailed => nameof(Messages.TokenProviderFailed),
        ErrorId.AppIdRejected => nameof(Messages.AppIdRejected),
        ErrorId.AppSecretRejected => nameof(Messages.AppSecretRejected),
        ErrorId.RefreshTokenRejected => nameof(Messages.RefreshTokenRejected),
        ErrorId.TokenFileUnavailable => nameof(Messages.TokenFileUnavailable),
        ErrorId.QuotaExhausted => nameof(Messages.QuotaExhausted),
        ErrorId.EnvironmentRefused => nameof(Messages.EnvironmentRefused),
        ErrorId.CertificateNotTrusted => nameof(Messages.CertificateNotTrusted),
        ErrorId.ProxyRefused when reason.Category == FailureCategory.ProxyLogInRefused => nameof(Messages.ProxyLogInAdvice),
        ErrorId.ProxyRefused => nameof(Messages.ProxyRefusedAdvice),
        ErrorId.UnexpectedResponder => nameof(Messages.UnexpectedResponder),
        ErrorId.JournalUnavailable => nameof(Messages.JournalUnavailable),
        ErrorId.ServiceUnreachable when reason.HttpStatus is (System.Net.HttpStatusCode)413 => nameof(Messages.RequestTooLarge),
        ErrorId.ServiceUnreachable when reason.Category == FailureCategory.HttpRefused => nameof(Messages.HttpRefusedAdvice),
        ErrorId.ServiceUnreachable => nameof(Messages.ServiceUnreachable),
        _ when reason.Category == FailureCategory.ClientBug => nameof(Messages.ModuleBug),
        _ => nameof(Messages.RequestsRefused),
    };
}
