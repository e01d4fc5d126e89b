using System.Management.Automation;
using System.Text.Json;
using TcbPowerShell.Client.Journal;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Commands;

[Trait("rule", "12")]
public sealed class RemoveTcbCloudFileJournalTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tcb-journal-").FullName;

    private string Journal => Path.Combine(_folder, "run.jsonl");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void SecondRun_SameJournal_SkipsWhatIsGoneAtNoRequest()
    {
        using ConnectedSession session = Connect(files: 120);
        Run(session, 120);
        int requests = session.Emulator.Requests.Count;

        ScriptOutcome second = Run(session, 120);

        Assert.All(second.Removals, removal => Assert.Equal(
            (CloudFileRemovalOutcome.PreviouslyRemoved, null, null, 0), (removal.Outcome, removal.Status, removal.RequestId, removal.Attempts)));
        Assert.Equal(FileIds.Range(120), second.RemovedIds);
        Assert.Equal(requests, session.Emulator.Requests.Count);
    }

    [Fact]
    public void SecondRun_LongerList_SendsOnlyTheRest()
    {
        using ConnectedSession session = Connect(files: 120);
        Run(session, 100);

        ScriptOutcome second = Run(session, 120);

        Assert.Equal(20, second.Removals.Count(removal => removal.Outcome == CloudFileRemovalOutcome.Removed));
        Assert.Equal(20, session.Emulator.Requests.Snapshot()[^1].FileCount);
    }

    [Fact]
    public void SecondRun_AfterALostAnswer_FindsTheFileAlreadyGone()
    {
        using ConnectedSession session = Connect(files: 10, new EmulatorOptions { Fault = FaultPlan.Parse(0, "drop-after:1") });
        ScriptOutcome first = Run(session, 10, "-MaximumRetryCount 0");

        ScriptOutcome second = Run(session, 10);

        Assert.Equal(10, first.Errors.Length);
        Assert.All(first.Errors, error => Assert.Contains("outcome is unknown", error.Exception.Message, StringComparison.Ordinal));
        Assert.Empty(second.Errors);
        Assert.All(second.Removals, removal => Assert.Equal(CloudFileRemovalOutcome.AlreadyGone, removal.Outcome));
    }

    [Fact]
    public void SecondRun_FileThatWasMissing_IsAnErrorAgain()
    {
        using ConnectedSession session = Connect(files: 0);
        Run(session, 1);

        Assert.StartsWith("CloudFileNotFound", Assert.Single(Run(session, 1).Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_DuplicatesOfWhatIsGone_EachGetAResult()
    {
        using ConnectedSession session = Connect(files: 1);
        Run(session, 1);

        ScriptOutcome second = session.Session.Run(
            "$ids | Remove-TcbCloudFile -JournalPath $journal", ("journal", Journal), ("ids", new[] { FileIds.Of(1), FileIds.Of(1) }));

        Assert.Equal(2, second.Removals.Length);
    }

    [Fact]
    public void Run_EachResult_IsInTheJournalBeforeItIsEmitted()
    {
        using ConnectedSession session = Connect(files: 60);

        ScriptOutcome outcome = session.Session.Run(
            "$ids | Remove-TcbCloudFile -JournalPath $journal | ForEach-Object { "
            + "$reader = [IO.StreamReader]::new([IO.FileStream]::new($journal, 'Open', 'Read', 'ReadWrite')); try { $reader.ReadToEnd().Contains('\"fileId\":\"' + $_.FileId + '\"') } finally { $reader.Dispose() } }",
            ("journal", Journal), ("ids", FileIds.Range(60)));

        Assert.Equal(60, outcome.Output.Length);
        Assert.All(outcome.Output, item => Assert.Equal(true, item.BaseObject));
    }

    [Fact]
    public void WhatIf_ExistingJournal_LeavesOutWhatIsGoneAndChangesNothing()
    {
        using ConnectedSession session = Connect(files: 3);
        Run(session, 2);
        byte[] before = File.ReadAllBytes(Journal);
        int requests = session.Emulator.Requests.Count;

        ScriptOutcome rehearsal = Run(session, 3, "-WhatIf");

        Assert.Empty(rehearsal.Output);
        Assert.DoesNotContain(FileIds.Of(2), session.Session.Host.Shown, StringComparison.Ordinal);
        Assert.Contains(FileIds.Of(3), session.Session.Host.Shown, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(Journal));
        Assert.Equal(requests, session.Emulator.Requests.Count);
    }

    [Fact]
    public void Run_IdThatThisRunRemoved_IsSkippedWhenItComesAgain()
    {
        using ConnectedSession session = Connect(files: 3);
        string[] ids = [.. FileIds.Range(3), FileIds.Of(1)];

        // One at a time: when the last one comes, the first has its answer.
        ScriptOutcome outcome = session.Session.Run(
            "$ids | Remove-TcbCloudFile -JournalPath $journal -BatchSize 1 -ThrottleLimit 1", ("journal", Journal), ("ids", ids));

        Assert.Empty(outcome.Errors);
        Assert.Equal(ids.Order(StringComparer.Ordinal), outcome.RemovedIds.Order(StringComparer.Ordinal));
        Assert.Equal(FileIds.Of(1), Assert.Single(outcome.Removals, removal => removal.Outcome == CloudFileRemovalOutcome.PreviouslyRemoved).FileId);
        Assert.Equal(3, session.Emulator.Requests.Count);
    }

    [Fact]
    public void Run_IdLeftInDoubt_StaysInDoubtWhenItComesAgain()
    {
        using var session = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(2), Fault = FaultPlan.Parse(0, "drop-after:1") });

        ScriptOutcome outcome = RunTwice(session);

        Assert.Equal("BatchNotRemoved", outcome.Errors.Single().FullyQualifiedErrorId.Split(',')[0]);
        Assert.Contains(outcome.Removals, removal => (removal.FileId, removal.Outcome) == (FileIds.Of(1), CloudFileRemovalOutcome.AlreadyGone));
    }

    [Fact]
    public void Run_DoubtSettledInThisRun_DoesNotReturnWithTheId()
    {
        using var session = new ConnectedSession(new EmulatorOptions
        {
            FileIds = FileIds.Range(2),
            Fault = request => request.Ordinal switch
            {
                1 => Fault.Drop,
                2 => Fault.FileStatus(-503002, "STORAGE_EXCEED_AUTHORITY", _ => true),
                _ => null,
            },
        });
        session.Session.Run("Remove-TcbCloudFile $id -Environment $patient -JournalPath $journal -MaximumRetryCount 0", ("journal", Journal), ("id", FileIds.Of(3)));

        ScriptOutcome outcome = RunTwice(session, FileIds.Of(3));

        Assert.Equal(["CloudFileAccessDenied", "CloudFileNotFound"], outcome.Errors.Select(error => error.FullyQualifiedErrorId.Split(',')[0]));
    }

    // The same ID before and after another one, each in a request of its own.
    private ScriptOutcome RunTwice(ConnectedSession session, string? id = null) => session.Session.Run(
        "$ids | Remove-TcbCloudFile -Environment $patient -JournalPath $journal -BatchSize 1 -ThrottleLimit 1 -MaximumRetryCount 0",
        ("journal", Journal), ("ids", new[] { id ?? FileIds.Of(1), FileIds.Of(2), id ?? FileIds.Of(1) }));

    [Fact]
    public void WhatIf_NotConnected_ReadsTheJournalToo()
    {
        using ConnectedSession session = Connect(files: 3);
        Run(session, 2);
        session.Session.Run("Disconnect-TcbEnvironment");

        ScriptOutcome rehearsal = Run(session, 3, "-WhatIf");

        Assert.Null(rehearsal.Terminating);
        Assert.Empty(rehearsal.Output);
        Assert.DoesNotContain(FileIds.Of(2), session.Session.Host.Shown, StringComparison.Ordinal);
        Assert.Contains(FileIds.Of(3), session.Session.Host.Shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_JournalIsAPipe_IsRefusedWithoutWaiting()
    {
        // Windows has none in the file system.
        if (OperatingSystem.IsWindows()) return;
        using (var make = System.Diagnostics.Process.Start("mkfifo", Journal)) await make.WaitForExitAsync();
        using ConnectedSession session = Connect(files: 1);

        foreach (string parameters in (string[])["", "-WhatIf"])
            Assert.Contains("not a regular file", Run(session, 1, parameters).Terminating!.Exception.Message, StringComparison.Ordinal);

        Assert.Equal(0, session.Emulator.Requests.Count);
    }

    [Fact]
    public void Run_JournalOfARehearsal_DeletesNothing_AndTheDryRunSaysSo()
    {
        using (ConnectedSession rehearsal = Connect(files: 3)) Run(rehearsal, 3);
        byte[] before = File.ReadAllBytes(Journal);
        using ConnectedSession real = Connect(files: 3);

        ScriptOutcome dry = Run(real, 3, "-WhatIf");
        ScriptOutcome outcome = Run(real, 3);

        Assert.Empty(outcome.Output);
        Assert.StartsWith("JournalUnavailable", outcome.Terminating!.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains($"'127.0.0.1:{real.Emulator.Endpoint.Port}'", outcome.Terminating.Exception.Message, StringComparison.Ordinal);
        Assert.Equal(outcome.Terminating.Exception.Message, dry.Terminating!.Exception.Message);
        Assert.Equal(0, real.Emulator.Requests.Count);
        Assert.Equal(before, File.ReadAllBytes(Journal));
    }

    [Fact]
    public void Run_FirstAndLastLine_NameTheRun()
    {
        using ConnectedSession session = Connect(files: 1);

        ScriptOutcome outcome = Run(session, 1, "-InformationVariable said; $said.MessageData.RunId");

        JournalRun[] runs = [.. File.ReadLines(Journal).Select(line => JsonSerializer.Deserialize(line, JournalJson.Default.JournalLine)!.Run).OfType<JournalRun>()];
        Assert.Equal([outcome.Output[^1].ToString(), outcome.Output[^1].ToString()], runs.Select(run => run.Id));
        Assert.Equal((JournalRun.ServiceOf(session.Emulator.Endpoint), null, null, "Completed"), (runs[0].Service, runs[0].Ended, runs[1].Service, runs[1].Ended));
    }

    [Theory]
    [InlineData("$ids | Remove-TcbCloudFile -JournalPath $journal | Select-First 1", "Stopped")]
    [InlineData("$ids + 'no-id' | Remove-TcbCloudFile -JournalPath $journal -ErrorAction Stop", "Stopped")]
    [InlineData("$ids + 'no-id' | Remove-TcbCloudFile -JournalPath $journal -ErrorAction SilentlyContinue", "Completed")]
    [InlineData("@() | Remove-TcbCloudFile -JournalPath $journal", "Completed")]
    public void Run_LastLine_SaysHowItEnded(string script, string expected)
    {
        using ConnectedSession session = Connect(files: 120);

        session.Session.Run(script, ("journal", Journal), ("ids", FileIds.Range(120)));

        Assert.EndsWith($"\"ended\":\"{expected}\"}}}}", File.ReadLines(Journal).Last(), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_QuotaExhausted_IsInTheLastLine()
    {
        using ConnectedSession session = Connect(files: 1, new EmulatorOptions { Fault = _ => Fault.ErrorCode(45009) });

        Run(session, 1);

        Assert.EndsWith("\"ended\":\"QuotaExhausted\"}}", File.ReadLines(Journal).Last(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Run_JournalIsDeletedMeanwhile_EndsWithAnError(int afterResults)
    {
        if (OperatingSystem.IsWindows()) return;
        using ConnectedSession session = Connect(files: 4);

        ScriptOutcome outcome = session.Session.Run(
            "$n = 0; $ids | Remove-TcbCloudFile -JournalPath $journal -BatchSize 1 -ThrottleLimit 1 | ForEach-Object { if (++$n -eq $after) { [IO.File]::Delete($journal) }; $_ }",
            ("journal", Journal), ("ids", FileIds.Range(4)), ("after", afterResults));

        Assert.StartsWith("JournalUnavailable", outcome.Terminating!.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("no longer there", outcome.Terminating.Exception.Message, StringComparison.Ordinal);
        Assert.EndsWith(" run the same list with it; with a new journal, add -IgnoreMissing.", outcome.Terminating.Exception.Message, StringComparison.Ordinal);
        Assert.InRange(session.Emulator.Files.Deleted.Count, afterResults, Math.Min(afterResults + 1, 4));
    }

    [Theory]
    [InlineData(" ", "does not name a file")]
    [InlineData("\t", "does not name a file")]
    [InlineData("./ ", "does not name a file")]
    [InlineData(@"\\server\share\run.jsonl", "network path of Windows")]
    [InlineData(@"Microsoft.PowerShell.Core\FileSystem::\\server\share\run.jsonl", "network path of Windows")]
    [InlineData("none/run.jsonl", "none' does not exist")]
    [InlineData("", "JournalPath")]
    public void Run_PathThatCannotBeMeant_IsRefusedByItsMistake(string path, string reason)
    {
        if (OperatingSystem.IsWindows() && path.Contains('\\', StringComparison.Ordinal)) return;
        using ConnectedSession session = Connect(files: 1);

        foreach (string parameters in (string[])["", "-WhatIf"])
        {
            ScriptOutcome outcome = session.Session.Run(
                $"$ExecutionContext.SessionState.Path.SetLocation($folder) | Out-Null; $ids | Remove-TcbCloudFile -JournalPath $path {parameters}",
                ("folder", _folder), ("path", path), ("ids", FileIds.Range(1)));

            Assert.Contains(reason, outcome.Terminating!.Exception.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(".lock", outcome.Terminating.Exception.Message, StringComparison.Ordinal);
        }
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
        Assert.Equal(0, session.Emulator.Requests.Count);
    }

    [Fact]
    public void WhatIf_NoJournalYet_MakesNone()
    {
        using ConnectedSession session = Connect(files: 1);

        Run(session, 1, "-WhatIf");

        Assert.False(File.Exists(Journal));
    }

    [Fact]
    public void Run_RelativePath_IsTheSessionsAndNotTheProcesses()
    {
        using ConnectedSession session = Connect(files: 1);

        session.Session.Run("$ExecutionContext.SessionState.Path.SetLocation($folder) | Out-Null; $ids | Remove-TcbCloudFile -JournalPath run.jsonl",
            ("folder", _folder), ("ids", FileIds.Range(1)));

        Assert.True(File.Exists(Journal));
    }

    [Fact]
    public void Run_JournalThatCannotBeWritten_DeletesNothing()
    {
        using ConnectedSession session = Connect(files: 1);

        ScriptOutcome outcome = session.Session.Run(
            "$ids | Remove-TcbCloudFile -JournalPath $journal", ("journal", Path.Combine(_folder, "none", "run.jsonl")), ("ids", FileIds.Range(1)));

        Assert.StartsWith("JournalUnavailable", outcome.Terminating!.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(ErrorCategory.WriteError, outcome.Terminating.CategoryInfo.Category);
        Assert.Equal(1, session.Emulator.Files.Count);
        Assert.Equal(0, session.Emulator.Requests.Count);
    }

    [Fact]
    public async Task Run_JournalInUse_DeletesNothing()
    {
        var gate = new Gate();
        using ConnectedSession session = Connect(files: 1, new EmulatorOptions { Fault = _ => Fault.Hold(gate) });
        using var other = new ConnectedSession();
        Task<ScriptOutcome> first = session.Session.StartAsync(
            "$ids | Remove-TcbCloudFile -JournalPath $journal", ("journal", Journal), ("ids", FileIds.Range(1)));
        await session.Emulator.Requests.WhenAsync(log => log.InFlight == 1);

        ScriptOutcome second = other.Session.Run("$ids | Remove-TcbCloudFile -JournalPath $journal", ("journal", Journal), ("ids", FileIds.Range(1)));
        gate.Open();

        Assert.StartsWith("JournalUnavailable", second.Terminating!.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(0, other.Emulator.Requests.Count);
        Assert.Single((await first).Removals);
    }

    [Fact]
    public async Task CtrlC_AnswerOnItsWay_IsRecorded()
    {
        var gate = new Gate();
        using ConnectedSession session = Connect(files: 50, new EmulatorOptions { Fault = _ => Fault.Hold(gate).AfterWork() });
        Task<ScriptOutcome> run = session.Session.StartAsync("$ids | Remove-TcbCloudFile -JournalPath $journal", ("journal", Journal), ("ids", FileIds.Range(50)));
        await session.Emulator.Requests.WhenAsync(log => log.InFlight == 1);

        Task stop = session.Session.StopAsync();
        gate.Open();
        await stop;
        await run;

        ScriptOutcome second = Run(session, 50);
        Assert.All(second.Removals, removal => Assert.Equal(CloudFileRemovalOutcome.PreviouslyRemoved, removal.Outcome));
        Assert.Equal(1, session.Emulator.Requests.Count);
    }

    private static ConnectedSession Connect(int files, EmulatorOptions? options = null) =>
        new((options ?? new EmulatorOptions()) with { FileIds = FileIds.Range(files) });

    private ScriptOutcome Run(ConnectedSession session, int count, string parameters = "") => session.Session.Run(
        $"$ids | Remove-TcbCloudFile -JournalPath $journal {parameters}", ("journal", Journal), ("ids", FileIds.Range(count)));
}
