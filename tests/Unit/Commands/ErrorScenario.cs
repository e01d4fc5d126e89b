using System.Management.Automation;
using TcbPowerShell.Emulation;
using TcbPowerShell.Model;
using TcbPowerShell.Tests.Infrastructure;

namespace TcbPowerShell.Tests.Commands;

/// <summary>A way to each error that the module has: what to do for it, and what the user must then be told.</summary>
internal sealed record ErrorScenario(string Name, ErrorId Kind, ErrorCategory Category, params string[] Says)
{
    private const string Connect = "Connect-TcbEnvironment test-env -Endpoint $endpoint ";

    private const string Credential = "-Credential ([pscredential]::new('wx0000000000000001', "
        + "[Net.NetworkCredential]::new('', '00000000000000000000000000000001').SecurePassword))";

    // With retries the run would wait for the service.
    private const string WithoutRetries = "$ids | Remove-TcbCloudFile -Environment $patient -MaximumRetryCount 0";

    private const string LookUp = "$ids | Get-TcbCloudFile -Environment $patient -BatchSize 1 -ThrottleLimit 1";

    private const string Get = "GetTcbCloudFileCommand";

    private const string Find = "FindTcbCloudFileCommand";

    private const string Save = "SaveTcbCloudFileCommand";

    // A folder of its own for each run: only one at a time can use a folder.
    private const string SaveInNewFolder =
        "$folder = [IO.Directory]::CreateTempSubdirectory('tcb-scenario-').FullName; try { $ids | Save-TcbCloudFile $folder -Environment $patient } finally { [IO.Directory]::Delete($folder, $true) }";

    private static readonly Fault WithLink = Emulation.Fault.FileList(entries => entries.Select(entry => new FileEntry(entry.FileId, 0, "ok") { DownloadUrl = "http://127.0.0.1:9/b.png?sign=x" }));

    private static readonly string[] One = FileIds.Range(1);

    /// <summary>The kinds that no scenario can produce yet, and why.</summary>
    internal static readonly IReadOnlyDictionary<ErrorId, string> Pending = new Dictionary<ErrorId, string>
    {
        [ErrorId.CertificateNotTrusted] = "needs TLS",
    };

