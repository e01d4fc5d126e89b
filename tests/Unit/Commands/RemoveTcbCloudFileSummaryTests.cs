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
        Assert.Equal(connected.Clock.Passed, summary.Duration);
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
    public void Summary_Requests_CountsEveryRequestSent(string fault)
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
        Assert.Equal(2, Assert.Single(outcome.Summaries).Succeeded);
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

    // Every second file is missing. $how is what the run is called with, $then what follows in the pipeline.
    public static TheoryData<string, string, string, string> EarlyEnds => new()
    {
        { "", "-ErrorAction Stop", "", "CloudFileNotFound" },
        { "$ErrorActionPreference = 'Stop'", "", "", "CloudFileNotFound" },
        { "", "-ErrorAction Stop", "2>&1", "CloudFileNotFound" },
        { "", "-Environment $patient -WarningAction Stop", "", "Stopped" },
        { "$WarningPreference = 'Stop'", "-Environment $patient -ErrorAction SilentlyContinue", "", "Stopped" },
        { "$VerbosePreference = 'Stop'", "", "", "Stopped" },
        { "$DebugPreference = 'Stop'", "", "", "Stopped" },
        { "$ProgressPreference = 'Stop'", "-Environment $patient", "", "Stopped" },
        { "", "", "| Select-First 1", "Stopped" },
        { "", "", "| Select-First 3", "Stopped" },
        { "", "", "2>&1 | Select-First 4", "Stopped" },
        { "", "-ErrorAction Stop", "| Select-First 1", "Stopped" },
        { "", "", "| ForEach-Object { throw 'downstream' }", "Stopped" },
        { "", "", "| ForEach-Object { break }", "Stopped" },
        { "", "", "| ForEach-Object { continue }", "Stopped" },
        { "", "-BatchSize 2 -ThrottleLimit 3", "| Select-First 1", "Stopped" },
        { "", "-BatchSize 2 -ThrottleLimit 3 -ErrorAction Stop", "", "CloudFileNotFound" },
    };

    [Theory]
    [MemberData(nameof(EarlyEnds))]
    public void Summary_OfAStoppedPipeline_SaysWhatWasLeftOpen_AndWhatEndedIt(string before, string parameters, string after, string endedBy)
    {
        string[] ids = FileIds.Range(40);
        // The others end at something else, and should not wait.
        bool isThrottled = parameters.Contains("$patient", StringComparison.Ordinal);
        using var connected = new ConnectedSession(new EmulatorOptions
        {
            FileIds = ids.Where((_, i) => i % 2 == 0),
            Fault = request => request.Ordinal == 2 && isThrottled ? Fault.Http(429, retryAfter: "5") : null,
        });

        ScriptOutcome outcome = connected.Run(
            $"$read = 0; $got = 0; {before}; foreach ($once in 1) {{ $ids + '' | ForEach-Object {{ $read++; $_ }} | Remove-TcbCloudFile -BatchSize 5 -ThrottleLimit 2 {parameters} {after} }}"
                .Replace("-BatchSize 5 -ThrottleLimit 2 -BatchSize", "-BatchSize", StringComparison.Ordinal), ids);

        CloudFileSummary summary = Assert.Single(outcome.Summaries);
        Assert.Equal(endedBy, summary.EndedBy);
        Assert.Equal((int)connected.Session.Variable("read")!, summary.Succeeded + summary.Failed + summary.Open + summary.Skipped);
        // A batch of two can be answered before the third ID is read: one result, and the error that ends the run. The verbose line of a request comes
        // after all its results, and the next ID may not have been read yet.
        bool mayHaveAll = before.Contains("Verbose", StringComparison.Ordinal) || (parameters.Contains("-BatchSize 2 ", StringComparison.Ordinal) && endedBy == "CloudFileNotFound");
        Assert.InRange(summary.Open, mayHaveAll ? 0 : 1, 40);
        // A request that was about to leave is counted, too.
        Assert.InRange(summary.Requests, connected.Emulator.Requests.Count, connected.Emulator.Requests.Count + 3);
        if (after.Length == 0) Assert.Equal(outcome.Removals.Length, summary.Succeeded);
        Assert.EndsWith($"Ended early: {endedBy}.", summary.ToString().Split(Environment.NewLine)[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Summary_OfAnArrayThatWasNotReadToItsEnd_CountsAllOfIt()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(10), Fault = request => request.Ordinal == 2 ? Fault.ErrorCode(45009) : null });

        ScriptOutcome outcome = connected.Run("Remove-TcbCloudFile ($ids + '' + $null + 'no ID' + $ids) -BatchSize 2 -ThrottleLimit 1", FileIds.Range(10));

        CloudFileSummary summary = Assert.Single(outcome.Summaries);
        Assert.Equal(23, summary.Succeeded + summary.Failed + summary.Open + summary.Skipped);
        // Each of them came out once (rule 1), also those that were not looked at.
        Assert.Equal(summary.Open, outcome.OpenIds.Length);
        Assert.Equal((2, 2, "QuotaExhausted"), (summary.Succeeded, summary.Skipped, summary.EndedBy));
        Assert.Equal(FileIds.Range(10), outcome.OpenIds[^10..]);
    }

    [Theory]
    [InlineData("& { $ids[0]; throw 'upstream' } | Remove-TcbCloudFile")]
    [InlineData("foreach ($once in 1) { & { $ids[0]; break } | Remove-TcbCloudFile }")]
    [InlineData("$ids | ForEach-Object { [int]::Parse($_) } -ErrorAction Stop | Remove-TcbCloudFile")]
    public void Summary_UpstreamEnds_HasNone(string script)
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = Ids });

        Assert.Empty(connected.Run(script, Ids).Summaries);
    }

    [Fact]
    public void Summary_DeclinedFiles_AreCountedApart()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = Ids }, 'N', 'Y', 'N', 'L');

        CloudFileSummary summary = Assert.Single(connected.Run("$ids | Remove-TcbCloudFile -Confirm", Ids).Summaries);

        Assert.Equal((1, 6, 0, null), (summary.Succeeded, summary.Declined, summary.Open, summary.EndedBy));
    }

    [Fact]
    public void Summary_SaysWhenWhereAndWithWhichJournal()
    {
        string journal = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = Ids });
        try
        {
            ScriptOutcome outcome = connected.Session.Run(
                "$ids | Remove-TcbCloudFile -Environment $patient -JournalPath $journal; $ids | Remove-TcbCloudFile -Environment $patient; Disconnect-TcbEnvironment; 'cloud://a.b/c' | Remove-TcbCloudFile -WhatIf",
                ("ids", Ids), ("journal", journal));

            Assert.Equal([journal, null, null], outcome.Summaries.Select(summary => summary.JournalPath));
            Assert.Equal([connected.Emulator.Endpoint, connected.Emulator.Endpoint, null], outcome.Summaries.Select(summary => summary.Endpoint));
            Assert.Equal(connected.Clock.UtcNow, outcome.Summaries[0].StartedOn);
            Assert.Equal(TimeSpan.Zero, outcome.Summaries[2].StartedOn.Offset);
        }
        finally
        {
            File.Delete(journal);
            File.Delete(journal + ".lock");
        }
    }

    [Fact]
    public void Results_ComeBeforeTheErrorsOfTheirAnswer_SoThatAStopLosesNone()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = [Ids[1], Ids[3], Ids[6]] });

        ScriptOutcome stopped = connected.Run("$ids | Remove-TcbCloudFile -ErrorAction Stop", Ids);

        Assert.Equal([Ids[1], Ids[3], Ids[6]], stopped.RemovedIds);
        Assert.Equal(Ids[0], stopped.Terminating!.TargetObject);
    }

    [Fact]
    public void Results_ComeBeforeTheErrors_OfEachAnswer()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = [Ids[1], Ids[3], Ids[6]] });

        ScriptOutcome outcome = connected.Run("$ids | Remove-TcbCloudFile -BatchSize 4 -ThrottleLimit 1 2>&1 | ForEach-Object { if ($_.FileId) { $_.FileId } else { $_.TargetObject } }", Ids);

        Assert.Equal([Ids[1], Ids[3], Ids[0], Ids[2], Ids[6], Ids[4], Ids[5]], outcome.Output.Select(item => item.ToString()));
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
        // As the user asks: the first information record is an error. The results are there all the same.
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
            "Summary: 3 would be sent (by environment: 3 test-env); removed earlier: 0; errors: 1 InvalidFileId; empty entries skipped: 1. Nothing was sent.",
            outcome.Verbose[^1].Split(Environment.NewLine));
    }
}
