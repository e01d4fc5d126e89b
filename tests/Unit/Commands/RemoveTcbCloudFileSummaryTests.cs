using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Commands;

/// <summary>Each run writes its summary exactly once, however it ends, and never in place of its own error.</summary>
public sealed class RemoveTcbCloudFileSummaryTests
{
    private static readonly string[] Ids = FileIds.Range(7);

    [Fact]
    public void Summary_OfAWholeRun_CountsEverything()
    {
        using var connected = new ConnectedSession(new EmulatorOptions
        {
            FileIds = Ids[..4],
            Fault = request => request.Attempt == 1 && request.FileIds.Contains(Ids[0]) ? Fault.Drop : null,
        });

        ScriptOutcome outcome = connected.Run(
            "$ids | Remove-TcbCloudFile -Environment $patient -BatchSize 3 -ThrottleLimit 1 -Verbose -ErrorAction SilentlyContinue",
            [.. Ids, "", "cloud://other.x/a.png", "no ID"]);

        CloudFileSummary summary = Assert.Single(outcome.Summaries);
        Assert.Equal(new Dictionary<string, int> { ["Removed"] = 4 }, summary.Outcomes);
        Assert.Equal(new Dictionary<string, int> { ["CloudFileNotFound"] = 3, ["FileInOtherEnvironment"] = 1, ["InvalidFileId"] = 1 }, summary.Errors);
        Assert.Equal((4, 5, 1, 0), (summary.Succeeded, summary.Failed, summary.Skipped, summary.Open));
        Assert.Equal((4, 1, 0), (summary.Requests, summary.Retries, summary.RequestsThrottled));
        Assert.Equal(("test-env", false, null), (summary.EnvironmentId, summary.IsDryRun, summary.EndedBy));
        Assert.Equal(connected.Clock.Elapsed, summary.Duration);
        Assert.Single(outcome.Verbose, text => text.StartsWith("Summary: results: 4 Removed; errors: 3 CloudFileNotFound, 1 FileInOtherEnvironment, 1 InvalidFileId;", StringComparison.Ordinal));
    }

    [Fact]
    public void Summary_OfAThrottledRun_SaysHowManyRequestsAndHowLong()
    {
        using var connected = new ConnectedSession(new EmulatorOptions
        {
            FileIds = Ids,
            Fault = request => request.Ordinal is 2 or 3 ? Fault.Http(429, retryAfter: "7") : null,
        });

        ScriptOutcome outcome = connected.Run("$ids | Remove-TcbCloudFile -Environment $patient -BatchSize 4 -ThrottleLimit 1", Ids);

        CloudFileSummary summary = Assert.Single(outcome.Summaries);
        Assert.Equal((7, 0, 2), (summary.Succeeded, summary.Retries, summary.RequestsThrottled));
        Assert.InRange(summary.TimeThrottled, TimeSpan.FromSeconds(14), summary.Duration);
    }

