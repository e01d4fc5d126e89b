using System.Management.Automation;
using TcbPowerShell.Client.Batches;
using TcbPowerShell.Model;
using TcbPowerShell.Protocol;
using static System.Management.Automation.ErrorCategory;

namespace TcbPowerShell.Commands;

/// <summary>Every error that a user sees: its ID, its category, and what to do next.</summary>
internal static class ErrorRecords
{
    private const string GoOn = "Then run the same list again, with the same -JournalPath or with -IgnoreMissing.";

    internal static ErrorRecord NotConnected() =>
        Make(FailureKind.NotConnected, null, Local("There is no connection in this session. Run Connect-TcbEnvironment first, or pass one with -Environment."));

    internal static ErrorRecord InvalidFileId(string fileId, string problem) =>
        Make(FailureKind.InvalidFileId, fileId, Local($"'{Shorten(fileId)}' is no file ID: it {problem}. It was not sent."));

    internal static ErrorRecord NoFileIdProperty(string text, string typeName) =>
        Make(FailureKind.InvalidFileId, text, Local($"An object of type {typeName} came in ({text}): it has no FileId property, nor Id, that holds a string. "
            + "Pipe strings, or name the property: -FileId { $_.file_id }."));

    internal static ErrorRecord FileInOtherEnvironment(CloudFileId id, string environmentId) =>
        Make(FailureKind.FileInOtherEnvironment, id.Value, Local($"'{id.Value}' belongs to environment '{id.EnvironmentId}', and the connection is to "
            + $"'{environmentId}'. It was not sent; connect to its environment to remove it."));

    internal static ErrorRecord JournalUnavailable(string path, TcbException failure) =>
        Make(FailureKind.JournalUnavailable, path, new TcbException($"Nothing was deleted: {failure.Message}", failure));

    internal static ErrorRecord InvalidArgument(string errorId, string message) =>
        new(new ArgumentException(message), errorId, ErrorCategory.InvalidArgument, null);

    /// <summary>A secret that cannot be one. Neither the secret nor a part of it is repeated.</summary>
    internal static ErrorRecord InvalidSecret(string name, string problem) =>
        InvalidArgument("InvalidSecret", $"{name} {problem}. Nothing was sent. Fetch it again, or trim it.");

    /// <summary>One file that was not removed.</summary>
    internal static ErrorRecord FileFailed(string fileId, FileFailure failure, string environmentId)
    {
        string reason = failure.Kind switch
        {
            FailureKind.CloudFileNotFound => $"there is no such file in environment '{environmentId}'. With -IgnoreMissing such files count as gone",
            FailureKind.CloudFileAccessDenied => "the service denies access to it. Check which app owns the environment, and the permissions of the token",
            FailureKind.FileInOtherEnvironment => $"the service says that it is not in environment '{environmentId}'",
            FailureKind.CloudFileNoAnswer => "the service answered without mentioning it. Run it again to learn what became of it",
            FailureKind.RequestRefused => "the service calls a request with this ID alone wrong. Check the ID",
            FailureKind.BatchNotRemoved => "its request failed for good. Run it again later",
            _ => "the service did not remove it",
        };
        if (failure.OutcomeUnknown) reason += ". Its outcome is unknown: it may be gone all the same";
        return Make(failure.Kind, fileId, new TcbException($"'{fileId}' was not removed: {reason} ({Tell(failure.Facts)}; attempts: {failure.Attempts}).", failure.Facts));
    }

    /// <summary>The end of a run that could not go on.</summary>
    internal static ErrorRecord RunEnded(RemovalEvent.RunEnded end, TcbAuthentication authentication, int removed, int failed, bool inputIsRead)
    {
        string input = inputIsRead ? "The input was read to its end." : "The input was not read to its end.";
        string message = $"The run ended early: {Sentence(end.Reason)} {Advice(end.Kind, end.Reason.Class, authentication)} {GoOn} {removed} removed, {failed} failed, {end.OpenFileIds.Length} open "
            + $"(this error's TargetObject). {input}";
        return Make(end.Kind, end.OpenFileIds, new TcbException(message, end.Reason));
    }

    /// <summary>A connection that was not made.</summary>
    internal static ErrorRecord NotTrusted(TcbEnvironment environment, TcbException failure)
    {
        FailureKind kind = failure.FinalKind ?? FailureKind.ServiceUnreachable;
        string advice = Advice(kind, failure.Class, environment.Authentication);
        return Make(kind, environment.EnvironmentId,
            new TcbException($"No connection to '{environment.EnvironmentId}' was made: {Sentence(failure)} {advice}", failure));
    }

