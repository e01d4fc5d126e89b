using System.Management.Automation;
using System.Text.RegularExpressions;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Commands;

/// <summary>A session in Chinese reads Chinese; what scripts rely on is the same in each language.</summary>
public sealed partial class LanguageTests
{
    public static TheoryData<string> Scenarios => RemoveTcbCloudFileErrorTests.Scenarios;

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void Error_InChinese_DiffersInItsMessageAlone(string name)
    {
        ErrorScenario scenario = ErrorScenario.All.Single(one => one.Name == name);
        using var connected = new ConnectedSession(new EmulatorOptions { Fault = _ => scenario.Fault, TokenFault = _ => scenario.TokenFault, ListFault = _ => scenario.ListFault });

        ScriptOutcome outcome = connected.Run(In("zh-CN", scenario.Script), scenario.Ids);

        ErrorRecord error = outcome.Terminating ?? Assert.Single(outcome.Errors);
        Assert.Equal($"{scenario.Kind},TcbPowerShell.{scenario.Command}", error.FullyQualifiedErrorId);
        Assert.Equal(scenario.Category, error.CategoryInfo.Category);
        Assert.Matches(Chinese(), error.Exception.Message);
        Assert.DoesNotMatch(Chinese(), $"{error.Exception.Data["EnglishMessage"]}");
        Assert.All(scenario.Says, text => Assert.Contains(text, $"{error.Exception.Data["EnglishMessage"]}", StringComparison.Ordinal));
        Assert.DoesNotContain("。。", error.Exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("zh-CN", true)]
    [InlineData("zh-TW", true)]
    [InlineData("zh-SG", true)]
    [InlineData("en-US", false)]
    [InlineData("fr-FR", false)]
    public void Session_GetsEachStream_InItsLanguage(string culture, bool isChinese)
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(2) });

        ScriptOutcome outcome = connected.Run(In(culture, "$ids | Remove-TcbCloudFile -Environment $patient -WhatIf; $ids | Remove-TcbCloudFile -Environment $patient -Verbose"), FileIds.Range(3));

        Assert.Null(outcome.Terminating);
        Assert.Equal(isChinese, Chinese().IsMatch(connected.Session.Host.Shown));
        Assert.Equal(isChinese, Chinese().IsMatch(Assert.Single(outcome.Errors).Exception.Message));
        Assert.Equal(isChinese, Chinese().IsMatch(outcome.Verbose[^1]));
    }

    [Fact]
    public void CultureSetInsideTheSession_CountsFromThenOn()
    {
        using var connected = new ConnectedSession();

        ScriptOutcome outcome = connected.Run(
            In("en-US", "Remove-TcbCloudFile no-id") + "\n" + In("zh-CN", "Remove-TcbCloudFile no-id") + "\n" + In("en-US", "Remove-TcbCloudFile no-id"));

        Assert.Equal([false, true, false], outcome.Errors.Select(error => Chinese().IsMatch(error.Exception.Message)));
    }

    [Theory]
    [InlineData("Connect-TcbEnvironment 'a b' -AccessToken x")]
    [InlineData("Connect-TcbEnvironment a -AccessToken '{}'")]
    [InlineData("Connect-TcbEnvironment a -Credential ([pscredential]::new('wx1', [securestring]::new()))")]
    [InlineData("Connect-TcbEnvironment a -AccessToken x -Endpoint http://example.com")]
    [InlineData("Get-TcbCloudFile x -LinkLifetime 1")]
    public void Argument_ThatIsWrong_IsExplainedInChinese(string script)
    {
        using var session = new PowerShellSession();

        ErrorRecord english = session.Run(In("en-US", script)).Terminating!;
        ErrorRecord chinese = session.Run(In("zh-CN", script)).Terminating!;

        Assert.Matches(Chinese(), chinese.Exception.Message);
        Assert.DoesNotMatch(Chinese(), english.Exception.Message);
        Assert.Equal(english.FullyQualifiedErrorId, chinese.FullyQualifiedErrorId);
        Assert.Equal(english.CategoryInfo.Category, chinese.CategoryInfo.Category);
    }

    [Fact]
    public void ResultsSummaryAndJournal_AreTheSameInEachLanguage()
    {
        string[] told = [.. new[] { "en-US", "zh-CN" }.Select(Tell)];

        Assert.Equal(told[0], told[1]);
        Assert.Contains("CloudFileNotFound", told[0], StringComparison.Ordinal);
        // Not only the service's texts but the module's own stand in a journal.
        Assert.Contains("the reply did not mention the file", told[0], StringComparison.Ordinal);
    }

    private static string Tell(string culture)
    {
        string journal = Path.GetTempFileName();
        File.Delete(journal);
        try
        {
            using var connected = new ConnectedSession(new EmulatorOptions
            {
                FileIds = FileIds.Range(2),
                Fault = request => request.FileIds.Contains(FileIds.Of(2)) ? Fault.OmitEntry : null,
            });
            ScriptOutcome outcome = connected.Run(
                In(culture, "$ids | Remove-TcbCloudFile -Environment $patient -BatchSize 1 -ThrottleLimit 1 -JournalPath $journal | ForEach-Object { [Management.Automation.PSSerializer]::Serialize($_) }").Replace("$journal", $"'{journal}'", StringComparison.Ordinal),
                FileIds.Range(3));
            string properties = string.Join(' ', outcome.SummaryData.Single().Properties.Select(property => property.Name));
            string lines = string.Join('\n', outcome.Output.Select(item => item.ToString()).Concat(File.ReadAllLines(journal)));
            return properties + '\n' + OfThisRun().Replace(lines, "*");
        }
        finally
        {
            File.Delete(journal);
        }
    }

    private static string In(string culture, string script) => $"[cultureinfo]::CurrentUICulture = '{culture}'\n{script}";

    [GeneratedRegex(@"\p{IsCJKUnifiedIdeographs}")]
    private static partial Regex Chinese();

    // Times, the service's IDs of requests, the run's ID, and the emulator's port.
    [GeneratedRegex(@"\d{4}-\d\d-\d\dT[\d:.]+Z|[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|127\.0\.0\.1:\d+")]
    private static partial Regex OfThisRun();
}
