using System.Management.Automation;
using System.Net;
using System.Text.RegularExpressions;
using TcbPowerShell.Client.Runs;
using TcbPowerShell.Model;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;
using static System.Management.Automation.ErrorCategory;

namespace TcbPowerShell.Commands;

/// <summary>The words of an error: its reason and what to do, with PowerShell's category beside them.</summary>
internal static class Advice
{
    // Name the time only if the wait is at least a minute.
    private static readonly TimeSpan WorthNaming = TimeSpan.FromMinutes(1);

    // "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist": the caller's address as the service sees it.
    private static readonly Regex Address = new(@"\bip\s([0-9a-fA-F.:]{3,45})", RegexOptions.CultureInvariant);

    /// <summary>Why a run or a connection ended, and what to do about it, as sentences.</summary>
    /// <param name="errorId">The error.</param>
    /// <param name="reason">The failure.</param>
    /// <param name="facts">The same as a text.</param>
    /// <param name="environment">The connection.</param>
    internal static UserText Of(ErrorId errorId, TcbException reason, UserText facts, TcbEnvironment environment)
    {
        if (errorId is ErrorId.EnvironmentRefused or ErrorId.QuotaExhausted && OfCode(reason, facts, environment) is { } special) return special;
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
    /// <param name="otherwise">The text for a run that has deleted nothing.</param>
    internal static UserText HowToContinue(ErrorId errorId, bool hasJournal, bool someInDoubt, bool someAreGone, string otherwise) => new UserText(
        errorId == ErrorId.JournalUnavailable ? nameof(Messages.ContinueWhenJournalIsBack)
        : hasJournal ? nameof(Messages.ContinueWithJournal)
        : someInDoubt ? nameof(Messages.ContinueInDoubt)
        : someAreGone ? nameof(Messages.ContinueIgnoringMissing)
        : otherwise);

    /// <summary>The message of a file that failed: the facts, the reason, and the advice.</summary>
    internal static UserText OfFile(PendingFile file, FileFailure failure, UserText facts, string environmentId, RunWords words, bool isFirst)
    {
        bool mayBeGone = words.MayHaveDeleted && failure.OutcomeUnknown;
        if (failure.ErrorId == ErrorId.CloudFileNotFound)
        {
            var missing = new UserText(nameof(Messages.FileNotFound), file.FileId, facts, file.Attempts, environmentId);
            return MoreOnMissing(file, mayBeGone, words, isFirst) is { } more ? new UserText(nameof(Messages.TwoSentences), missing, more) : missing;
        }
        // The look-up that came before a download is none of its attempts.
        int attempts = file.Copy is { Attempts: > 0 } copy ? copy.Attempts : file.Attempts;
        if (failure.ErrorId == ErrorId.CloudFileNotSaved && failure.Facts.Category is null or FailureCategory.Unlisted)
            return new UserText(nameof(Messages.FileRefused), file.FileId, facts, attempts);
        return new UserText(mayBeGone ? nameof(Messages.FileMaybeDeleted) : words.FileFailed, file.FileId, facts, attempts, Reason(failure, environmentId));
    }

    /// <summary>PowerShell's category of an error.</summary>
    internal static ErrorCategory CategoryOf(ErrorId errorId, FailureCategory? failure) => errorId switch
    {
        ErrorId.NotConnected or ErrorId.CertificateNotTrusted or ErrorId.ProxyRefused or ErrorId.UnexpectedResponder => ConnectionError,
        ErrorId.InvalidFileId or ErrorId.FileInOtherEnvironment or ErrorId.InvalidPrefix => InvalidArgument,
        ErrorId.CloudFileNotFound => ObjectNotFound,
        ErrorId.CloudFileAccessDenied or ErrorId.EnvironmentRefused or ErrorId.ListingRefused => PermissionDenied,
        ErrorId.CloudFileNotRemoved or ErrorId.CloudFileNotRead or ErrorId.CloudFileNoAnswer => InvalidResult,
        ErrorId.RequestRefused => InvalidData,
        ErrorId.TokenRejected or ErrorId.TokenNotIssued or ErrorId.ComponentTokenRejected or ErrorId.TokenProviderFailed or ErrorId.AppIdRejected or ErrorId.AppSecretRejected
            or ErrorId.RefreshTokenRejected or ErrorId.TokenFileUnavailable => AuthenticationError,
        ErrorId.QuotaExhausted or ErrorId.ServiceThrottled => LimitsExceeded,
        ErrorId.JournalUnavailable or ErrorId.DestinationUnavailable => WriteError,
        ErrorId.CloudFileNotSaved when failure is null or FailureCategory.Unlisted => WriteError,
        ErrorId.ListingMismatch => InvalidResult,
        _ => failure switch
        {
            FailureCategory.TimedOut => OperationTimeout,
            FailureCategory.LinkRefused => PermissionDenied,
            FailureCategory.DownloadBroken => ReadError,
            FailureCategory.Throttled => LimitsExceeded,
            FailureCategory.ConnectionFailed or FailureCategory.HostNotFound or FailureCategory.CertificateNotTrusted or FailureCategory.ProxyRefused
                or FailureCategory.Unavailable or FailureCategory.ServerError or FailureCategory.HttpRefused => ConnectionError,
            _ => InvalidResult,
        },
    };

    // https://developers.weixin.qq.com/doc/oplatform/developers/errCode/errCode.html,
    // https://developers.weixin.qq.com/miniprogram/dev/wxcloud/reference/errcode.html, and in containers (41001, 48001, 85107)
    // https://developers.weixin.qq.com/minigame/dev/wxcloudrun/src/guide/weixin/faq.html. Null for a code with nothing of its own to say.
    private static UserText? OfCode(TcbException reason, UserText facts, TcbEnvironment environment) => reason.ErrorCode switch
    {
        40164 => new UserText(nameof(Messages.AddressNotOnList), facts,
            Address.Match(reason.ServiceMessage ?? string.Empty) is { Success: true } match ? match.Groups[1].Value : new UserText(nameof(Messages.ThisAddress))),
        45035 or 61004 => new UserText(nameof(Messages.AddressNotRegistered), facts),
        89501 or 89503 or 89504 or 89505 => new UserText(nameof(Messages.AddressUnconfirmed), facts),
        89506 or 89507 => new UserText(nameof(Messages.AddressBlocked), facts),
        40243 => new UserText(nameof(Messages.AppSecretFrozen), facts),
        41001 => new UserText(nameof(Messages.TokenMissing), facts),
        48001 or 85107 when environment.Authentication is TcbAuthentication.OpenInterfaceService or TcbAuthentication.CloudBaseToken =>
            new UserText(nameof(Messages.PathNotOnList), facts),
        48001 when environment.Authentication is TcbAuthentication.Authorizer or TcbAuthentication.Component => new UserText(nameof(Messages.PermissionSetMissing), facts),
        48001 or -604101 => new UserText(nameof(Messages.PermissionMissing), facts),
        85107 => new UserText(nameof(Messages.PathNotOnList), facts),
        61003 => new UserText(nameof(Messages.PlatformNotAuthorized), facts),
        61007 => new UserText(nameof(Messages.PermissionSetMissing), facts),
        61014 => new UserText(nameof(Messages.OtherTokenNeeded), facts),
        61024 => new UserText(nameof(Messages.PlatformAppId), facts),
        48004 or 50002 or 50004 or 50007 => new UserText(nameof(Messages.AccountRestricted), facts),
        85088 => new UserText(nameof(Messages.CloudNotEnabled), facts),
        -501000 or -501005 => new UserText(nameof(Messages.EnvironmentInvalid), facts, environment.EnvironmentId),
        -501019 => new UserText(nameof(Messages.EnvironmentNotAllowed), facts),
        -501021 => new UserText(nameof(Messages.CallNotSupported), facts),
        45009 when reason.Text.Key == nameof(Messages.TemporaryKeysSpent) => new UserText(nameof(Messages.ListingKeyQuota), facts),
        45009 => new UserText(nameof(Messages.DailyQuotaSpent), facts),
        -501003 or -501015 or -501016 => new UserText(nameof(Messages.EnvironmentQuotaSpent), facts),
        -501017 => new UserText(nameof(Messages.EnvironmentStorageFull), facts),
        _ => null,
    };

    // A network that wants a log-in answers with 511, or with a redirect to its page.
    private static bool MayBeLogIn(TcbException reason) => reason.HttpStatus is (HttpStatusCode)511 or >= (HttpStatusCode)300 and < (HttpStatusCode)400;

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
        ErrorId.JournalUnavailable or ErrorId.DestinationUnavailable => nameof(Messages.RunEndedBecause),
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

    private static UserText Reason(FileFailure failure, string environmentId) => failure.ErrorId switch
    {
        ErrorId.CloudFileNotSaved when failure.Facts.Category == FailureCategory.LinkRefused => new UserText(nameof(Messages.LinkRefusedReason)),
        ErrorId.CloudFileNotSaved => new UserText(nameof(Messages.DownloadFailedReason)),
        ErrorId.CloudFileAccessDenied => new UserText(nameof(Messages.FileAccessDeniedReason)),
        ErrorId.FileInOtherEnvironment => new UserText(nameof(Messages.FileElsewhereReason), environmentId),
        ErrorId.CloudFileNoAnswer => new UserText(nameof(Messages.FileNoAnswerReason)),
        ErrorId.RequestRefused => new UserText(nameof(Messages.RequestRefusedReason)),
        ErrorId.BatchNotRemoved or ErrorId.BatchNotRead => failure.Facts switch
        {
            { HttpStatus: (HttpStatusCode)413 } => new UserText(nameof(Messages.RequestTooLargeReason)),
            var facts when MayBeLogIn(facts) => new UserText(nameof(Messages.RedirectedReason)),
            { Category: FailureCategory.HttpRefused } => new UserText(nameof(Messages.HttpRefusedReason)),
            _ => new UserText(nameof(Messages.RequestFailedReason)),
        },
        ErrorId.CloudFileNotRead when failure.Facts.ErrorCode == 0 => new UserText(nameof(Messages.FileWithoutLinkReason)),
        _ => new UserText(nameof(Messages.FileErrorReason)),
    };

    // The special case of this file; otherwise general advice, only in the first of many errors.
    private static UserText? MoreOnMissing(PendingFile file, bool mayBeGone, RunWords words, bool isFirst)
    {
        if (file.Id.FindDamage() is { } damage) return new UserText(nameof(Messages.FileDamaged), damage);
        if (file.Id.FindMisspelling() is { } misspelling) return misspelling;
        if (mayBeGone) return new UserText(nameof(Messages.FileMaybeDeletedByUs));
        if (!words.MayHaveDeleted) return null;
        if (file.MetUnavailable) return new UserText(nameof(Messages.FileNotFoundAfterUnavailable));
        return isFirst ? new UserText(nameof(Messages.FileNotFoundAdvice)) : null;
    }
}
