using System.Globalization;
using System.Management.Automation;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Commands;

/// <summary>A run that cannot go on: one terminating error, and nothing lost from sight.</summary>
[Trait("rule", "1")]
[Trait("rule", "10")]
public sealed class RemoveTcbCloudFileEndTests
{
    // Counts what was read of the input.
    private const string Reading = "$read = 0; $ids | ForEach-Object { $read++; $_ } | Remove-TcbCloudFile -Environment $patient";

    public static TheoryData<int, string> Codes => new()
    {
        { 40001, "TokenRejected" },
        { 40014, "TokenRejected" },
        { 42001, "TokenRejected" },
        { 45009, "QuotaExhausted" },
        { -501003, "QuotaExhausted" },
        { 41001, "EnvironmentRefused" },
        { 40164, "EnvironmentRefused" },
        { 48001, "EnvironmentRefused" },
        { 85088, "EnvironmentRefused" },
        { -501000, "EnvironmentRefused" },
        { -501005, "EnvironmentRefused" },
        { 43002, "RequestRefused" },
    };

    [Trait("status", "503")]
    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public void RetryAfterBeyondFifteenMinutes_EndsTheRunAtOnce_AndNamesTheTime(int status)
    {
        using var connected = new ConnectedSession(new EmulatorOptions { Fault = _ => Fault.Http(status, retryAfter: "3600") });
        string time = connected.Clock.UtcNow.AddHours(1).ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture);

        ScriptOutcome outcome = connected.Run("$ids | Remove-TcbCloudFile -Environment $patient", FileIds.Range(3));

