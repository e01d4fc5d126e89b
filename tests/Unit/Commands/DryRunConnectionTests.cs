using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Commands;

/// <summary>Connect-TcbEnvironment -WhatIf: a connection without a token, for dry runs only.</summary>
public sealed class DryRunConnectionTests : IDisposable
{
    private const string Credential = "-Credential ([pscredential]::new('wx0000000000000001', [Net.NetworkCredential]::new('', '00000000000000000000000000000001').SecurePassword))";

    private readonly TcbEmulator _emulator = TcbEmulator.Start(new EmulatorOptions { FileIds = FileIds.Range(3) });
    private readonly PowerShellSession _session = new('N');

    public static TheoryData<string> Ways =>
    [
        Credential, "-AccessToken x", "-TokenProvider { throw 'asked' }", "-ComponentAccessToken { throw 'asked' }", "-ComponentAccessToken x", "-CloudBaseAccessToken x",
        "-CloudBaseAccessTokenPath ./no-such-file", "-OpenInterfaceService",
        "-ComponentAppId wx2 -ComponentAccessToken x -AuthorizerAppId wx3 -AuthorizerRefreshToken y",
    ];

    public void Dispose()
    {
        _session.Dispose();
        _emulator.Dispose();
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Connect_WhatIf_FetchesNoTokenAndReturnsAConnection(string parameters)
    {
        ScriptOutcome outcome = Run($"Connect-TcbEnvironment test-env -Endpoint $endpoint -WhatIf {parameters}; Get-TcbEnvironment");

        Assert.Null(outcome.Terminating);
        Assert.Equal(2, outcome.Output.Length);
        Assert.Same(outcome.Output[0].BaseObject, outcome.Output[1].BaseObject);
        var connection = (TcbEnvironment)outcome.Output[0].BaseObject;
        Assert.Equal(("test-env", true, null), (connection.EnvironmentId, connection.IsDryRun, connection.TokenExpiresOn));
        Assert.Contains("Connect to ", _session.Host.Shown, StringComparison.Ordinal);
        AssertNothingCame();
    }

    [Theory]
    [InlineData("-AccessToken ''", "InvalidSecret")]
    [InlineData("-AccessToken x -Proxy ftp://proxy", "InvalidProxy")]
    public void Connect_WhatIf_ChecksItsArguments(string parameters, string errorId) =>
        Assert.StartsWith(errorId, Run($"Connect-TcbEnvironment test-env -WhatIf {parameters}").Terminating!.FullyQualifiedErrorId, StringComparison.Ordinal);

    [Theory]
    [InlineData("$WhatIfPreference = $true")]
    [InlineData("$PSDefaultParameterValues = @{ '*-Tcb*:WhatIf' = $true }")]
    public void Script_WithWhatIfPreference_IsADryRun(string preference)
    {
        ScriptOutcome outcome = Run(
            $$"""
            {{preference}}
            $connection = Connect-TcbEnvironment test-env -Endpoint $endpoint {{Credential}}
            $ids | Remove-TcbCloudFile
            $ids | Remove-TcbCloudFile -Environment $connection
            'cloud://other-env.b/a.png' | Remove-TcbCloudFile
            Disconnect-TcbEnvironment
            """);

        Assert.Null(outcome.Terminating);
        Assert.Empty(outcome.Output);
        // Of another environment than the connection's: a run without any connection would not have noticed.
        Assert.Equal("FileInOtherEnvironment", Assert.Single(outcome.Errors).FullyQualifiedErrorId.Split(',')[0]);
        Assert.Equal([3, 3], outcome.SummaryData.Select(summary => ((CloudFileSummary)summary.BaseObject).WouldProcess.Values.Sum()).Where(count => count > 0));
        AssertNothingCame();
    }

    [Theory]
    [InlineData("$ids | Remove-TcbCloudFile")]
    [InlineData("$ids | Remove-TcbCloudFile -WhatIf:$false")]
    [InlineData("$ids | Remove-TcbCloudFile -Environment $connection")]
    [InlineData("$ids | Get-TcbCloudFile")]
    [InlineData("$ids | Get-TcbCloudFile -Environment $connection")]
    [InlineData("Disconnect-TcbEnvironment -WhatIf; $ids | Remove-TcbCloudFile")]
    public void AnythingElse_UnderIt_IsNotConnectedAndSaysWhy(string script)
    {
        // An older default, of another environment or the same, must not be what the run falls back to.
        ScriptOutcome outcome = Run(
            $"$null = Connect-TcbEnvironment test-env -Endpoint $endpoint -AccessToken emulator-access-token; $connection = Connect-TcbEnvironment test-env -Endpoint $endpoint -AccessToken x -WhatIf; {script}");

        Assert.Equal("NotConnected", outcome.Terminating!.FullyQualifiedErrorId.Split(',')[0]);
        Assert.Contains("was made with -WhatIf", outcome.Terminating.Exception.Message, StringComparison.Ordinal);
        Assert.Null(outcome.Terminating.TargetObject);
        AssertNothingCame();
    }

    [Fact]
    public void DryRun_UnderIt_IsOfItsEnvironmentAndNotOfAnOlderDefault()
    {
        ScriptOutcome outcome = Run(
            "$null = Connect-TcbEnvironment other-env -AccessToken x; $null = Connect-TcbEnvironment test-env -AccessToken x -WhatIf; $ids | Remove-TcbCloudFile -WhatIf");

        Assert.Empty(outcome.Errors);
        Assert.Equal("test-env", ((CloudFileSummary)outcome.SummaryData.Single().BaseObject).EnvironmentId);
    }

    [Fact]
    public void Connect_AfterIt_IsReal()
    {
        ScriptOutcome outcome = Run(
            $"$null = Connect-TcbEnvironment test-env -AccessToken x -WhatIf; (Connect-TcbEnvironment test-env -Endpoint $endpoint {Credential}).IsDryRun; $ids | Remove-TcbCloudFile");

        Assert.Equal(4, outcome.Output.Length);
        Assert.Equal(false, outcome.Output[0].BaseObject);
        Assert.Equal(0, _emulator.Files.Count);
    }

    [Fact]
    public void Disconnect_ForgetsIt() =>
        Assert.DoesNotContain("-WhatIf", Run(
            "$null = Connect-TcbEnvironment test-env -AccessToken x -WhatIf; Disconnect-TcbEnvironment; $ids | Remove-TcbCloudFile").Terminating!.Exception.Message, StringComparison.Ordinal);

    private ScriptOutcome Run(string script) => _session.Run(script, ("endpoint", _emulator.Endpoint), ("ids", FileIds.Range(3)));

    private void AssertNothingCame() => Assert.Equal((0, 0, 3), (_emulator.Requests.Count, _emulator.Requests.TokenCallCount, _emulator.Files.Count));
}
