using System.Management.Automation;
using System.Security;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;
using TcbPowerShell.Tests.Network;
using Xunit;

namespace TcbPowerShell.Tests.Commands;

public sealed class ConnectTcbEnvironmentCommandTests
{
    private const string Token = "connect-token-that-must-not-be-seen";

    [Theory]
    [InlineData("Connect-TcbEnvironment test-env -Endpoint $endpoint -AccessToken $token")]
    [InlineData("Connect-TcbEnvironment test-env -Endpoint $endpoint -AccessToken $secure")]
    [InlineData("Connect-TcbEnvironment -EnvironmentId test-env -Endpoint $endpoint -AccessToken ([psobject] $token)")]
    [InlineData("'test-env' | Connect-TcbEnvironment -Endpoint $endpoint -AccessToken $token")]
    [InlineData("[pscustomobject]@{ EnvironmentId = 'test-env' } | Connect-TcbEnvironment -Endpoint $endpoint -AccessToken $token")]
    [InlineData("[pscustomobject]@{ environmentid = 'test-env'; Name = 'x' } | Connect-TcbEnvironment -Endpoint \"$endpoint\" -AccessToken $token")]
    [InlineData("$null = Connect-TcbEnvironment test-env -Endpoint $endpoint -AccessToken $token; Get-TcbEnvironment | Connect-TcbEnvironment -Endpoint $endpoint -AccessToken $token")]
    public void Connect_MakesTheDefaultConnection(string script)
    {
        using var emulator = TcbEmulator.Start(new EmulatorOptions { AccessToken = Token, FileIds = FileIds.Range(1) });
        using var session = new PowerShellSession();

        ScriptOutcome outcome = session.Run(
            $"{script}; Get-TcbEnvironment; Remove-TcbCloudFile $id",
            ("endpoint", emulator.Endpoint), ("token", Token), ("secure", Secure(Token)), ("id", FileIds.Of(1)));

        Assert.Null(outcome.Terminating);
        Assert.Empty(outcome.Errors);
        var made = (TcbEnvironment)outcome.Output[0].BaseObject;
        Assert.Same(made, outcome.Output[1].BaseObject);
        Assert.Equal(("test-env", TcbAuthentication.AccessToken, null), (made.EnvironmentId, made.Authentication, made.TokenExpiresOn));
        Assert.Equal(emulator.Endpoint, made.Endpoint);
        Assert.Equal("test-env", made.ToString());
        Assert.IsType<CloudFileRemoval>(outcome.Output[2].BaseObject);
        Assert.Equal(Token, emulator.Requests.Snapshot().Single().Token);
        Assert.DoesNotContain(Token, outcome.AllText(), StringComparison.Ordinal);
    }

    [Fact]
    public void Connect_ByDefault_IsToTheServiceAndTouchesNoNetwork()
    {
        using var session = new PowerShellSession();

        var made = (TcbEnvironment)session.Run("Connect-TcbEnvironment test2-4a89da -AccessToken abc").Output.Single().BaseObject;

        Assert.Equal(new Uri("https://api.weixin.qq.com"), made.Endpoint);
    }

    [Fact]
    public void Connect_Again_ReplacesTheDefault()
    {
        using var session = new PowerShellSession();

        ScriptOutcome outcome = session.Run(
            "$null = Connect-TcbEnvironment one -AccessToken abc; $null = Connect-TcbEnvironment two -AccessToken abc; (Get-TcbEnvironment).EnvironmentId");

        Assert.Equal("two", outcome.Output.Single().BaseObject);
    }