        Assert.Equal("ServiceThrottled,TcbPowerShell.RemoveTcbCloudFileCommand", outcome.Terminating!.FullyQualifiedErrorId);
        Assert.Contains($"asks to wait until {time} (HTTP {status} ", outcome.Terminating.Exception.Message, StringComparison.Ordinal);
        Assert.Equal((1, TimeSpan.Zero), (connected.Emulator.Requests.Count, connected.Clock.Passed));
        // Nothing pauses, and nothing is continued.
        Assert.Empty(outcome.Warnings);
        Assert.Equal(1, Assert.Single(outcome.Summaries).RequestsThrottled);
    }

    [Theory]
    [MemberData(nameof(Codes))]
    public void TerminalCode_EndsTheRunAndAccountsForEveryId(int code, string errorId)
    {
        string[] ids = FileIds.Range(100);
        using var connected = new ConnectedSession(new EmulatorOptions
        {
            FileIds = ids.Except([FileIds.Of(2)]),
            Fault = request => request.Ordinal > 3 ? Fault.ErrorCode(code) : null,
        });

        ScriptOutcome outcome = connected.Run($"{Reading} -BatchSize 2 -ThrottleLimit 1", ids);

        ErrorRecord end = outcome.Terminating!;
        Assert.Equal($"{errorId},TcbPowerShell.RemoveTcbCloudFileCommand", end.FullyQualifiedErrorId);
        Assert.Equal([1, 3, 4, 5, 6], outcome.RemovedIds.Select(id => Array.IndexOf(ids, id) + 1));
        Assert.Equal([FileIds.Of(2)], outcome.FailedIds);
        // The batch that was refused, and as much of the next one as was filled meanwhile: each ID that was read, and none that was not.
        int read = (int)connected.Session.Variable("read")!;
        Assert.InRange(read, 8, 10);
        Assert.Equal(FileIds.Range(read - 6, from: 7), outcome.OpenIds);
        Assert.Equal(4, connected.Emulator.Requests.Count);
        string message = end.Exception.Message;
        Assert.Contains($"errcode {code}", message, StringComparison.Ordinal);
        Assert.Contains(
            $"5 removed, 0 already gone, 0 removed earlier, 1 failed, {read - 6} without a result.", message, StringComparison.Ordinal);
        Assert.EndsWith(
            "Run the same list again with -IgnoreMissing, so that files that are already deleted are not errors.", message, StringComparison.Ordinal);
    }

    [Fact]
    public void TerminalCode_AfterTheInputWasRead_SaysSo()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { Fault = _ => Fault.ErrorCode(45009) });

        ScriptOutcome outcome = connected.Run("$ids | Remove-TcbCloudFile", FileIds.Range(3));

        Assert.Equal(FileIds.Range(3), outcome.OpenIds);
        Assert.EndsWith(" Nothing was deleted: 0 removed earlier, 3 without a result. Run the same list again.", outcome.Terminating!.Exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TerminalCode_IgnoreMissingIsSuggested_OnlyWhereAReplyWasLost(bool lost)
    {
        using var connected = new ConnectedSession(new EmulatorOptions
        {
            FileIds = FileIds.Range(3),
            Fault = request => request.Ordinal == 1 && lost ? Fault.Drop.AfterWork() : Fault.ErrorCode(45009),
        });

        string message = connected.Run("$ids | Remove-TcbCloudFile -Environment $patient", FileIds.Range(3)).Terminating!.Exception.Message;

        Assert.Equal(lost, message.EndsWith("Run the same list again with -IgnoreMissing: some of the files without a result may have been deleted.", StringComparison.Ordinal));
        Assert.Equal(lost, message.Contains("-IgnoreMissing", StringComparison.Ordinal));
    }

    [Fact]
    public void TerminalCode_WithAJournal_SaysToRunTheSameListAgain_AndCountsWhatWasSkipped()
    {
        string journal = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        using var connected = new ConnectedSession(new EmulatorOptions
        {
            FileIds = FileIds.Range(4),
            Fault = request => request.Ordinal > 1 ? Fault.ErrorCode(45009) : null,
        });
        try
        {
            ScriptOutcome outcome = connected.Session.Run(
                "$null = $ids[0] | Remove-TcbCloudFile -JournalPath $journal; $ids | Remove-TcbCloudFile -JournalPath $journal",
                ("ids", FileIds.Range(4)), ("journal", journal));

            Assert.EndsWith(
                "Nothing was deleted: 1 removed earlier, 3 without a result. Run the same list again with the same -JournalPath.",
                outcome.Terminating!.Exception.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(journal);
        }
    }

    [Fact]
    public async Task TerminalCode_AnswersUnderWayAreAwaitedAndEmitted()
    {
        var gate = new Gate();
        using var connected = new ConnectedSession(new EmulatorOptions
        {
            FileIds = FileIds.Range(100),
            Fault = request => request.FileIds[0] == FileIds.Of(1) ? Refused() : Fault.Hold(gate),
        });

        // Three are under way; the first is refused while the others still work. When the journal has it, nothing more is sent.
        string journal = Path.GetTempFileName();
        Task<ScriptOutcome> run = connected.Session.StartAsync(
            "$ids | Remove-TcbCloudFile -BatchSize 2 -ThrottleLimit 3 -JournalPath $journal", ("ids", FileIds.Range(100)), ("journal", journal));
        await gate.WhenArrivedAsync(2).WaitAsync(PowerShellSession.Patience);
        Assert.True(SpinWait.SpinUntil(() => Read(journal).Contains("QuotaExhausted", StringComparison.Ordinal), PowerShellSession.Patience));
        gate.Open();
        ScriptOutcome outcome = await run;
        File.Delete(journal);

        Assert.Equal(FileIds.Range(4, from: 3), outcome.RemovedIds.Order());
        Assert.Equal("QuotaExhausted,TcbPowerShell.RemoveTcbCloudFileCommand", outcome.Terminating!.FullyQualifiedErrorId);
        Assert.Equal(3, connected.Emulator.Requests.Count);
        Assert.Equal(FileIds.Range(2), outcome.OpenIds.Take(2));
        Assert.InRange(outcome.OpenIds.Length, 2, 4);

        // Not before the others have arrived: a run that has ended would not send them any more.
        Fault Refused()
        {
            SpinWait.SpinUntil(() => gate.Arrived == 2, PowerShellSession.Patience);
            return Fault.ErrorCode(45009);
        }
    }

    [Theory]
    [InlineData(5, 50)]
    [InlineData(3, 7)]
    [InlineData(1, 1)]
    public void Open_IsAtMostOneBatchMoreThanTheThrottleLimit(int throttleLimit, int batchSize)
    {
        string[] ids = FileIds.Range(1000);
        using var connected = new ConnectedSession(new EmulatorOptions
        {
            FileIds = ids,
            Fault = request => request.Ordinal > 2 ? Fault.ErrorCode(40001) : null,
        });

        ScriptOutcome outcome = connected.Run($"{Reading} -BatchSize {batchSize} -ThrottleLimit {throttleLimit}", ids);

        Assert.InRange(outcome.OpenIds.Length, 1, (throttleLimit + 1) * batchSize);
        // Everything that was read came out once, and all that was read is the beginning of the list.
        int read = (int)connected.Session.Variable("read")!;
        Assert.InRange(read, 1, ids.Length - 1);
        Assert.Equal(ids.Take(read).Order(), outcome.RemovedIds.Concat(outcome.FailedIds).Concat(outcome.OpenIds).Order());
        Assert.Equal(ids.Length - outcome.Removals.Length, connected.Emulator.Files.Count);
    }

    [Fact]
    public void Open_Duplicates_StandThereAsOftenAsTheyCameIn()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { Fault = _ => Fault.ErrorCode(45009) });
        string[] ids = [FileIds.Of(1), FileIds.Of(2), FileIds.Of(1)];

        ScriptOutcome outcome = connected.Run("$ids | Remove-TcbCloudFile", ids);

        Assert.Equal(ids.Order(), outcome.OpenIds.Order());
        Assert.Contains("3 without a result", outcome.Terminating!.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TerminatingError_OutVariableAndErrorVariableKeepWhatCameBefore()
    {
        using var connected = new ConnectedSession(new EmulatorOptions
        {
            FileIds = FileIds.Range(10).Except([FileIds.Of(2)]),
            Fault = request => request.Ordinal > 2 ? Fault.ErrorCode(40001) : null,
        });

        ScriptOutcome outcome = connected.Run(
            "try { $lost = $ids | Remove-TcbCloudFile -BatchSize 2 -ThrottleLimit 1 -OutVariable kept -ErrorVariable failed -ErrorAction SilentlyContinue } "
            + "catch { $stopped = $_ }; $kept; $files = @($failed.TargetObject | Where-Object { $_ -is [string] })",
            FileIds.Range(10));

        Assert.Equal([FileIds.Of(1), FileIds.Of(3), FileIds.Of(4)], outcome.RemovedIds);
        Assert.Null(connected.Session.Variable("lost"));
        Assert.Equal(FileIds.Of(2), ((object[])connected.Session.Variable("files")!)[0].ToString());
        Assert.Equal(
            "TokenRejected,TcbPowerShell.RemoveTcbCloudFileCommand", ((ErrorRecord)connected.Session.Variable("stopped")!).FullyQualifiedErrorId);
    }

    [Fact]
    public void TerminatingError_SessionIsUsableAtOnce()
    {
        using var connected = new ConnectedSession(new EmulatorOptions
        {
            FileIds = FileIds.Range(3),
            Fault = request => request.Ordinal == 1 ? Fault.ErrorCode(45009) : null,
        });

        ScriptOutcome outcome = connected.Run(
            "try { $ids | Remove-TcbCloudFile } catch { $_.TargetObject | Remove-TcbCloudFile }", FileIds.Range(3));

        Assert.Equal(FileIds.Range(3), outcome.RemovedIds);
    }

    [Fact]
    public void FirstThreeBatchesRefused_EndsTheRun()
    {
        string[] ids = FileIds.Range(100);
        using var connected = new ConnectedSession(new EmulatorOptions
        {
            FileIds = ids,
            Fault = _ => Fault.ErrorCode(47001, "data format error"),
        });

        ScriptOutcome outcome = connected.Run($"{Reading} -BatchSize 2 -ThrottleLimit 1", ids);

        Assert.Equal("RequestRefused,TcbPowerShell.RemoveTcbCloudFileCommand", outcome.Terminating!.FullyQualifiedErrorId);
        Assert.Empty(outcome.Output);
        Assert.Equal(FileIds.Range(6), outcome.FailedIds);
        // As much of the fourth batch as was filled meanwhile.
        int read = (int)connected.Session.Variable("read")!;
        Assert.InRange(read, 6, 8);
        Assert.Equal(FileIds.Range(read - 6, from: 7), outcome.OpenIds);
        // Three batches with their two files each.
        Assert.Equal(9, connected.Emulator.Requests.Count);
        Assert.Equal(100, connected.Emulator.Files.Count);
    }

    [Fact]
    public void FirstBatchAccepted_RefusedOnesLaterEndNothing()
    {
        using var connected = new ConnectedSession(new EmulatorOptions
        {
            FileIds = FileIds.Range(10),
            Fault = request => request.Ordinal > 1 ? Fault.ErrorCode(40097) : null,
        });

        ScriptOutcome outcome = connected.Run("$ids | Remove-TcbCloudFile -BatchSize 1 -ThrottleLimit 1", FileIds.Range(10));

        Assert.Null(outcome.Terminating);
        Assert.Equal(FileIds.Range(9, from: 2), outcome.FailedIds);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(0)]
    public void Unreachable_EndsAfterHalfAMinute_AndEveryIdIsInTargetObject(int retries)
    {
        Uri closed;
        using (var gone = TcbEmulator.Start()) closed = gone.Endpoint;
        using var connected = new ConnectedSession();
        string[] ids = FileIds.Range(100);

        ScriptOutcome outcome = connected.Session.Run(
            $"{Reading} -BatchSize 2 -ThrottleLimit 1 -MaximumRetryCount {retries}", ("ids", ids), ("patient", connected.Patient(closed)));

        ErrorRecord end = outcome.Terminating!;
        Assert.Equal(
            ("ServiceUnreachable,TcbPowerShell.RemoveTcbCloudFileCommand", ErrorCategory.ConnectionError),
            (end.FullyQualifiedErrorId, end.CategoryInfo.Category));
        Assert.Empty(outcome.Errors);
        int read = (int)connected.Session.Variable("read")!;
        Assert.InRange(read, 4, 6);
        Assert.Equal(FileIds.Range(read), outcome.OpenIds);
        // No connection was made, so nothing can have been deleted.
        Assert.DoesNotContain("-IgnoreMissing", end.Exception.Message, StringComparison.Ordinal);
        Assert.InRange(connected.Clock.Passed.TotalSeconds, 30, 31);
    }

    [Fact]
    public void Outage_BeforeTheLimit_IsWaitedOutWithAWarning()
    {
        TimeSpan back = default;
        ConnectedSession? session = null;
        using var connected = new ConnectedSession(new EmulatorOptions
        {
            FileIds = FileIds.Range(100),
            Fault = request => request.Ordinal > 3 && session!.Clock.Elapsed < back ? Fault.Http(502) : null,
        });
        session = connected;
        back = connected.Clock.Elapsed + TimeSpan.FromMinutes(4);

        ScriptOutcome outcome = connected.Run("$ids | Remove-TcbCloudFile -Environment $patient -BatchSize 2 -Verbose", FileIds.Range(100));

        Assert.Null(outcome.Terminating);
        Assert.Empty(outcome.Errors);
        Assert.Equal(FileIds.Range(100).Order(), outcome.RemovedIds.Order());
        string warning = Assert.Single(outcome.Warnings);
        Assert.Equal("The service does not answer (HTTP 502 Bad Gateway). Waiting for it; no file fails meanwhile.", warning);
        Assert.Single(outcome.Verbose, line => line.StartsWith("The service answers again, after ", StringComparison.Ordinal));
    }

    [Fact]
    public void TooLarge_AfterAnAcceptedRequest_EachErrorNamesTheBatchSize()
    {
        using var connected = new ConnectedSession(new EmulatorOptions
        {
            FileIds = FileIds.Range(4),
            Fault = request => request.Ordinal == 2 ? Fault.Http(413) : null,
        });

        ScriptOutcome outcome = connected.Run("$ids | Remove-TcbCloudFile -BatchSize 2 -ThrottleLimit 1", FileIds.Range(4));

        Assert.Null(outcome.Terminating);
        Assert.Equal(2, outcome.Errors.Length);
        Assert.All(outcome.Errors, error => Assert.Contains("smaller -BatchSize", error.Exception.Message, StringComparison.Ordinal));
    }

    [Trait("status", "503")]
    [Fact]
    public void Unreachable_NowAndThen_EndsNothing()
    {
        using var connected = new ConnectedSession(new EmulatorOptions
        {
            FileIds = FileIds.Range(40),
            Fault = request => request.Ordinal % 3 == 0 ? null : Fault.Http(503),
        });

        ScriptOutcome outcome = connected.Run(
            "$ids | Remove-TcbCloudFile -Environment $patient -BatchSize 1 -ThrottleLimit 1 -MaximumRetryCount 0", FileIds.Range(40));

        Assert.Null(outcome.Terminating);
        Assert.Equal(40, outcome.RemovedIds.Concat(outcome.FailedIds).Distinct().Count());
    }

    [Fact]
    public void NotConnected_IsSaidBeforeAnythingIsRead()
    {
        using var session = new PowerShellSession();

        ScriptOutcome outcome = session.Run(
            "$read = 0; try { 1..3 | ForEach-Object { $read++; $_ } | Remove-TcbCloudFile } catch { $_.FullyQualifiedErrorId; $read }");

        Assert.Equal(["NotConnected,TcbPowerShell.RemoveTcbCloudFileCommand", 0], outcome.Output.Select(item => item.BaseObject));
    }

    // While the run writes to it.
    private static string Read(string path)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd();
    }
}
