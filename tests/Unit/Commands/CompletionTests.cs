using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Commands;

/// <summary>Tab completion of arguments (members are in tests/Pester: the engine sorts them by Sort-Object), and a session's defaults.</summary>
// The variables are the process's, and Tab looks at them: never beside a test that sets them.
[Collection("Environment variables")]
public sealed class CompletionTests
{
    [Theory]
    [InlineData("Connect-TcbEnvironment ", "test-env")]
    [InlineData("Connect-TcbEnvironment te", "test-env")]
    [InlineData("Connect-TcbEnvironment -EnvironmentId 'TE", "test-env")]
    [InlineData("Connect-TcbEnvironment x -Endpoint https://sh", "https://sh.api.weixin.qq.com")]
    public void Tab_OffersIt(string line, string expected)
    {
        using var connected = new ConnectedSession();

        Assert.Contains(expected, Complete(connected.Session, line));
    }

    [Fact]
    public void Tab_EnvironmentId_OfAnotherBeginning_OffersNothingOfOurs()
    {
        using var connected = new ConnectedSession();

        Assert.DoesNotContain("test-env", Complete(connected.Session, "Connect-TcbEnvironment prod"));
    }

    [Fact]
    public void Tab_EnvironmentIdWithoutAConnection_OffersNothingOfOurs()
    {
        using var connected = new ConnectedSession();
        connected.Run("Disconnect-TcbEnvironment");

        Assert.DoesNotContain("test-env", Complete(connected.Session, "Connect-TcbEnvironment "));
    }

    [Theory]
    [InlineData("Remove-TcbCloudFile x -Environment ", "$default $other ${third one}")]
    [InlineData("Get-TcbCloudFile x -Environment oth", "$other")]
    [InlineData("Get-TcbCloudFile x -Environment zzz", "")]
    [InlineData("Save-TcbCloudFile x y -Environment oth", "$other")]
    [InlineData("Remove-TcbCloudFile -FileId ", "")]
    [InlineData("Save-TcbCloudFile -FileId ", "")]
    [InlineData("Save-TcbCloudFile backup ", "")]
    [InlineData("Get-TcbCloudFile ", "")]
    public void Tab_Environment_OffersVariablesThatHoldAConnection_AndFileIdNothing(string line, string expected)
    {
        using var connected = new ConnectedSession();
        connected.Session.Runspace.SessionStateProxy.SetVariable("patient", null);

        ScriptOutcome outcome = connected.Session.Run(
            """
            $default = Get-TcbEnvironment
            $other = [psobject] (Connect-TcbEnvironment other-env -AccessToken x -WhatIf)
            ${third one} = $default
            $text = 'test-env'
            (TabExpansion2 $line $line.Length).CompletionMatches | ForEach-Object { $_.CompletionText; $_.ToolTip }
            """,
            ("line", line));

        string[] said = [.. outcome.Output.Select(text => (string)text.BaseObject)];
        Assert.Equal(expected, string.Join(' ', said.Where((_, i) => i % 2 == 0)));
        Assert.All(said.Where((_, i) => i % 2 == 1), tip =>
            Assert.Contains(tip, new[] { $"test-env, {connected.Emulator.Endpoint}", "other-env, https://api.weixin.qq.com/ (-WhatIf)" }));
    }

    [Fact]
    public void DefaultParameterValues_AreUsed()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(5) });

        ScriptOutcome outcome = connected.Run(
            """
            $PSDefaultParameterValues = @{ 'Remove-TcbCloudFile:BatchSize' = 2; '*-Tcb*:IgnoreMissing' = $true; 'Connect-TcbEnvironment:Endpoint' = $endpoint
                'Connect-TcbEnvironment:EnvironmentId' = 'test-env' }
            (Connect-TcbEnvironment -AccessToken x).Endpoint
            $ids | Remove-TcbCloudFile -Environment $default
            """,
            FileIds.Range(6));

        Assert.Equal(connected.Emulator.Endpoint, outcome.Output[0].BaseObject);
        Assert.Equal(6, outcome.Output.Length - 1);
        Assert.Equal(new Dictionary<int, int> { [2] = 3 }, connected.Emulator.Requests.BatchSizes);
    }

    private static string[] Complete(PowerShellSession session, string line)
    {
        ScriptOutcome outcome = session.Run("(TabExpansion2 $line $line.Length).CompletionMatches | ForEach-Object CompletionText", ("line", line));
        return [.. outcome.Output.Select(text => $"{text}".Trim('\''))];
    }
}
