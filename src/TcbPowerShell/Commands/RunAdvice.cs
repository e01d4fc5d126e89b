using System.Net;
using System.Text.RegularExpressions;
using TcbPowerShell.Model;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Commands;

/// <summary>Why a run or a connection ended, and what to do about it.</summary>
internal static class RunAdvice
{
    // Name the time only if the wait is at least a minute.
    private static readonly TimeSpan WorthNaming = TimeSpan.FromMinutes(1);

    // "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist": the caller's address as the service sees it.
    private static readonly Regex Address = new(@"\bip\s([0-9a-fA-F.:]{3,45})", RegexOptions.CultureInvariant);

    /// <summary>Describes the failure and what to do, as sentences.</summary>
    /// <param name="errorId">The error.</param>
    /// <param name="reason">The failure.</param>
    /// <param name="facts">The same as a text.</param>
    /// <param name="environment">The connection.</param>
    internal static UserText Of(ErrorId errorId, TcbException reason, UserText facts, TcbEnvironment environment)
    {
        if (errorId is ErrorId.EnvironmentRefused or ErrorId.QuotaExhausted && OfCode(reason, facts, environment.Authentication) is { } special) return special;
        if (errorId != ErrorId.ServiceThrottled) return new UserText(Key(errorId, reason, environment), facts);
        if (reason.RetryAfter >= WorthNaming && reason.RetryOn is { } time)
            return new UserText(nameof(Messages.ServiceThrottledUntil), facts, Show(time.ToLocalTime()));
        return new UserText(reason.IsTokenCall ? nameof(Messages.TokenThrottled) : nameof(Messages.ServiceThrottled), facts);
    }

    /// <summary>How to continue after an early end.</summary>
    /// <param name="errorId">The error that ended it.</param>
    /// <param name="hasJournal">Whether a journal records what was done.</param>
    /// <param name="someInDoubt">Whether files may have been deleted unseen.</param>
    /// <param name="someAreGone">Whether this run has deleted files of the list.</param>
    internal static UserText HowToContinue(ErrorId errorId, bool hasJournal, bool someInDoubt, bool someAreGone) => new UserText(
        errorId == ErrorId.JournalUnavailable ? nameof(Messages.ContinueWhenJournalIsBack)
        : hasJournal ? nameof(Messages.ContinueWithJournal)
        : someInDoubt ? nameof(Messages.ContinueInDoubt)
        : someAreGone ? nameof(Messages.ContinueIgnoringMissing)
        : nameof(Messages.ContinueWithList));

    // https://developers.weixin.qq.com/doc/oplatform/developers/errCode/errCode.html,
    // https://developers.weixin.qq.com/miniprogram/dev/wxcloud/reference/errcode.html. Null for a code with nothing of its own to say.
    private static UserText? OfCode(TcbException reason, UserText facts, TcbAuthentication authentication) => reason.ErrorCode switch
    {
        40164 => new UserText(nameof(Messages.AddressNotOnList), facts,
            Address.Match(reason.ServiceMessage ?? string.Empty) is { Success: true } match ? match.Groups[1].Value : new UserText(nameof(Messages.ThisAddress))),
        45035 or 61004 => new UserText(nameof(Messages.AddressNotRegistered), facts),
        89501 or 89503 or 89504 or 89505 => new UserText(nameof(Messages.AddressUnconfirmed), facts),
        89506 or 89507 => new UserText(nameof(Messages.AddressBlocked), facts),
        40243 => new UserText(nameof(Messages.AppSecretFrozen), facts),
        41001 => new UserText(nameof(Messages.TokenMissing), facts),
        48001 or 85107 when authentication is TcbAuthentication.OpenInterfaceService or TcbAuthentication.CloudBaseToken =>
            new UserText(nameof(Messages.PathNotOnList), facts),
        48001 or 61003 or 61007 when authentication is TcbAuthentication.Authorizer or TcbAuthentication.Component =>
            new UserText(nameof(Messages.PermissionSetMissing), facts),
        48001 => new UserText(nameof(Messages.PermissionMissing), facts),
        85107 => new UserText(nameof(Messages.PathNotOnList), facts),
        61014 or 61024 => new UserText(nameof(Messages.OtherTokenNeeded), facts),
        48004 or 50002 or 50004 or 50007 => new UserText(nameof(Messages.AccountRestricted), facts),
        85088 => new UserText(nameof(Messages.CloudNotEnabled), facts),
        -501000 or -501005 => new UserText(nameof(Messages.EnvironmentInvalid), facts),
        -501019 => new UserText(nameof(Messages.EnvironmentNotAllowed), facts),
        -501021 => new UserText(nameof(Messages.CallNotSupported), facts),
        45009 when reason.Text.Key == nameof(Messages.TemporaryKeysSpent) => new UserText(nameof(Messages.ListingKeyQuota), facts),
        45009 => new UserText(nameof(Messages.DailyQuotaSpent), facts),
        -501003 or -501015 or -501016 or -501017 => new UserText(nameof(Messages.EnvironmentQuotaSpent), facts),
        _ => null,
    };

