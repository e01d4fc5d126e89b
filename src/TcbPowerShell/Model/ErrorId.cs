
namespace TcbPowerShell.Model;

/// <summary>The error IDs: the first part of <c>FullyQualifiedErrorId</c>. Scripts rely on these names, so they never change.</summary>
internal enum ErrorId
{
    /// <summary>The session has no connection to an environment.</summary>
    NotConnected,

    /// <summary>The text or object is not a file ID.</summary>
    InvalidFileId,

    /// <summary>The ID names another environment than the connection's.</summary>
    FileInOtherEnvironment,

    /// <summary>The service knows no such file.</summary>
    CloudFileNotFound,

    /// <summary>The service denies access to the file.</summary>
    CloudFileAccessDenied,

    /// <summary>The service did not delete the file, for a reason of its own.</summary>
    CloudFileNotRemoved,

    /// <summary>The service did not look the file up, for a reason of its own, or reports it without a download link.</summary>
    CloudFileNotRead,

    /// <summary>The file was looked up, but there is no complete copy of it.</summary>
    CloudFileNotSaved,

    /// <summary>The service answered, but not for this file, until the retries were used up.</summary>
    CloudFileNoAnswer,

    /// <summary>The whole request of a deletion failed, and its retries are used up.</summary>
    BatchNotRemoved,

    /// <summary>The whole request of a look-up failed, and its retries are used up.</summary>
    BatchNotRead,

    /// <summary>The service rejects the request as invalid.</summary>
    RequestRefused,

    /// <summary>The service does not know the AppID.</summary>
    AppIdRejected,

    /// <summary>The AppSecret is wrong.</summary>
    AppSecretRejected,

    /// <summary>The authorizer's refresh token is no longer valid.</summary>
    RefreshTokenRejected,

    /// <summary>The file with the cloud hosting token cannot be read.</summary>
    TokenFileUnavailable,

    /// <summary>The token was rejected, and there is no other.</summary>
    TokenRejected,

    /// <summary>The service issued no token, for a reason that has no error ID of its own.</summary>
    TokenNotIssued,

    /// <summary>The third-party platform's own token was rejected, and there is no other.</summary>
    ComponentTokenRejected,

    /// <summary>The script block that provides tokens returned none.</summary>
    TokenProviderFailed,

    /// <summary>A quota is used up.</summary>
    QuotaExhausted,

    /// <summary>The service refuses the caller, the app or the environment.</summary>
    EnvironmentRefused,

    /// <summary>The service cannot be reached or no longer answers.</summary>
    ServiceUnreachable,

    /// <summary>The service throttled every request for too long.</summary>
    ServiceThrottled,

    /// <summary>The certificate of the service, or of a proxy in its place, is not trusted.</summary>
    CertificateNotTrusted,

    /// <summary>The proxy refuses the connection to the service.</summary>
    ProxyRefused,

    /// <summary>A web page came in the service's place, for example a log-in page of the network.</summary>
    UnexpectedResponder,

    /// <summary>The beginning of the keys to list is not one.</summary>
    InvalidPrefix,

    /// <summary>The service, or its storage, does not let the credential list files.</summary>
    ListingRefused,

    /// <summary>The service does not know the IDs that were inferred from a listing.</summary>
    ListingMismatch,

    /// <summary>The folder that copies are saved in cannot be used.</summary>
    DestinationUnavailable,

    /// <summary>The journal cannot be read or written.</summary>
    JournalUnavailable,
}
