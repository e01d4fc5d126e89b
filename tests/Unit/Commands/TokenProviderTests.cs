using System.Collections.Concurrent;
using System.Net;
using System.Security;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Tokens;
using TcbPowerShell.Commands;
using TcbPowerShell.Emulation;
using TcbPowerShell.Model;
using TcbPowerShell.Tests.Client.Http;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Commands;

/// <summary>Runs that need new tokens in the middle: from the user's script, or for an authorizer.</summary>
[Trait("rule", "9")]
public sealed class TokenProviderTests : IDisposable
{
    private static readonly EmulatorOptions Options = new() { AccessToken = "emulator-access-token" };

    private readonly PowerShellSession _session = new();

    public void Dispose() => _session.Dispose();

    [Theory]
    [InlineData("$id | Remove-TcbCloudFile -Environment $connection")]
    [InlineData("$id | Remove-TcbCloudFile")]
    [InlineData("$id | Get-TcbCloudFile")]
    [InlineData("$runspace = [runspacefactory]::CreateRunspace($state); $runspace.Open(); $shell = [powershell]::Create(); $shell.Runspace = $runspace; "
        + "$shell.AddScript('param($i, $c) $ErrorActionPreference = \"Stop\"; $i | Remove-TcbCloudFile -Environment $c').AddArgument($id).AddArgument($connection).Invoke()")]
    public void Remove_ProviderUsesItsOwnConnection_EndsAndSaysSo(string use)
    {
        using var emulator = TcbEmulator.Start(Options);
        string first = emulator.Tokens.Issue();
        _session.Run(
            "$calls = @(0)\n$connection = Connect-TcbEnvironment test-env -Endpoint $endpoint -TokenProvider { if (++$calls[0] -eq 1) { $first } else { $null = "
                + use + "; 'another-token' } }",
            ("endpoint", emulator.Endpoint), ("first", first), ("id", FileIds.Of(1)), ("state", PowerShellSession.InitialState()));
        emulator.Files.Seed(FileIds.Range(10));
        emulator.Tokens.Expire(first);

        ScriptOutcome outcome = _session.Run("$ids | Remove-TcbCloudFile", ("ids", FileIds.Range(10)));

        Assert.StartsWith("TokenProviderFailed,", outcome.Terminating!.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("the token provider used the connection that it provides the token for", outcome.Terminating.Exception.Message, StringComparison.Ordinal);
        Assert.Equal(2, ((object[])_session.Variable("calls")!)[0]);
        Assert.Equal(10, emulator.Files.Count);
    }

    [Fact]
    public void Remove_ProviderFails_ThirtyTwoRequestsAskOnce()
    {
        using var emulator = TcbEmulator.Start(Options);
        string first = emulator.Tokens.Issue();
        _session.Run(
            "$calls = @(0)\n$null = Connect-TcbEnvironment test-env -Endpoint $endpoint -TokenProvider { if (++$calls[0] -eq 1) { $first } else { throw 'down' } }",
            ("endpoint", emulator.Endpoint), ("first", first));
        emulator.Tokens.Expire(first);

        ScriptOutcome outcome = _session.Run("$ids | Remove-TcbCloudFile -BatchSize 1 -ThrottleLimit 32", ("ids", FileIds.Range(100)));

        Assert.StartsWith("TokenProviderFailed,", outcome.Terminating!.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(2, ((object[])_session.Variable("calls")!)[0]);
        Assert.NotEmpty(outcome.OpenIds);
    }

    [Theory]
    [InlineData("-TokenProvider { $server.Issue('App') }")]
    [InlineData("-ComponentAppId wx0000000000000002 -ComponentAccessToken { $server.Issue('Component') } -AuthorizerAppId wx0000000000000003 "
        + "-AuthorizerRefreshToken emulator-refresh-token -WarningAction SilentlyContinue")]
    [InlineData("-Credential ([pscredential]::new('wx0000000000000001', [Net.NetworkCredential]::new('', '00000000000000000000000000000001').SecurePassword))")]
    public void Pipeline_ThreeRunsOverOneConnection_SurviveEndingTokens(string way)
    {
        // Each token is good for so many requests, a component token for one.
        const int good = 40;
        var uses = new ConcurrentDictionary<string, int>();
        TcbEmulator? server = null;
        using TcbEmulator emulator = server = TcbEmulator.Start(Options with
        {
            Fault = request =>
            {
                if (uses.AddOrUpdate(request.Token!, 1, (_, count) => count + 1) <= good) return null;
                server!.Tokens.Expire(request.Token!);
                return Fault.ErrorCode(42001);
            },
            TokenFault = request => request.Token is { } component && uses.AddOrUpdate(component, 1, (_, count) => count + 1) > 1 ? Fault.ErrorCode(42001) : null,
        });
        string[] ids = FileIds.Range(200);
        emulator.Files.Seed(ids);
        ScriptOutcome connected = _session.Run("$c = Connect-TcbEnvironment test-env -Endpoint $endpoint " + way, ("endpoint", emulator.Endpoint), ("server", emulator.Tokens));
        Assert.Null(connected.Terminating);

        ScriptOutcome outcome = _session.Run(
            "$ids | Get-TcbCloudFile -BatchSize 5 -ThrottleLimit 2 | Remove-TcbCloudFile -BatchSize 3 -ThrottleLimit 2 "
                + "| Remove-TcbCloudFile -BatchSize 3 -ThrottleLimit 2 -IgnoreMissing -WarningAction SilentlyContinue",
            ("ids", ids));

        Assert.Null(outcome.Terminating);
        Assert.Empty(outcome.Errors);
        Assert.Equal(ids.Order(StringComparer.Ordinal), outcome.Removals.Select(removal => removal.FileId).Order(StringComparer.Ordinal));
        Assert.Equal(0, emulator.Files.Count);
        // Three runs can ask at the same time, each for itself.
        int tokens = emulator.Requests.Snapshot().Where(request => request.Kind != RequestKind.Token).Select(request => request.Token).Distinct().Count();
        Assert.InRange(tokens, 4, 12);
    }

    [Fact]
    public void Connect_ReplyReplacesTheRefreshTokenButHasNoLife_FailsAndKeepsTheConnection()
    {
        // The same four times: connecting tries again.
        using var emulator = TcbEmulator.Start(Options with
        {
            TokenFault = _ => Fault.Body("""{"authorizer_access_token":"x","authorizer_refresh_token":"a-new-refresh-token"}"""),
        });

        ScriptOutcome outcome = _session.Run(
            "Connect-TcbEnvironment test-env -Endpoint $endpoint -ComponentAppId wx0000000000000002 -ComponentAccessToken emulator-component-token "
                + "-AuthorizerAppId wx0000000000000003 -AuthorizerRefreshToken emulator-refresh-token",
            ("endpoint", emulator.Endpoint));

        Assert.StartsWith("TokenNotIssued,", outcome.Terminating!.FullyQualifiedErrorId, StringComparison.Ordinal);
        var connection = (TcbEnvironment)_session.Run("Get-TcbEnvironment").Output.Single().BaseObject;
        using SecureString kept = connection.GetAuthorizerRefreshToken()!;
        Assert.Equal("a-new-refresh-token", new NetworkCredential(string.Empty, kept).Password);
        Assert.Contains("GetAuthorizerRefreshToken", Assert.Single(outcome.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetch_ReplyWithoutALife_DoesNotCallTheServiceUnreachable()
    {
        using var emulator = TcbEmulator.Start(Options with { TokenFault = _ => Fault.Body("""{"access_token":"x"}""") });
        var client = new TcbClient(HttpClientFactory.Create(null), emulator.Endpoint, TimeSpan.FromSeconds(30), new ManualClock());
        var environment = new TcbEnvironment(FileIds.Environment, emulator.Endpoint, new StableAccessToken(Options.AppId, Options.AppSecret, client), client);

        TcbException e = await Assert.ThrowsAsync<TcbException>(() => environment.FetchTokenAsync(new TestContext()));

        Assert.Equal((ErrorId.TokenNotIssued, true), (e.ErrorId, e.IsTokenCall));
        Assert.Equal(
            "No access token was issued: the reply contains no expires_in. The service was reached. Check that -Endpoint is the address of the service, and connect again later.",
            Advice.Of(e.ErrorId, e, e.Text, environment).ToString());
    }
}