    /// <summary>Whether a network that wants a log-in may have answered: with 511, or with a redirect to its page.</summary>
    internal static bool MayBeLogIn(TcbException reason) => reason.HttpStatus is (HttpStatusCode)511 or >= (HttpStatusCode)300 and < (HttpStatusCode)400;

    private static string Show(DateTimeOffset time) => FormattableString.Invariant($"{time:yyyy-MM-dd} {time:HH:mm:ss} {time:zzz}");

    private static string Key(ErrorId errorId, TcbException reason, TcbEnvironment environment) => errorId switch
    {
        ErrorId.TokenRejected => environment.Authentication switch
        {
            TcbAuthentication.AppCredential => nameof(Messages.FreshTokenRejected),
            TcbAuthentication.Authorizer => nameof(Messages.AuthorizerTokenRejected),
            TcbAuthentication.TokenProvider => nameof(Messages.ProvidedTokenRejected),
            TcbAuthentication.CloudBaseToken when environment.HasFixedToken => nameof(Messages.CloudBaseTokenRejected),
            TcbAuthentication.CloudBaseToken => nameof(Messages.TokenInFileRejected),
            TcbAuthentication.OpenInterfaceService => nameof(Messages.OpenInterfaceServiceRefused),
            _ => nameof(Messages.AccessTokenRejected),
        },
        ErrorId.ComponentTokenRejected when environment.HasFixedToken => nameof(Messages.ComponentTokenRejected),
        ErrorId.ComponentTokenRejected => nameof(Messages.ProvidedComponentTokenRejected),
        ErrorId.TokenNotIssued when reason.ErrorCode is null => nameof(Messages.TokenReplyUnusable),
        ErrorId.TokenNotIssued => nameof(Messages.TokenNotIssued),
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
        ErrorId.ListingRefused => nameof(Messages.ListingRefused),
        ErrorId.ListingMismatch => nameof(Messages.ListingMismatch),
        ErrorId.InvalidPrefix => nameof(Messages.PrefixRefused),
        ErrorId.ServiceUnreachable when reason.HttpStatus is (HttpStatusCode)413 => nameof(Messages.RequestTooLarge),
        ErrorId.ServiceUnreachable when MayBeLogIn(reason) => nameof(Messages.UnexpectedResponder),
        ErrorId.ServiceUnreachable when reason.Category == FailureCategory.HttpRefused => nameof(Messages.HttpRefusedAdvice),
        ErrorId.ServiceUnreachable when reason.Category is FailureCategory.NoAnswer or FailureCategory.Unreadable => nameof(Messages.RepliesUnusable),
        ErrorId.ServiceUnreachable when reason.Category is FailureCategory.Transient or FailureCategory.TransientOnce => nameof(Messages.ServiceReportsError),
        ErrorId.ServiceUnreachable => nameof(Messages.ServiceUnreachable),
        _ when reason.Category == FailureCategory.ClientBug => nameof(Messages.ModuleBug),
        _ => nameof(Messages.RequestsRefused),
    };
}
