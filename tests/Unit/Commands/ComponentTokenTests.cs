using System.Management.Automation;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Commands;

/// <summary>Runs that outlive the token of a third-party platform.</summary>
[Trait("rule", "9")]
public sealed class ComponentTokenTests : IDisposable
{
    private const string Authorizer = "Connect-TcbEnvironment test-env -Endpoint $endpoint -ComponentAppId wx0000000000000002 -AuthorizerAppId wx0000000000000003 "
        + "-AuthorizerRefreshToken emulator-refresh-token -WarningAction SilentlyContinue -ComponentAccessToken ";

    private const string Component = "Connect-TcbEnvironment test-env -Endpoint $endpoint -ComponentAccessToken ";

    private static readonly string[] Ids = FileIds.Range(10);

    private readonly PowerShellSession _session = new();
    private readonly TcbEmulator _emulator = TcbEmulator.Start(new EmulatorOptions { FileIds = Ids });

    public void Dispose()
    {
        _emulator.Dispose();
        _session.Dispose();
    }

    [Theory]
    [InlineData(Authorizer)]
    [InlineData(Component)]
    public void ByValue_Expires_EndsTheRunAndSaysWhichToken(string connect)
    {
        _session.Run(connect + "emulator-component-token", ("endpoint", _emulator.Endpoint));
        ExpireAll();

        ScriptOutcome outcome = _session.Run("$ids | Remove-TcbCloudFile", ("ids", Ids));

        ErrorRecord error = outcome.Terminating!;
        Assert.Equal("ComponentTokenRejected,TcbPowerShell.RemoveTcbCloudFileCommand", error.FullyQualifiedErrorId);
        Assert.Equal(ErrorCategory.AuthenticationError, error.CategoryInfo.Category);
        Assert.Contains("errcode 42001", error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains("pass -ComponentAccessToken a script block", error.Exception.Message, StringComparison.Ordinal);
        Assert.Equal(Ids, outcome.OpenIds);
        Assert.Equal(10, _emulator.Files.Count);
    }

    [Theory]
    [InlineData(Authorizer)]
    [InlineData(Component)]
    public void ByScript_Expires_TheRunGoesOn(string connect)
    {
        ScriptOutcome connected = _session.Run(
            "$asked = @(0); $component = 'emulator-component-token'; " + connect + "{ $asked[0]++; $component }", ("endpoint", _emulator.Endpoint));
        Assert.Null(connected.Terminating);
        ExpireAll();

        ScriptOutcome outcome = _session.Run(
            "$component = $fresh; $ids | Remove-TcbCloudFile; $asked[0]", ("fresh", _emulator.Tokens.Issue(TokenKind.Component)), ("ids", Ids));

        Assert.Null(outcome.Terminating);
        Assert.Equal(0, _emulator.Files.Count);
        Assert.Equal(2, outcome.Output[^1].BaseObject);
    }

    [Fact]
    public void ByScript_InAnotherRunspace_IsMadeAnewFromItsText()
    {
        TcbEnvironment connection = (TcbEnvironment)_session.Run(
            "$component = 'emulator-component-token'; " + Authorizer + "{ $component }", ("endpoint", _emulator.Endpoint)).Output.Single().BaseObject;
        ExpireAll();
        using var other = new PowerShellSession();

        ScriptOutcome outcome = other.Run("$ids | Remove-TcbCloudFile -Environment $connection",
            ("component", _emulator.Tokens.Issue(TokenKind.Component)), ("connection", connection), ("ids", Ids));

        Assert.Null(outcome.Terminating);
        Assert.Equal(10, outcome.Removals.Length);
    }

    [Theory]
    [InlineData("throw 'out of order'", "out of order")]
    [InlineData("", "returned nothing")]
    [InlineData("'a-token'; 'another'", "returned 2 objects")]
    [InlineData("@{ component_access_token = 'x' }", "System.Collections.Hashtable")]
    [InlineData("'two words'", "white space")]
    public void ByScript_GivesNoToken_SaysWhy(string script, string reason)
    {
        foreach (string connect in (string[])[Authorizer, Component])
        {
            ScriptOutcome outcome = _session.Run($"{connect} {{ {script} }}", ("endpoint", _emulator.Endpoint));

            Assert.Equal("TokenProviderFailed,TcbPowerShell.ConnectTcbEnvironmentCommand", outcome.Terminating!.FullyQualifiedErrorId);
            Assert.Contains(reason, outcome.Terminating.Exception.Message, StringComparison.Ordinal);
        }
        Assert.Equal(0, _emulator.Requests.Count);
    }

    [Fact]
    public void Connect_ByScript_ShowsNeitherScriptNorToken()
    {
        ScriptOutcome outcome = _session.Run(
            "$VerbosePreference = $DebugPreference = 'Continue'; $connection = " + Authorizer
                + "{ $component }\n$connection.PSObject.Properties | ForEach-Object { \"$($_.Value)\" }; [Management.Automation.PSSerializer]::Serialize($connection)",
            ("endpoint", _emulator.Endpoint), ("component", "emulator-component-token"));

        Assert.Null(outcome.Terminating);

        Assert.DoesNotContain("emulator-component-token", outcome.AllText(), StringComparison.Ordinal);
    }

    // The platform's token, and the authorizer's if there is one.
    private void ExpireAll()
    {
        _emulator.Tokens.Expire("emulator-component-token");
        if (_emulator.Tokens.CurrentAuthorizer is { } token) _emulator.Tokens.Expire(token);
    }
}
