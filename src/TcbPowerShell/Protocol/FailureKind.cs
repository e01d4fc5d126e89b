namespace TcbPowerShell.Protocol;

/// <summary>What the user is told of a failure. The names are the error IDs, on which scripts rely: they never change.</summary>
internal enum FailureKind
{
    /// <summary>No connection to an environment.</summary>
    NotConnected,

    /// <summary>Not a file ID.</summary>
    InvalidFileId,

    /// <summary>The ID names another environment than the connection's.</summary>
    FileInOtherEnvironment,

    /// <summary>The service knows no such file.</summary>
    CloudFileNotFound,

    /// <summary>The service refuses access to the file.</summary>
    CloudFileAccessDenied,

    /// <summary>The service did not delete the file, for a reason of its own.</summary>
    CloudFileNotRemoved,

    /// <summary>The service answered, but not for this file, until the tries were spent.</summary>
    CloudFileNoAnswer,

    /// <summary>The whole request failed for good.</summary>
    BatchNotRemoved,

    /// <summary>The service calls the request wrong.</summary>
    RequestRefused,

    /// <summary>The service does not know the AppId.</summary>
    AppIdRejected,

    /// <summary>The AppSecret, or the component's token, is wrong.</summary>
    AppSecretRejected,

    /// <summary>The authorizer's refresh token is no longer valid.</summary>
    RefreshTokenRejected,

    /// <summary>The file with the cloud hosting token cannot be read.</summary>
    TokenFileUnavailable,

    /// <summary>The token was refused, and there is no other.</summary>
    TokenRejected,

    /// <summary>The script block that provides tokens did not give one.</summary>
    TokenProviderFailed,

    /// <summary>A quota is used up.</summary>
    QuotaExhausted,

    /// <summary>The service refuses the caller, the app or the environment.</summary>
    EnvironmentRefused,

    /// <summary>The service cannot be reached or no longer answers.</summary>
    ServiceUnreachable,

    /// <summary>The journal cannot be read or written.</summary>
    JournalUnavailable,
}