    [Theory]
    [InlineData("omit-entry:1")]
    [InlineData("errcode-40097:1")]
    [InlineData("http-500")]
    [InlineData("http-429:2")]
    [InlineData("errcode-45009:2")]
    [InlineData("http-429-retry-after-901:2")]
    public void Summary_Requests_AreThoseThatWereSent_WhateverCameOfThem(string fault)
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = Ids, Fault = FaultPlan.Parse(0, fault) });

        ScriptOutcome outcome = connected.Run(
            "$ids | Remove-TcbCloudFile -Environment $patient -BatchSize 3 -ThrottleLimit 1 -MaximumRetryCount 1 -ErrorAction SilentlyContinue", Ids);

        Assert.Equal(connected.Emulator.Requests.Count, Assert.Single(outcome.Summaries).Requests);
    }

    [Fact]
    public void Summary_RequestOfARefusedToken_CountsBesideItsReplay()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = Ids, Fault = FaultPlan.Parse(0, "errcode-40001:1") });

        ScriptOutcome outcome = connected.Run(
            "$secret = [Net.NetworkCredential]::new('', '00000000000000000000000000000001').SecurePassword;"
            + "$app = Connect-TcbEnvironment test-env -Endpoint $default.Endpoint -Credential ([pscredential]::new('wx0000000000000001', $secret));"
            + "$ids | Remove-TcbCloudFile -Environment $app",
            Ids);

        CloudFileSummary summary = Assert.Single(outcome.Summaries);
        Assert.Equal((7, 2, 0), (summary.Succeeded, summary.Requests, summary.Retries));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-InformationAction Stop")]
    [InlineData("-InformationAction Ignore")]
    public void Summary_AfterAnEarlyEnd_LeavesTheRunItsOwnError(string parameters)
    {
        using var connected = new ConnectedSession(new EmulatorOptions
        {
            FileIds = Ids,
            Fault = request => request.Ordinal == 2 ? Fault.ErrorCode(45009) : null,
        });

        ScriptOutcome outcome = connected.Run($"$ids | Remove-TcbCloudFile -BatchSize 2 -ThrottleLimit 1 {parameters}", Ids);

        Assert.StartsWith("QuotaExhausted,", outcome.Terminating!.FullyQualifiedErrorId, StringComparison.Ordinal);
        // The batch that was refused, and the one that was filling.
        Assert.Equal(Ids[2..6], outcome.OpenIds);
        Assert.InRange(outcome.Summaries.Length, parameters == "" ? 1 : 0, 1);
        Assert.All(outcome.Summaries, summary => Assert.Equal(("QuotaExhausted", 4, 2), (summary.EndedBy, summary.Open, summary.Succeeded)));
    }

    [Fact]
    public void Summary_InAVariable_IsARunbooksReport()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = Ids });

        ScriptOutcome outcome = connected.Run("$ids | Remove-TcbCloudFile -InformationVariable summary | Out-Null; $summary.MessageData.Outcomes['Removed']; $summary.Tags", Ids);

        Assert.Equal([7, "TcbSummary"], outcome.Output.Select(item => item.BaseObject));
    }

    [Theory]
    [InlineData("@() | Remove-TcbCloudFile", 0)]
    [InlineData("$ids | Remove-TcbCloudFile -Environment $patient", 7)]
    [InlineData("Remove-TcbCloudFile $ids", 7)]
    public void Summary_OfAnyInput_IsOne(string script, int removed)
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = Ids });

        Assert.Equal(removed, Assert.Single(connected.Run(script, Ids).Summaries).Succeeded);
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("-InformationAction Stop", 0)]
    public void Summary_ErrorActionStop_IsWrittenToo_AndNotInPlaceOfTheError(string parameters, int atLeast)
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = Ids[1..] });

        ScriptOutcome outcome = connected.Run($"$ids | Remove-TcbCloudFile -ErrorAction Stop {parameters}", Ids);

        Assert.StartsWith("CloudFileNotFound,", outcome.Terminating!.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.InRange(outcome.Summaries.Length, atLeast, 1);
    }

    [Fact]
    public void Summary_ConsumerStops_AtMostOne_AndTheResultsAreTheConsumers()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = Ids });

        ScriptOutcome outcome = connected.Run("$ids | Remove-TcbCloudFile -BatchSize 1 -ThrottleLimit 1 | Select-First 2", Ids);

        Assert.Null(outcome.Terminating);
        Assert.Equal(Ids[..2], outcome.RemovedIds);
        Assert.InRange(outcome.Summaries.Length, 0, 1);
    }

    [Fact]
    public async Task Summary_CtrlC_AtMostOne_AndTheRunIsStopped()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = Ids, Fault = _ => Fault.NoAnswer });

        Task<ScriptOutcome> run = connected.Session.StartAsync("$ids | Remove-TcbCloudFile -BatchSize 7", ("ids", Ids));
        await connected.WhenAsync(log => log.InFlight == 1);
        await connected.Session.StopAsync();
        ScriptOutcome outcome = await run;

        Assert.True(outcome.IsStopped);
        Assert.Empty(outcome.Errors);
        Assert.InRange(outcome.Summaries.Length, 0, 1);
    }

    [Theory]
    [InlineData("Disconnect-TcbEnvironment; $ids | Remove-TcbCloudFile", "NotConnected")]
    [InlineData("$ids | Remove-TcbCloudFile -JournalPath /no/such/folder/run.jsonl", "JournalUnavailable")]
    public void Summary_RunThatDoesNotBegin_HasNone(string script, string errorId)
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = Ids });

        ScriptOutcome outcome = connected.Run(script, Ids);

        Assert.StartsWith(errorId + ",", outcome.Terminating!.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Empty(outcome.Summaries);
        Assert.Equal(0, connected.Emulator.Requests.Count);
    }

    [Fact]
    public void Summary_InformationActionStop_StopsARunThatCameToItsEnd()
    {
        // What the user asks for: the first information record is an error. The results are there all the same.
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = Ids });

        ScriptOutcome outcome = connected.Run("$ids | Remove-TcbCloudFile -InformationAction Stop", Ids);

        Assert.Equal(Ids, outcome.RemovedIds.Order(StringComparer.Ordinal));
        Assert.NotNull(outcome.Terminating);
    }

    [Fact]
    public void WhatIf_SaysWhatWouldBeSent()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(3) });

        ScriptOutcome outcome = connected.Run("$ids + '' + 'cloud://' | Remove-TcbCloudFile -WhatIf -Verbose 2>$null", FileIds.Range(3));

        CloudFileSummary summary = Assert.Single(outcome.Summaries);
        Assert.True(summary.IsDryRun);
        Assert.Equal(new Dictionary<string, int> { ["test-env"] = 3 }, summary.WouldProcess);
        Assert.Contains(
            "Summary: 3 would be sent (by environment: 3 test-env); removed by an earlier run: 0; errors: 1 InvalidFileId; empty entries skipped: 1. Nothing was sent.",
            outcome.Verbose);
    }
}
