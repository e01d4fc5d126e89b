using System.Management.Automation;
using System.Net;
using System.Security;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Commands;

/// <summary>Every way to be trusted, from the cmdlet to the emulator and back.</summary>
// With the other class that sets the process's environment variables: never at the same time.
[Collection("Environment variables")]
public sealed class ConnectTcbEnvironmentWaysTests : IDisposable
{
    private static readonly EmulatorOptions Options = new() { Environments = [FileIds.Environment] };

    private readonly PowerShellSession _session = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("tcb-ways-").FullName;

    public void Dispose()
    {
        _session.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Connect_Credential_FetchesTheStableTokenNow()
    {
        using var emulator = TcbEmulator.Start(Options);

        TcbEnvironment environment = Connect(emulator, "-Credential $secret", Credential());

        Assert.Equal(TcbAuthentication.AppCredential, environment.Authentication);
        Assert.Equal(1, emulator.Requests.TokenCallCount);
        Assert.InRange(environment.TokenExpiresOn!.Value, DateTimeOffset.UtcNow.AddMinutes(110), DateTimeOffset.UtcNow.AddMinutes(121));
        AssertRemoves(emulator, tokenCalls: 1);
    }

    [Fact]
    public void Connect_CredentialOfATokenThatIsRefused_RenewsItInTheMiddle()
    {
        using var emulator = TcbEmulator.Start(Options);
        Connect(emulator, "-Credential $secret", Credential());
        emulator.Tokens.Expire(emulator.Tokens.Current!);

        AssertRemoves(emulator, tokenCalls: 2);
    }

    [Fact]
    public void Connect_Authorizer_HandsOutTheNewRefreshToken()
    {
        using var emulator = TcbEmulator.Start(Options);

        ScriptOutcome outcome = Run(emulator, Authorizer, Options.AuthorizerRefreshToken);

        var environment = (TcbEnvironment)outcome.Output.Single().BaseObject;
        Assert.Equal(TcbAuthentication.Authorizer, environment.Authentication);
        Assert.Contains("GetAuthorizerRefreshToken", Assert.Single(outcome.Warnings), StringComparison.Ordinal);
        string refreshToken = new NetworkCredential(string.Empty, environment.GetAuthorizerRefreshToken()).Password;
        Assert.Equal(emulator.Tokens.RefreshToken, refreshToken);
        AssertRemoves(emulator, tokenCalls: 1);
        Assert.Null(Run(emulator, Authorizer, refreshToken).Terminating);
    }

    [Fact]
    public void Connect_AuthorizerWhereAWarningEndsTheScript_KeepsTheConnection()
    {
        using var emulator = TcbEmulator.Start(Options);

        Run(emulator, Authorizer + " -WarningAction Stop", Options.AuthorizerRefreshToken);

        var environment = (TcbEnvironment)_session.Run("Get-TcbEnvironment").Output.Single().BaseObject;
        Assert.Equal(emulator.Tokens.RefreshToken, new NetworkCredential(string.Empty, environment.GetAuthorizerRefreshToken()).Password);
    }

    [Theory]
    [InlineData("-AccessToken $secret")]
    [InlineData("-ComponentAccessToken $secret")]
    [InlineData("-CloudBaseAccessToken $secret")]
    public void Connect_ReplyInPlaceOfItsToken_IsRefusedWithoutRepeatingIt(string parameters)
    {
        using var emulator = TcbEmulator.Start(Options);
        var reply = new PSObject();
        reply.Properties.Add(new PSNoteProperty("access_token", "marker-token-0123456789"));

        ScriptOutcome outcome = Run(emulator, parameters, reply);

        AssertRefused(outcome, "ParameterArgumentTransformationError", ErrorCategory.InvalidData, "Pass the property that contains the token");
        Assert.DoesNotContain("marker-token", outcome.AllText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-Endpoint $secret -AccessToken x")]
    [InlineData("-Proxy $secret -AccessToken x")]
    public void Connect_MalformedAddress_IsRefusedWithoutRepeatingIt(string parameters)
    {
        ScriptOutcome outcome = _session.Run($"Connect-TcbEnvironment test-env {parameters}", ("secret", "http://user:marker-password@host:99999"));

        Assert.NotNull(outcome.Terminating);
        Assert.DoesNotContain("marker-password", outcome.AllText(), StringComparison.Ordinal);
    }

    [Fact]
    public void Connect_ProxyOfAnotherKind_IsRefused() => AssertRefused(
        _session.Run("Connect-TcbEnvironment test-env -AccessToken x -Proxy ftp://127.0.0.1:1"), "InvalidProxy", ErrorCategory.InvalidArgument, "http");

    [Fact]
    public void Connect_Component_UsesItsOwnPath()
    {
        using var emulator = TcbEmulator.Start(Options);

        Assert.Equal(TcbAuthentication.Component, Connect(emulator, "-ComponentAccessToken $secret", Options.ComponentAccessToken!).Authentication);

        AssertRemoves(emulator, tokenCalls: 0);
        Assert.All(emulator.Requests.Snapshot(), request => Assert.Equal("/componenttcb/batchdeletefile", request.Path));
    }

    [Fact]
    public void Connect_CloudBaseToken_ByValueAndByFile()
    {
        using var emulator = TcbEmulator.Start(Options with { CloudBaseAccessToken = "cloud-hosting-token-1" });
        string path = Path.Combine(_folder, "token");
        File.WriteAllText(path, "cloud-hosting-token-1\n");

        Assert.Equal(TcbAuthentication.CloudBaseToken, Connect(emulator, "-CloudBaseAccessToken $secret", "cloud-hosting-token-1").Authentication);
        AssertRemoves(emulator, tokenCalls: 0);
        Assert.Equal(TcbAuthentication.CloudBaseToken, Connect(emulator, "-CloudBaseAccessTokenPath $secret", path).Authentication);
        AssertRemoves(emulator, tokenCalls: 0);
    }

    [Fact]
    public void Connect_OpenInterfaceService_NeedsNoTokenAndAllowsPlainHttp()
    {
        using var emulator = TcbEmulator.Start(Options with { OpenInterfaceService = true });

        Assert.Equal(TcbAuthentication.OpenInterfaceService, Connect(emulator, "-OpenInterfaceService", string.Empty).Authentication);

        AssertRemoves(emulator, tokenCalls: 0);
        Assert.All(emulator.Requests.Snapshot(), request => Assert.Null(request.Token));
        ScriptOutcome elsewhere = _session.Run("Connect-TcbEnvironment test-env -OpenInterfaceService");
        Assert.Equal("http://api.weixin.qq.com/", ((TcbEnvironment)elsewhere.Output.Single().BaseObject).Endpoint.AbsoluteUri);
    }

    [Fact]
    public void Connect_TokenProvider_RunsInTheCallersScopeAndAgainWhenRefused()
    {
        using var emulator = TcbEmulator.Start(Options);
        ScriptOutcome connected = _session.Run(
            "$server = $tokens; $calls = @(0); function Get-Token { $calls[0]++; $global:last = $server.Issue('App'); $last }\n"
            + "Connect-TcbEnvironment test-env -Endpoint $endpoint -TokenProvider { Get-Token }",
            ("tokens", emulator.Tokens), ("endpoint", emulator.Endpoint));
        Assert.Null(connected.Terminating);
        emulator.Files.Seed(FileIds.Range(120));
        emulator.Tokens.Expire((string)_session.Variable("last")!);

        ScriptOutcome outcome = _session.Run("$ids | Remove-TcbCloudFile; $calls[0]", ("ids", FileIds.Range(120)));

        Assert.Null(outcome.Terminating);
        Assert.Equal(2, outcome.Output[^1].BaseObject);
        Assert.Equal(121, outcome.Output.Length);
    }

    [Fact]
    public void Connect_TokenProvider_InAnotherRunspaceIsMadeAnewFromItsText()
    {
        using var emulator = TcbEmulator.Start(Options);
        ScriptOutcome connected = _session.Run(
            "$server = $tokens; Connect-TcbEnvironment test-env -Endpoint $endpoint -TokenProvider { $global:last = $server.Issue('App'); $last }",
            ("tokens", emulator.Tokens), ("endpoint", emulator.Endpoint));
        emulator.Files.Seed(FileIds.Range(10));
        emulator.Tokens.Expire((string)_session.Variable("last")!);
        using var other = new PowerShellSession();

        ScriptOutcome outcome = other.Run("$ids | Remove-TcbCloudFile -Environment $connection",
            ("server", emulator.Tokens), ("connection", connected.Output.Single().BaseObject), ("ids", FileIds.Range(10)));

        Assert.Null(outcome.Terminating);
        Assert.Equal(10, outcome.Removals.Length);
    }

    [Theory]
    [InlineData("throw 'out of order'", "out of order")]
    [InlineData("Write-Nothing", "Write-Nothing")]
    [InlineData("", "returned nothing")]
    [InlineData("$null", "returned null")]
    [InlineData("'a-token'; 'another'", "returned 2 objects; it must return exactly one")]
    [InlineData("break", "ended with break")]
    [InlineData("exit 3", "ended with exit")]
    [InlineData("'two words'", "white space")]
    [InlineData("''", "is empty")]
    [InlineData("@{ access_token = 'x' }", "System.Collections.Hashtable")]
    public void Connect_TokenProviderGivesNoToken_SaysWhy(string script, string reason)
    {
        using var emulator = TcbEmulator.Start(Options);

        ScriptOutcome outcome = _session.Run($"Connect-TcbEnvironment test-env -Endpoint $endpoint -TokenProvider {{ {script} }}; 'went on'", ("endpoint", emulator.Endpoint));

        AssertRefused(outcome, "TokenProviderFailed", ErrorCategory.AuthenticationError, reason);
        Assert.Empty(outcome.Output);
    }

    [Fact]
    public void Remove_TokenProviderFailsInTheMiddle_EndsTheRunWithTheOpenFiles()
    {
        using var emulator = TcbEmulator.Start(Options);
        _session.Run("$first = $tokens.Issue('App'); Connect-TcbEnvironment test-env -Endpoint $endpoint -TokenProvider { if ($first) { $first } else { throw 'server down' } }",
            ("tokens", emulator.Tokens), ("endpoint", emulator.Endpoint));
        emulator.Files.Seed(FileIds.Range(10));
        emulator.Tokens.Expire((string)_session.Variable("first")!);

        ScriptOutcome outcome = _session.Run("$first = $null; $ids | Remove-TcbCloudFile", ("ids", FileIds.Range(10)));

        AssertRefused(outcome, "TokenProviderFailed", ErrorCategory.AuthenticationError, "server down");
        Assert.Equal(FileIds.Range(10), outcome.OpenIds);
    }

    [Fact]
    public void Connect_EnvironmentVariable_TakesTheTokenOrTheCredential()
    {
        using var emulator = TcbEmulator.Start(Options);
        ScriptOutcome both = RunWithVariables(emulator, "TCB_ENVIRONMENT_ID=test-env;TCB_ACCESS_TOKEN=" + Options.AccessToken, "Connect-TcbEnvironment -EnvironmentVariable");
        ScriptOutcome credential = RunWithVariables(
            emulator, $"TCB_ENVIRONMENT_ID=other;TCB_APP_ID={Options.AppId};TCB_APP_SECRET={Options.AppSecret}", "Connect-TcbEnvironment test-env -EnvironmentVariable");
        ScriptOutcome nothing = RunWithVariables(emulator, "TCB_ENVIRONMENT_ID=test-env", "Connect-TcbEnvironment -EnvironmentVariable");
        ScriptOutcome nowhere = RunWithVariables(emulator, "TCB_ACCESS_TOKEN=" + Options.AccessToken, "Connect-TcbEnvironment -EnvironmentVariable");

        Assert.Equal(TcbAuthentication.AccessToken, ((TcbEnvironment)both.Output.Single().BaseObject).Authentication);
        var environment = (TcbEnvironment)credential.Output.Single().BaseObject;
        Assert.Equal((TcbAuthentication.AppCredential, "test-env"), (environment.Authentication, environment.EnvironmentId));
        AssertRefused(nothing, "EnvironmentVariableMissing", ErrorCategory.InvalidArgument, "TCB_APP_SECRET");
        AssertRefused(nowhere, "EnvironmentVariableMissing", ErrorCategory.InvalidArgument, "TCB_ENVIRONMENT_ID");
    }

    [Theory]
    [InlineData("wx-unknown", null, "AppIdRejected", "40013")]
    [InlineData(null, "a-wrong-secret-of-some-length", "AppSecretRejected", "40125")]
    public void Connect_WrongCredential_FailsThere(string? appId, string? secret, string errorId, string code)
    {
        using var emulator = TcbEmulator.Start(Options);

        AssertRefused(Run(emulator, "-Credential $secret", Credential(appId, secret)), errorId, ErrorCategory.AuthenticationError, code);
        AssertRefused(_session.Run("Get-TcbEnvironment"), "NotConnected", ErrorCategory.ConnectionError, "Connect-TcbEnvironment");
    }

    [Fact]
    public void Connect_AddressNotAllowed_ShowsTheAddress()
    {
        using var emulator = TcbEmulator.Start(Options with { AddressAllowed = false });

        AssertRefused(Run(emulator, "-Credential $secret", Credential()), "EnvironmentRefused", ErrorCategory.PermissionDenied, "127.0.0.1");
    }

    [Fact]
    public void Connect_DeadRefreshToken_FailsThere()
    {
        using var emulator = TcbEmulator.Start(Options);

        AssertRefused(Run(emulator, Authorizer, "not-the-refresh-token"), "RefreshTokenRejected", ErrorCategory.AuthenticationError, "61023");
    }

    [Fact]
    public void Connect_MissingTokenFile_FailsThere()
    {
        using var emulator = TcbEmulator.Start(Options);

        ScriptOutcome outcome = Run(emulator, "-CloudBaseAccessTokenPath $secret", Path.Combine(_folder, "none"));

        AssertRefused(outcome, "TokenFileUnavailable", ErrorCategory.AuthenticationError, "none");
    }

    [Theory]
    [InlineData("no-such-folder/token-of-the-cloud-hosting-1")]
    [InlineData("/no-such-folder/Token-of-the-cloud-hosting-1")]
    public void Connect_TokenFileInAMissingFolder_IsNotTakenForAToken(string path)
    {
        using var emulator = TcbEmulator.Start(Options);

        AssertRefused(Run(emulator, "-CloudBaseAccessTokenPath $secret", path), "TokenFileUnavailable", ErrorCategory.AuthenticationError, "oken-of-the-cloud-hosting-1");
    }

    [Theory]
    [InlineData("a token with spaces")]
    [InlineData("token\n")]
    [InlineData("\ttoken")]
    [InlineData("")]
    [InlineData("令牌令牌令牌令牌")]
    public void Connect_SecretThatCannotBeOne_IsRefusedBeforeItIsSent(string secret)
    {
        using var emulator = TcbEmulator.Start(Options);

        AssertRefused(Run(emulator, "-AccessToken $secret", secret), "InvalidSecret", ErrorCategory.InvalidArgument, "AccessToken");
        Assert.Equal(0, emulator.Requests.TokenCallCount);
    }

    [Theory]
    [InlineData("-AccessToken x -OpenInterfaceService")]
    [InlineData("-AccessToken x -EnvironmentVariable")]
    [InlineData("-CloudBaseAccessToken x -CloudBaseAccessTokenPath y")]
    [InlineData("-ComponentAccessToken x -AccessToken y")]
    [InlineData("-TokenProvider { 'x' } -AccessToken y")]
    public void Connect_TwoWaysAtOnce_IsTheBindersToRefuse(string parameters) =>
        AssertRefused(_session.Run($"Connect-TcbEnvironment test-env {parameters}"), "AmbiguousParameterSet", ErrorCategory.InvalidArgument, "Parameter set");

    [Fact]
    public void Connect_ServiceBusy_TriesAgain()
    {
        using var emulator = TcbEmulator.Start(Options with { TokenFault = FaultPlan.Parse(0, "errcode--1:1") });

        Connect(emulator, "-Credential $secret", Credential());

        Assert.Equal(2, emulator.Requests.TokenCallCount);
    }

    private const string Authorizer =
        "-ComponentAppId wx0000000000000002 -ComponentAccessToken emulator-component-token -AuthorizerAppId wx0000000000000003 -AuthorizerRefreshToken $secret";

    private static PSCredential Credential(string? appId = null, string? secret = null)
    {
        SecureString password = new NetworkCredential(string.Empty, secret ?? Options.AppSecret).SecurePassword;
        return new PSCredential(appId ?? Options.AppId, password);
    }

    private static void AssertRefused(ScriptOutcome outcome, string errorId, ErrorCategory category, string reason)
    {
        Assert.NotNull(outcome.Terminating);
        Assert.Equal(errorId, outcome.Terminating.FullyQualifiedErrorId.Split(',')[0]);
        Assert.Equal(category, outcome.Terminating.CategoryInfo.Category);
        Assert.Contains(reason, outcome.Terminating.Exception.Message, StringComparison.Ordinal);
    }

    private ScriptOutcome Run(TcbEmulator emulator, string parameters, object secret) =>
        _session.Run($"Connect-TcbEnvironment test-env -Endpoint $endpoint {parameters}", ("endpoint", emulator.Endpoint), ("secret", secret));

    private TcbEnvironment Connect(TcbEmulator emulator, string parameters, object secret)
    {
        ScriptOutcome outcome = Run(emulator, parameters, secret);
        Assert.Null(outcome.Terminating);
        return (TcbEnvironment)outcome.Output.Single().BaseObject;
    }

    private ScriptOutcome RunWithVariables(TcbEmulator emulator, string variables, string script)
    {
        string[] names = ["TCB_ENVIRONMENT_ID", "TCB_ACCESS_TOKEN", "TCB_APP_ID", "TCB_APP_SECRET"];
        foreach (string name in names) Environment.SetEnvironmentVariable(name, null);
        foreach (string variable in variables.Split(';')) Environment.SetEnvironmentVariable(variable.Split('=')[0], variable.Split('=')[1]);
        try
        {
            return _session.Run($"{script} -Endpoint $endpoint", ("endpoint", emulator.Endpoint));
        }
        finally
        {
            foreach (string name in names) Environment.SetEnvironmentVariable(name, null);
        }
    }

    private void AssertRemoves(TcbEmulator emulator, int tokenCalls)
    {
        string[] ids = FileIds.Range(120);
        emulator.Files.Seed(ids);

        ScriptOutcome outcome = _session.Run("$ids | Remove-TcbCloudFile", ("ids", ids));

        Assert.Null(outcome.Terminating);
        Assert.Empty(outcome.Errors);
        Assert.Equal(ids.Order(StringComparer.Ordinal), outcome.RemovedIds.Order(StringComparer.Ordinal));
        Assert.Equal(0, emulator.Files.Count);
        Assert.Equal(tokenCalls, emulator.Requests.TokenCallCount);
    }
}