    // The start and the end of a text that is too long for a message; the error's target is the whole.
    private static string Shorten(string text) => text.Length <= 300 ? text : $"{text.Substring(0, 150)}…{text.Substring(text.Length - 50)}";

    private static string Advice(FailureKind kind, FailureClass failure, TcbAuthentication authentication) => kind switch
    {
        FailureKind.TokenRejected when authentication == TcbAuthentication.TokenProvider =>
            "The token provider was asked once more, and gave no token that the service takes: check that it gives the newest one of the app that owns the "
            + "environment, and connect again.",
        FailureKind.TokenRejected when authentication is TcbAuthentication.AppCredential or TcbAuthentication.Authorizer =>
            "A fresh token was refused as well: check that it is for the app that owns the environment, and connect again.",
        FailureKind.TokenRejected => "A token given by value cannot be renewed: connect again with a new one, or with -Credential or -TokenProvider, which renew theirs.",
        FailureKind.TokenProviderFailed => "The token provider gave no token. Mend it, and connect again.",
        FailureKind.AppIdRejected => "Check the AppId, and connect again.",
        FailureKind.AppSecretRejected => "Check the secret, and connect again.",
        FailureKind.RefreshTokenRejected => "Get the refresh token that is valid now, or let the app authorize the platform again, and connect again.",
        FailureKind.TokenFileUnavailable => "Check the file: the platform writes it where cloud hosting calls are open to the container.",
        FailureKind.QuotaExhausted => "A quota is used up. Wait until it is reset, or raise it.",
        FailureKind.EnvironmentRefused => "The service refuses the caller or the environment. Check the environment ID, the app and the caller's IP.",
        FailureKind.ServiceUnreachable when failure == FailureClass.HttpRefused =>
            "Something else answers in the service's place. Check the endpoint and the proxy.",
        FailureKind.ServiceUnreachable => "The service does not answer. Check the network, the proxy and the endpoint.",
        FailureKind.JournalUnavailable => "Make room for the journal, or free it.",
        _ when failure == FailureClass.ClientBug => "The request itself is wrong. Check the endpoint; otherwise it is a fault of this module, to be reported.",
        _ => "The service calls every request wrong. Check the environment ID and the file IDs.",
    };

    private static ErrorRecord Make(FailureKind kind, object? target, TcbException exception) =>
        new(exception, kind.ToString(), Category(kind, exception.Class), target);

    private static TcbException Local(string message) => new(message, FailureClass.Unlisted);

    private static string Sentence(TcbException facts) => Tell(facts).TrimEnd('.') + ".";

    private static string Tell(TcbException facts)
    {
        bool isTold = facts.RequestId is null || facts.Message.Contains(facts.RequestId);
        return isTold ? facts.Message : $"{facts.Message}, rid: {facts.RequestId}";
    }

    private static ErrorCategory Category(FailureKind kind, FailureClass failure) => kind switch
    {
        FailureKind.NotConnected => ConnectionError,
        FailureKind.InvalidFileId or FailureKind.FileInOtherEnvironment => ErrorCategory.InvalidArgument,
        FailureKind.CloudFileNotFound => ObjectNotFound,
        FailureKind.CloudFileAccessDenied or FailureKind.EnvironmentRefused => PermissionDenied,
        FailureKind.CloudFileNotRemoved or FailureKind.CloudFileNoAnswer => InvalidResult,
        FailureKind.RequestRefused => InvalidData,
        FailureKind.TokenRejected or FailureKind.TokenProviderFailed or FailureKind.AppIdRejected or FailureKind.AppSecretRejected
            or FailureKind.RefreshTokenRejected or FailureKind.TokenFileUnavailable => AuthenticationError,
        FailureKind.QuotaExhausted => LimitsExceeded,
        FailureKind.JournalUnavailable => WriteError,
        _ => failure switch
        {
            FailureClass.TimedOut => OperationTimeout,
            FailureClass.Throttled => LimitsExceeded,
            FailureClass.ConnectionFailed or FailureClass.HttpUnavailable or FailureClass.HttpRefused => ConnectionError,
            _ => InvalidResult,
        },
    };
}
