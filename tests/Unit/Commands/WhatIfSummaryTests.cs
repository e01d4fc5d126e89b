using System.Management.Automation;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Commands;

/// <summary>A dry run of a long list ends with one summary, so that no one has to count its lines.</summary>
public sealed class WhatIfSummaryTests : IDisposable
{
    private const string Script = "$ids | Remove-TcbCloudFile -WhatIf -JournalPath $journal -Verbose -InformationVariable said -ErrorAction SilentlyContinue; $said";

    // Ten files, the first two of which are gone; two of another environment; two that are no IDs; an empty line and a blank one.
    private static readonly string[] List = [.. FileIds.Range(10), "cloud://other-env.x/a.png", "cloud://other-env.x/b.png", "a.png", "\"cloud://test-env.x/a.png\"", "", " "];

    private readonly string _folder = Directory.CreateTempSubdirectory("tcb-whatif-").FullName;

    private string Journal => Path.Combine(_folder, "run.jsonl");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void WhatIf_Connected_SaysWhatWouldBeSentSkippedAndRefused()
    {
        using ConnectedSession connected = Connect();

        ScriptOutcome outcome = connected.Session.Run(Script, ("ids", List), ("journal", Journal));

        CloudFileSummary summary = Assert.Single(Summaries(outcome));
        Assert.Equal((true, FileIds.Environment, 2), (summary.IsDryRun, summary.EnvironmentId, summary.Skipped));
        Assert.Equal(new Dictionary<string, int> { [FileIds.Environment] = 8 }, summary.WouldProcess);
        Assert.Equal(new Dictionary<string, int> { ["PreviouslyRemoved"] = 2 }, summary.Outcomes);
        Assert.Equal(new Dictionary<string, int> { ["FileInOtherEnvironment"] = 2, ["InvalidFileId"] = 2 }, summary.Errors);
        string line = Assert.Single(outcome.Verbose, text => text.StartsWith("Summary", StringComparison.Ordinal));
        Assert.Equal(
            ["Summary: 8 would be sent (by environment: 8 test-env); removed earlier: 2; errors: 2 FileInOtherEnvironment, 2 InvalidFileId; "
                + "empty entries skipped: 2. Nothing was sent.",
            "  FileInOtherEnvironment (2), the first: 'cloud://other-env.x/a.png' belongs to environment 'other-env', but the connection is to 'test-env'. "
                + "It was not sent. Connect to 'other-env' to process it.",
            "  InvalidFileId (2), the first: 'a.png' is not a valid file ID. It does not begin with cloud://. If it is a path in the environment, use Find-TcbCloudFile to get its ID. It was not sent."],
            line.Split(Environment.NewLine));
        // At a prompt, without -Verbose and -InformationAction, the total is below the lines of -WhatIf.
        Assert.EndsWith(line, connected.Session.Host.Shown.TrimEnd(), StringComparison.Ordinal);
        Assert.Equal(line, summary.ToString());
        Assert.Equal(1, connected.Emulator.Requests.Count);
    }

    [Fact]
    public void WhatIf_NothingReceived_SaysThatAnEarlierDryRunPassesNothingOn()
    {
        using ConnectedSession connected = Connect();

        connected.Session.Run("$ids | Where-Object { $false } | Remove-TcbCloudFile -WhatIf", ("ids", List));

        Assert.EndsWith("Summary: no file ID was received. A command that itself runs with -WhatIf passes nothing on: use -WhatIf only with the last command.",
            connected.Session.Host.Shown.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIf_NotConnected_CountsByTheEnvironmentsThatTheIdsName()
    {
        using ConnectedSession connected = Connect();
        connected.Run("Disconnect-TcbEnvironment");

        ScriptOutcome outcome = connected.Session.Run(Script, ("ids", List), ("journal", Journal));

        CloudFileSummary summary = Assert.Single(Summaries(outcome));
        Assert.Null(summary.EnvironmentId);
        Assert.Equal(new Dictionary<string, int> { [FileIds.Environment] = 8, ["other-env"] = 2 }, summary.WouldProcess);
        Assert.Equal(new Dictionary<string, int> { ["PreviouslyRemoved"] = 2 }, summary.Outcomes);
        Assert.Equal(new Dictionary<string, int> { ["InvalidFileId"] = 2 }, summary.Errors);
        // A dry run has no results; what is gone is not named on the screen either.
        Assert.DoesNotContain($"{FileIds.Of(1)}\"", connected.Session.Host.Shown, StringComparison.Ordinal);
        Assert.Contains($"{FileIds.Of(3)}\"", connected.Session.Host.Shown, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIf_DamagedJournalOrNone_IsNoObstacleOrAnError()
    {
        using var session = new PowerShellSession();
        ScriptOutcome none = session.Run(Script, ("ids", List), ("journal", Journal));
        File.WriteAllText(Journal, "cloud://test-env.x/a.png");
        ScriptOutcome other = session.Run(Script, ("ids", List), ("journal", Journal));

        Assert.Equal(12, Assert.Single(Summaries(none)).WouldProcess.Values.Sum());
        Assert.StartsWith("JournalUnavailable", other.Terminating!.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    private static IEnumerable<CloudFileSummary> Summaries(ScriptOutcome outcome) => outcome.Output.Select(item => item.BaseObject).OfType<InformationRecord>()
        .Where(record => record.Tags.Contains("TcbSummary")).Select(record => (CloudFileSummary)record.MessageData);

    private ConnectedSession Connect()
    {
        var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(10) });
        connected.Session.Run("$ids | Remove-TcbCloudFile -JournalPath $journal", ("ids", FileIds.Range(2)), ("journal", Journal));
        return connected;
    }
}