    /// <summary>At least one for each kind that is not pending.</summary>
    internal static readonly ErrorScenario[] All =
    [
        new("not connected", ErrorId.NotConnected, ErrorCategory.ConnectionError, "Connect-TcbEnvironment", "-Environment")
        {
            Ends = true, Script = "Disconnect-TcbEnvironment; $ids | Remove-TcbCloudFile", Target = null,
        },
        new("not connected, asked for it", ErrorId.NotConnected, ErrorCategory.ConnectionError, "Connect-TcbEnvironment")
        {
            Ends = true, Script = "Disconnect-TcbEnvironment; Get-TcbEnvironment", Target = null, Command = "GetTcbEnvironmentCommand",
        },
        new("no ID", ErrorId.InvalidFileId, ErrorCategory.InvalidArgument, "'cloud://'", "not sent")
        {
            Ids = ["cloud://"], Target = "cloud://",
        },
        new("no ID property", ErrorId.InvalidFileId, ErrorCategory.InvalidArgument, "System.Int32", "no FileId or Id property", "(its properties: none)", "not sent")
        {
            Script = "42 | Remove-TcbCloudFile", Target = "System.Int32",
        },
        new("other environment", ErrorId.FileInOtherEnvironment, ErrorCategory.InvalidArgument,
            "'other'", "'test-env'", "not sent", "Connect to 'other'")
        {
            Ids = ["cloud://other.x/a.png"], Target = "cloud://other.x/a.png",
        },
        new("other environment, says the service", ErrorId.FileInOtherEnvironment, ErrorCategory.InvalidArgument,
            "was not removed", "test-env", "-501005", "INVALIID_ENV", "Connect to the environment that contains it")
        {
            Fault = Emulation.Fault.FileStatus(-501005, "INVALIID_ENV", _ => true),
        },
        new("missing", ErrorId.CloudFileNotFound, ErrorCategory.ObjectNotFound,
            "There is no such file in environment 'test-env'", "-IgnoreMissing", "-503003", "storage file not exists", "attempts: 1"),
        new("denied", ErrorId.CloudFileAccessDenied, ErrorCategory.PermissionDenied,
            "was not removed", "permissions", "-503002", "STORAGE_EXCEED_AUTHORITY", "rid: 1-2-3")
        {
            Fault = Emulation.Fault.FileStatus(-503002, "STORAGE_EXCEED_AUTHORITY rid: 1-2-3", _ => true),
        },
        new("not removed", ErrorId.CloudFileNotRemoved, ErrorCategory.InvalidResult, "was not removed", "reported an error for this file", "Run the command again later with this ID", "-999", "odd")
        {
            Fault = Emulation.Fault.FileStatus(-999, "odd", _ => true),
        },
        new("not removed, tries spent", ErrorId.CloudFileNotRemoved, ErrorCategory.InvalidResult,
            "-503001", "STORAGE_REQUEST_FAIL", "attempts: 6", "may have been deleted", "Run the command again later with this ID")
        {
            Fault = Emulation.Fault.FileStatus(-503001, "STORAGE_REQUEST_FAIL", _ => true),
        },
        new("looked up, missing", ErrorId.CloudFileNotFound, ErrorCategory.ObjectNotFound,
            "There is no such file in environment 'test-env'", "status 1: STORAGE_FILE_NONEXIST", "attempts: 1")
        {
            Script = LookUp, Command = Get,
        },
        new("looked up, no link", ErrorId.CloudFileNotRead, ErrorCategory.InvalidResult, "without a usable download link", "Run the command again with this ID", "status 0: ok")
        {
            Script = LookUp, Command = Get, Fault = Emulation.Fault.FileStatus(0, "ok", _ => true),
        },
        new("not looked up", ErrorId.CloudFileNotRead, ErrorCategory.InvalidResult, "No download link", "reported an error", "-999", "odd")
        {
            Script = LookUp, Command = Get, Fault = Emulation.Fault.FileStatus(-999, "odd", _ => true),
        },
        new("looked up, busy", ErrorId.BatchNotRead, ErrorCategory.InvalidResult,
            "Run the command again later with this ID", "errcode -1: system error", "rid: ", "attempts: 6")
        {
            Script = LookUp, Command = Get, Fault = Emulation.Fault.ErrorCode(-1),
        },
        new("not saved", ErrorId.CloudFileNotSaved, ErrorCategory.WriteError, "was not saved, and it was not deleted", "attempts: ", "one or two dots only")
        {
            Script = SaveInNewFolder, Command = Save, Ids = ["cloud://test-env.x/a/./b.png"], Target = "cloud://test-env.x/a/./b.png", Fault = WithLink,
        },
        new("looked up for a copy, denied", ErrorId.CloudFileAccessDenied, ErrorCategory.PermissionDenied,
            "was not saved, and it was not deleted", "-503002", "STORAGE_EXCEED_AUTHORITY", "the service denied access")
        {
            Script = SaveInNewFolder, Command = Save, Fault = Emulation.Fault.FileStatus(-503002, "STORAGE_EXCEED_AUTHORITY", _ => true),
        },
        new("no answer", ErrorId.CloudFileNoAnswer, ErrorCategory.InvalidResult,
            "the reply did not mention the file", "without a result for this file", "Run the command again with this ID", "attempts: 6", "may have been deleted")
        {
            Fault = Emulation.Fault.OmitEntry,
        },
        new("busy", ErrorId.BatchNotRemoved, ErrorCategory.InvalidResult,
            "may have been deleted", "Run the command again later with this ID", "errcode -1: system error", "rid: ", "attempts: 6")
        {
            Fault = Emulation.Fault.ErrorCode(-1),
        },
        new("unlisted code", ErrorId.BatchNotRemoved, ErrorCategory.InvalidResult,
            "was not removed", "errcode 12345: what is this", "rid: ", "attempts: 1")
        {
            Fault = Emulation.Fault.ErrorCode(12345, "what is this"),
        },
        new("throttled", ErrorId.ServiceThrottled, ErrorCategory.LimitsExceeded, "errcode 45011", "15 minutes", "Run the list again later", "rid: ")
        {
            Ends = true, Fault = Emulation.Fault.Throttle,
        },
        new("gateway down", ErrorId.BatchNotRemoved, ErrorCategory.ConnectionError,
            "HTTP 502 Bad Gateway", "attempts: 1", "may have been deleted")
        {
            Script = WithoutRetries, Fault = Emulation.Fault.Http(502, "<html>secret of a stranger</html>"),
        },
        new("proxy refuses", ErrorId.BatchNotRemoved, ErrorCategory.ConnectionError, "was not removed", "HTTP 403 Forbidden", "attempts: 1")
        {
            Fault = Emulation.Fault.Http(403),
        },
        new("redirect", ErrorId.BatchNotRemoved, ErrorCategory.ConnectionError, "was not removed", "HTTP 302 ", "attempts: 1")
        {
            Fault = Emulation.Fault.Redirect(new Uri("http://127.0.0.1:9/elsewhere")),
        },
        new("no JSON", ErrorId.BatchNotRemoved, ErrorCategory.InvalidResult, "could not be read: it is not valid JSON", "attempts: 1", "may have been deleted")
        {
            Script = WithoutRetries, Fault = Emulation.Fault.Body("upstream went away"),
        },
        new("connection lost", ErrorId.BatchNotRemoved, ErrorCategory.ConnectionError,
            "connection failed", "attempts: 1", "may have been deleted")
        {
            Script = WithoutRetries, Fault = Emulation.Fault.Drop,
        },
        new("refused alone", ErrorId.RequestRefused, ErrorCategory.InvalidData,
            "was not removed", "Check the ID", "errcode 40097: invalid args", "rid: ", "attempts: 1")
        {
            Fault = Emulation.Fault.ErrorCode(40097, "invalid args"),
        },
        new("our bug", ErrorId.RequestRefused, ErrorCategory.InvalidData, "errcode 44002: empty post data", "rid: ")
        {
            Ends = true, Fault = Emulation.Fault.ErrorCode(44002, "empty post data"),
        },
        new("token refused", ErrorId.TokenRejected, ErrorCategory.AuthenticationError, "errcode 40001", "onnect again", "rid: ")
        {
            Ends = true, Fault = Emulation.Fault.ErrorCode(40001, "invalid credential"),
        },
        new("token expired", ErrorId.TokenRejected, ErrorCategory.AuthenticationError, "errcode 42001", "onnect again", "rid: ")
        {
            Ends = true, Fault = Emulation.Fault.ErrorCode(42001, "access_token expired"),
        },
        new("quota spent", ErrorId.QuotaExhausted, ErrorCategory.LimitsExceeded,
            "errcode 45009: reach max api daily quota limit", "quota", "rid: ")
        {
            Ends = true, Fault = Emulation.Fault.ErrorCode(45009, "reach max api daily quota limit"),
        },
        new("environment wrong", ErrorId.EnvironmentRefused, ErrorCategory.PermissionDenied,
            "errcode -501000: (no text)", "Check the environment ID")
        {
            Ends = true, Fault = Emulation.Fault.Body("""{"errcode":-501000,"errmsg":""}"""),
        },
        new("address not on the list", ErrorId.EnvironmentRefused, ErrorCategory.PermissionDenied,
            "The IP address 203.0.113.7 is not on the IP allowlist", "errcode 40164: invalid ip 203.0.113.7", "at most 10", "AppSecret", "rid: ")
        {
            Ends = true, Fault = Emulation.Fault.ErrorCode(40164, "invalid ip 203.0.113.7"),
        },
        new("service dead", ErrorId.ServiceUnreachable, ErrorCategory.ConnectionError,
            "HTTP 503 Service Unavailable", "network", "proxy", "endpoint")
        {
            Ends = true, Ids = FileIds.Range(4), Fault = Emulation.Fault.Http(503),
        },
        new("replies without a status", ErrorId.ServiceUnreachable, ErrorCategory.InvalidResult,
            "The service was reached and replied, but its replies cannot be used", "the file's entry in the reply has no status", "-Debug")
        {
            Ends = true, Ids = FileIds.Range(4), Fault = Emulation.Fault.Body($$"""{"errcode":0,"delete_list":[{{string.Join(',', FileIds.Range(4).Select(id => $$"""{"fileid":"{{id}}","code":0}"""))}}]}"""),
        },
        new("web page", ErrorId.UnexpectedResponder, ErrorCategory.ConnectionError,
            "Something other than the service replied", "web page", "Open a browser", "endpoint", "proxy", "-IgnoreMissing")
        {
            Ends = true, Fault = Emulation.Fault.Body("<!DOCTYPE html><html>secret of a stranger</html>"),
        },
        new("proxy wants a log-in", ErrorId.ProxyRefused, ErrorCategory.ConnectionError,
            "HTTP 407 Proxy Authentication Required", "requires authentication", "-ProxyCredential")
        {
            Ends = true, Fault = Emulation.Fault.Http(407),
        },
        new("journal in the way", ErrorId.JournalUnavailable, ErrorCategory.WriteError, "Nothing was deleted", "the journal ", "a folder", "Pass the path of a file")
        {
            Ends = true, Script = "$ids | Remove-TcbCloudFile -JournalPath ([AppContext]::BaseDirectory)", Target = AppContext.BaseDirectory,
        },
        new("file in the folder's place", ErrorId.DestinationUnavailable, ErrorCategory.WriteError, "Nothing was downloaded")
        {
            Ends = true, Script = "$ids | Save-TcbCloudFile ([object].Assembly.Location)", Target = typeof(object).Assembly.Location, Command = Save,
        },
        new("token provider", ErrorId.TokenProviderFailed, ErrorCategory.AuthenticationError,
            "No connection to 'test-env'", "the token provider returned nothing", "Correct the token provider")
        {
            Script = Connect + "-TokenProvider { }",
        },
        new("AppId", ErrorId.AppIdRejected, ErrorCategory.AuthenticationError, "errcode 40013", "rid: ", "letter case matters")
        {
            Script = Connect + "-Credential ([pscredential]::new('wx-unknown', [Net.NetworkCredential]::new('', 'abc').SecurePassword))",
        },
        new("AppSecret", ErrorId.AppSecretRejected, ErrorCategory.AuthenticationError, "rid: ", "stops working everywhere")
        {
            Script = Connect + "-Credential ([pscredential]::new('wx0000000000000001', [Net.NetworkCredential]::new('', 'abc').SecurePassword))",
        },
        new("no token, for a reason of the service's own", ErrorId.TokenNotIssued, ErrorCategory.AuthenticationError,
            "No connection to 'test-env'", "No access token was issued (errcode 41030: invalid page", "rid: ", "Correct the cause", "about_TcbPowerShell_Errors")
        {
            TokenFault = Emulation.Fault.ErrorCode(41030, "invalid page"), Script = Connect + Credential,
        },
        new("account frozen", ErrorId.EnvironmentRefused, ErrorCategory.PermissionDenied, "errcode 50007: account frozen")
        {
            TokenFault = Emulation.Fault.ErrorCode(50007, "account frozen"), Script = Connect + Credential,
        },
        new("refresh token", ErrorId.RefreshTokenRejected, ErrorCategory.AuthenticationError, "errcode 61023", "rid: ", "refresh token")
        {
            Script = Connect + "-ComponentAppId wx0000000000000002 -ComponentAccessToken emulator-component-token "
                + "-AuthorizerAppId wx0000000000000003 -AuthorizerRefreshToken unknown",
        },
        new("component token", ErrorId.ComponentTokenRejected, ErrorCategory.AuthenticationError, "errcode 40001", "rid: ", "up to two hours", "script block")
        {
            Script = Connect + "-ComponentAppId wx0000000000000002 -ComponentAccessToken no-longer-valid "
                + "-AuthorizerAppId wx0000000000000003 -AuthorizerRefreshToken emulator-refresh-token",
        },
        new("prefix of another environment", ErrorId.InvalidPrefix, ErrorCategory.InvalidArgument, "Nothing was sent", "'other'", "'test-env'")
        {
            Ends = true, Script = "Find-TcbCloudFile cloud://other.x/a", Target = "cloud://other.x/a", Command = Find,
        },
        new("listing refused", ErrorId.ListingRefused, ErrorCategory.PermissionDenied,
            "does not let this credential list files", "errcode 48001: not yours", "rid: ", "tcb storage list", "Files listed before that: 0.")
        {
            Ends = true, Script = "Find-TcbCloudFile a/", Target = new[] { "a/" }, Command = Find, ListFault = Emulation.Fault.ErrorCode(48001, "not yours"),
        },
        new("listing of other IDs", ErrorId.ListingMismatch, ErrorCategory.InvalidResult, "does not lead to file IDs", "tcb storage list", "No file was returned")
        {
            Ends = true, Script = "Find-TcbCloudFile a/", Target = new[] { "a/" }, Command = Find,
            ListFault = Emulation.Fault.ReplyText(reply => reply.Replace("\"file_id\":\"cloud://test-env", "\"file_id\":\"cloud://other", StringComparison.Ordinal)),
        },
        new("token file", ErrorId.TokenFileUnavailable, ErrorCategory.AuthenticationError, "Check the file")
        {
            Script = Connect + "-CloudBaseAccessTokenPath ([IO.Path]::Combine([AppContext]::BaseDirectory, 'no-such-file'))",
        },
    ];

    /// <summary>The IDs that go in.</summary>
    internal string[] Ids { get; init; } = One;

    /// <summary>The emulator's fault.</summary>
    internal Fault? Fault { get; init; }

    /// <summary>Its fault in the calls for a token.</summary>
    internal Fault? TokenFault { get; init; }

    /// <summary>Its fault in the calls of a listing.</summary>
    internal Fault? ListFault { get; init; }

    internal string Script { get; init; } = "$ids | Remove-TcbCloudFile -Environment $patient -BatchSize 1 -ThrottleLimit 1";

    /// <summary>Whether it ends the run.</summary>
    internal bool Ends
    {
        get => field || Connects;
        init;
    }

    /// <summary>Whether it is a connection that is not made.</summary>
    internal bool Connects => Script.StartsWith("Connect-", StringComparison.Ordinal);

    /// <summary>The error's target: the file, and otherwise the IDs that are open.</summary>
    internal object? Target
    {
        get => Connects ? FileIds.Environment : field;
        init;
    } = One[0];

    internal string Command
    {
        get => Connects ? "ConnectTcbEnvironmentCommand" : field;
        init;
    } = "RemoveTcbCloudFileCommand";

    public override string ToString() => Name;
}
