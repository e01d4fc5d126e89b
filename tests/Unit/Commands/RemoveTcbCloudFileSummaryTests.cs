using System.Management.Automation;
using System.Text.RegularExpressions;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Commands;

/// <summary>Each run writes one summary, however it ends: a verbose line and an information record.</summary>
public sealed partial class RemoveTcbCloudFileSummaryTests
{
    [Fact]
    public void Run_ToItsEnd_CountsEverything()
    {
        using var connected = new ConnectedSession(new EmulatorOptions
        {
            FileIds = FileIds.Range(4),
            Fault = request => request.Ordinal == 1 ? Fault.Drop : null,
        });

        ScriptOutcome outcome = connected.Run(
            "$ids + '' + 'cloud://' | Remove-TcbCloudFile -Environment $patient -BatchSize 3 -ThrottleLimit 1 -Verbose -InformationVariable records "
            + "-ErrorAction SilentlyContinue", FileIds.Range(6));

        var record = (InformationRecord)Records(connected).Single()!;
        Assert.Equal(["TcbSummary"], record.Tags);
        var summary = (CloudFileSummary)record.MessageData;
        Assert.Equal(("test-env", false, null), (summary.EnvironmentId, summary.IsDryRun, summary.EndedBy));
        Assert.Equal(new Dictionary<string, int> { ["Removed"] = 4 }, summary.Outcomes);
        Assert.Equal(new Dictionary<string, int> { ["CloudFileNotFound"] = 2, ["InvalidFileId"] = 1 }, summary.Errors);
        Assert.Equal((4, 3, 1, 0), (summary.Succeeded, summary.Failed, summary.Skipped, summary.Open));
        Assert.Equal((3, 1, 0), (summary.Requests, summary.Retries, summary.RequestsThrottled));
        Assert.Equal(
            "Summary: results: 4 Removed; errors: 2 CloudFileNotFound, 1 InvalidFileId; without a result: 0; empty entries skipped: 1; "
            + "3 requests, 1 retries, 0 throttled; N s.",
            Seconds().Replace(Line(outcome), "N s"));
    }

    [Fact]
    public void Run_EndedEarly_SaysByWhatAndCountsWhatIsOpen()
    {
        using var connected = new ConnectedSession(new EmulatorOptions
        {
            FileIds = FileIds.Range(4),
            Fault = request => request.Ordinal > 1 ? Fault.ErrorCode(45009) : null,
        });

        ScriptOutcome outcome = connected.Run("$ids | Remove-TcbCloudFile -BatchSize 2 -ThrottleLimit 1 -Verbose -InformationVariable records", FileIds.Range(4));

        var summary = (CloudFileSummary)((InformationRecord)Records(connected).Single()!).MessageData;
        Assert.Equal(("QuotaExhausted", 2, outcome.OpenIds.Length), (summary.EndedBy, summary.Succeeded, summary.Open));
        Assert.Contains($"results: 2 Removed; errors: none; without a result: {summary.Open};", Line(outcome), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_EndedEarly_InformationActionStop_KeepsTheRunsOwnError()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { Fault = _ => Fault.ErrorCode(45009) });

        ScriptOutcome outcome = connected.Run("$ids | Remove-TcbCloudFile -InformationAction Stop", FileIds.Range(2));

        Assert.Equal("QuotaExhausted,TcbPowerShell.RemoveTcbCloudFileCommand", outcome.Terminating!.FullyQualifiedErrorId);
    }

    [Fact]
    public void WhatIf_SaysWhatWouldBeSent()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(3) });

        ScriptOutcome outcome = connected.Run("$ids + '' + 'cloud://' | Remove-TcbCloudFile -WhatIf -Verbose -InformationVariable records 2>$null", FileIds.Range(3));

        var summary = (CloudFileSummary)((InformationRecord)Records(connected).Single()!).MessageData;
        Assert.True(summary.IsDryRun);
        Assert.Equal(new Dictionary<string, int> { ["test-env"] = 3 }, summary.WouldProcess);
        Assert.Equal(
            "Summary: 3 would be sent (by environment: 3 test-env); removed by an earlier run: 0; errors: 1; empty entries skipped: 1. Nothing was sent.",
            Line(outcome));
    }

    private static string Line(ScriptOutcome outcome) => Assert.Single(outcome.Verbose, text => text.StartsWith("Summary: ", StringComparison.Ordinal));

    private static IEnumerable<object?> Records(ConnectedSession connected) =>
        ((System.Collections.IEnumerable)connected.Session.Variable("records")!).Cast<object?>().Select(record => record is PSObject wrapped ? wrapped.BaseObject : record);

    [GeneratedRegex("[0-9]+\\.[0-9] s")]
    private static partial Regex Seconds();
}