    [Fact]
    public void Connect_ConfirmAnsweredNo_ChangesNothingAndReturnsNothing()
    {
        using var session = new PowerShellSession('N');

        ScriptOutcome outcome = session.Run(
            "$null = Connect-TcbEnvironment before -AccessToken abc; Connect-TcbEnvironment test-env -AccessToken abc -Confirm; (Get-TcbEnvironment).EnvironmentId");

        Assert.Equal("before", outcome.Output.Single().BaseObject);
        Assert.Contains("test-env", string.Concat(session.Host.Prompts), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Low", 1)]
    [InlineData("Medium", 0)]
    public void Connect_ImpactIsLow(string preference, int questions)
    {
        using var session = new PowerShellSession('Y');

        session.Run($"$ConfirmPreference = '{preference}'; Connect-TcbEnvironment test-env -AccessToken abc");

        Assert.Equal(questions, session.Host.Prompts.Count);
    }

    [Theory]
    [InlineData("http://api.weixin.qq.com", "must use https")]
    [InlineData("http://127.0.0.1.example.com", "must use https")]
    [InlineData("https://somebody:secret-of-mine@api.weixin.qq.com", "must not contain a user name or a password")]
    [InlineData("https://secret-of-mine@api.weixin.qq.com", "must not contain a user name or a password")]
    [InlineData("http://somebody:secret-of-mine@127.0.0.1", "must not contain a user name or a password")]
    [InlineData("https://api.weixin.qq.com/?access_token=secret-of-mine", "must not contain a query")]
    [InlineData("https://api.weixin.qq.com/#secret-of-mine", "must not contain a query or a fragment")]
    [InlineData("ftp://api.weixin.qq.com", "absolute https address")]
    [InlineData("api.weixin.qq.com", "absolute https address")]
    [InlineData("/secret-of-mine", "absolute https address")]
    [InlineData("file:///secret-of-mine", "absolute https address")]
    public void Connect_BadEndpoint_IsRefusedWithoutBeingRepeated(string endpoint, string problem)
    {
        using var session = new PowerShellSession();

        ScriptOutcome outcome = session.Run("Connect-TcbEnvironment test-env -AccessToken abc -Endpoint $endpoint", ("endpoint", endpoint));

        ErrorRecord error = outcome.Terminating!;
        Assert.Equal(
            ("InvalidEndpoint,TcbPowerShell.ConnectTcbEnvironmentCommand", ErrorCategory.InvalidArgument),
            (error.FullyQualifiedErrorId, error.CategoryInfo.Category));
        Assert.Contains(problem, error.Exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-of-mine", outcome.AllText(), StringComparison.Ordinal);
        Assert.Equal(
            "NotConnected,TcbPowerShell.GetTcbEnvironmentCommand", session.Run("Get-TcbEnvironment").Terminating!.FullyQualifiedErrorId);
    }

    [Theory]
    [InlineData("http://localhost:8080")]
    [InlineData("http://127.0.0.1")]
    [InlineData("http://[::1]:8080")]
    [InlineData("http://[::ffff:127.0.0.2]:8080")]
    [InlineData("https://sh.api.weixin.qq.com")]
    [InlineData("https://gateway.example.com/wechat/")]
    public void Connect_GoodEndpoint_IsTaken(string endpoint)
    {
        using var session = new PowerShellSession();

        ScriptOutcome outcome = session.Run(
            "(Connect-TcbEnvironment test-env -AccessToken abc -Endpoint $endpoint).Endpoint", ("endpoint", endpoint));

        Assert.Equal(new Uri(endpoint), outcome.Output.Single().BaseObject);
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("   ", "white space, probably a line break at its end. Trim it")]
    [InlineData("secret-of-mine\n", "white space, probably a line break at its end. Trim it")]
    [InlineData("secret-of-mine\r\n", "white space, probably a line break at its end. Trim it")]
    [InlineData(" secret-of-mine", "white space, probably a line break at its end. Trim it")]
    [InlineData("Bearer secret-of-mine", "begins with the word Bearer. Pass only the token")]
    [InlineData("bearer: secret-of-mine", "begins with the word Bearer. Pass only the token")]
    [InlineData("Authorization: Bearer secret-of-mine\n", "begins with the word Bearer. Pass only the token")]
    [InlineData("secret of mine", "white space, probably a line break at its end. Trim it")]
    [InlineData("secret-of-mine\0", "a character that is not valid in a token. Copy it again")]
    [InlineData("secret\u3000of-mine", "white space, probably a line break at its end. Trim it")]
    [InlineData("'secret-of-mine'", "begins with a quotation mark. Remove the quotation marks")]
    [InlineData("\"secret-of-mine\"", "begins with a quotation mark. Remove the quotation marks")]
    [InlineData("{\"access_token\":\"secret-of-mine\"}", "is a whole JSON reply. Use the value of its access_token")]
    public void Connect_TextThatIsNotAToken_IsRefusedWithoutBeingRepeated(string token, string problem)
    {
        using var session = new PowerShellSession();

        ScriptOutcome outcome = session.Run("Connect-TcbEnvironment test-env -AccessToken $token", ("token", token));

        ErrorRecord error = outcome.Terminating!;
        Assert.Equal(
            ("InvalidSecret,TcbPowerShell.ConnectTcbEnvironmentCommand", ErrorCategory.InvalidArgument),
            (error.FullyQualifiedErrorId, error.CategoryInfo.Category));
        Assert.StartsWith("AccessToken ", error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains(problem, error.Exception.Message, StringComparison.Ordinal);
        Assert.EndsWith("Nothing was sent.", error.Exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("mine", outcome.AllText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-AccessToken $null")]
    [InlineData("-AccessToken 42")]
    [InlineData("-AccessToken @('abc', 'def')")]
    [InlineData("-AccessToken abc -TimeoutSec 0")]
    [InlineData("-AccessToken abc -TimeoutSec 3601")]
    [InlineData("-AccessToken abc -Endpoint $null")]
    public void Connect_BadArgument_IsTheBindersToRefuse(string parameters)
    {
        using var session = new PowerShellSession();

        ScriptOutcome outcome = session.Run($"Connect-TcbEnvironment test-env {parameters}");

        Assert.Matches("^(ParameterArgument|CannotConvertArgument)", outcome.Terminating!.FullyQualifiedErrorId);
        Assert.Empty(outcome.Output);
    }

    [Theory]
    [InlineData("")]
    [InlineData("test env")]
    [InlineData("test.env")]
    [InlineData("test\"env")]
    [InlineData("cloud://test-env.x/a.png")]
    [InlineData("-test")]
    [InlineData("test-env\n")]
    public void Connect_BadEnvironmentId_IsRefused(string environmentId)
    {
        using var session = new PowerShellSession();

        ScriptOutcome outcome = session.Run("Connect-TcbEnvironment $id -AccessToken abc", ("id", environmentId));

        Assert.StartsWith("ParameterArgument", outcome.Terminating!.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-NoProxy -Proxy http://proxy:8080", "-NoProxy cannot be combined")]
    [InlineData("-NoProxy -ProxyCredential $credential", "-NoProxy cannot be combined")]
    [InlineData("-NoProxy -ProxyUseDefaultCredentials", "-NoProxy cannot be combined")]
    [InlineData("-ProxyUseDefaultCredentials -ProxyCredential $credential", "-ProxyUseDefaultCredentials cannot be combined")]
    [InlineData("-Proxy http://somebody:secret-of-mine@proxy:8080", "without a user name and password")]
    [InlineData("-Proxy proxy/relative", "must be an absolute http or https address")]
    public void Connect_BadProxy_IsRefused(string parameters, string problem)
    {
        using var session = new PowerShellSession();
        var credential = new PSCredential("somebody", Secure("secret-of-mine"));

        ScriptOutcome outcome = session.Run($"Connect-TcbEnvironment test-env -AccessToken abc {parameters}", ("credential", credential));

        Assert.Equal("InvalidProxy,TcbPowerShell.ConnectTcbEnvironmentCommand", outcome.Terminating!.FullyQualifiedErrorId);
        Assert.Contains(problem, outcome.Terminating.Exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-of-mine", outcome.Terminating.Exception.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Connect_Proxy_IsWhereRequestsGo()
    {
        // The emulator, as a proxy, sees the absolute address of the service that nobody can reach.
        using var proxy = TcbEmulator.Start(new EmulatorOptions { AccessToken = Token, FileIds = FileIds.Range(1) });
        using var session = new PowerShellSession();

        ScriptOutcome outcome = session.Run(
            "$null = Connect-TcbEnvironment test-env -AccessToken $token -Endpoint http://127.0.0.1:9 -Proxy $proxy; Remove-TcbCloudFile $id -MaximumRetryCount 0",
            ("token", Token), ("proxy", proxy.Endpoint), ("id", FileIds.Of(1)));

        Assert.Empty(outcome.Errors);
        Assert.Equal(1, proxy.Requests.Count);
    }

    [Fact]
    public async Task Connect_ProxyRefusesTheTunnel_EndsAtOnce()
    {
        await using var proxy = new HttpProxy(fault: WireFault.Answer(403));
        using var session = new PowerShellSession();

        ScriptOutcome outcome = session.Run(
            "Connect-TcbEnvironment test-env -Credential $credential -Endpoint https://service.example -Proxy $proxy",
            ("credential", new PSCredential("wx0000000000000001", Secure("secret-of-mine"))), ("proxy", proxy.Address));

        Assert.Equal("ProxyRefused,TcbPowerShell.ConnectTcbEnvironmentCommand", outcome.Terminating!.FullyQualifiedErrorId);
        Assert.Equal(1, proxy.Requests);
    }

    [Fact]
    public async Task Connect_EachRequest_NamesModuleAndPowerShell()
    {
        await using var server = new TlsServer(null);
        using var session = new PowerShellSession();

        ScriptOutcome outcome = session.Run(
            "$null = Connect-TcbEnvironment test-env -AccessToken $token -Endpoint $endpoint -NoProxy; $ids | Remove-TcbCloudFile -BatchSize 1; \"$($PSVersionTable.PSVersion)\"",
            ("token", Token), ("endpoint", server.Endpoint), ("ids", FileIds.Range(2)));

        string version = typeof(ConnectTcbEnvironmentCommand).Assembly.GetName().Version!.ToString(3);
        Assert.Equal(2, server.Calls.Count);
        Assert.All(server.Calls, call => Assert.Equal($"TcbPowerShell/{version} PowerShell/{outcome.Output[^1]}", call.UserAgent));
    }

    private static SecureString Secure(string text) => new System.Net.NetworkCredential(string.Empty, text).SecurePassword;
}
