using System.Management.Automation;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Commands;

/// <summary>Runs that succeed: results, batches, concurrency, duplicates, parameters.</summary>
public sealed class RemoveTcbCloudFileCommandTests
{
    [Fact]
    public void Remove_AFile_TellsAllOfIt()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(1) });

        ScriptOutcome outcome = connected.Run("Remove-TcbCloudFile $ids", FileIds.Range(1));

        CloudFileRemoval removal = Assert.Single(outcome.Removals);
        Assert.Equal(
            (FileIds.Of(1), "test-env", CloudFileRemovalOutcome.Removed), (removal.FileId, removal.EnvironmentId, removal.Outcome));
        Assert.Equal((0, "ok", null, 1), (removal.Status, removal.Message, removal.RequestId, removal.Attempts));
        Assert.Equal(FileIds.Of(1), removal.ToString());
        Assert.Empty(outcome.Errors);
        Assert.Empty(outcome.Warnings);
        Assert.StartsWith("Summary: results: 1 Removed; ", Assert.Single(outcome.Information), StringComparison.Ordinal);
        Assert.Empty(outcome.Verbose);
        Assert.Empty(outcome.Debug);
        Assert.Empty(connected.Session.Host.Shown);
        Assert.Empty(connected.Emulator.Files.Remaining);
    }

    [Fact]
    public void Remove_ReplyWithARequestId_KeepsIt()
    {
        Fault named = Fault.ReplyText(reply => reply.Replace("\"errmsg\":\"ok\",\"delete_list\"", "\"errmsg\":\"ok rid: 1-2-3\",\"delete_list\"", StringComparison.Ordinal));
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(1), Fault = _ => named });

        Assert.Equal("1-2-3", connected.Run("Remove-TcbCloudFile $ids", FileIds.Range(1)).Removals.Single().RequestId);
    }

    [Theory]
    [InlineData("Remove-TcbCloudFile $ids")]
    [InlineData("Remove-TcbCloudFile -FileId $ids")]
    [InlineData("Remove-TcbCloudFile -Id $ids")]
    [InlineData("$ids | Remove-TcbCloudFile")]
    [InlineData(",$ids | Remove-TcbCloudFile")]
    [InlineData("$ids | ForEach-Object { $_ } | Remove-TcbCloudFile -ThrottleLimit 1")]
    public void Remove_120Files_GoInBatchesOf50(string script)
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(120) });

        ScriptOutcome outcome = connected.Run(script, FileIds.Range(120));

        Assert.Equal(FileIds.Range(120).Order(), outcome.RemovedIds.Order());
        Assert.Equal(new Dictionary<int, int> { [50] = 2, [20] = 1 }, connected.Emulator.Requests.BatchSizes);
    }

    [Fact]
    public void BatchSize_IsTheSizeOfBatches()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(20) });

        connected.Run("$ids | Remove-TcbCloudFile -BatchSize 7", FileIds.Range(20));

        Assert.Equal(new Dictionary<int, int> { [7] = 2, [6] = 1 }, connected.Emulator.Requests.BatchSizes);
    }

    [Theory]
    [InlineData("-BatchSize 0")]
    [InlineData("-BatchSize 51")]
    [InlineData("-ThrottleLimit 0")]
    [InlineData("-ThrottleLimit 65")]
    [InlineData("-MaximumRetryCount -1")]
    [InlineData("-MaximumRetryCount 101")]
    [InlineData("-Environment $null")]
    public void Remove_ParameterOutOfRange_SendsNothing(string parameters)
    {
        using var connected = new ConnectedSession();

        ScriptOutcome outcome = connected.Run($"$ids | Remove-TcbCloudFile {parameters}", FileIds.Range(1));

        Assert.Equal(
            "ParameterArgumentValidationError,TcbPowerShell.RemoveTcbCloudFileCommand", outcome.Terminating!.FullyQualifiedErrorId);
        Assert.Equal(0, connected.Emulator.Requests.Count);
    }

    [Theory]
    [InlineData("", 5)]
    [InlineData("-ThrottleLimit 1", 1)]
    [InlineData("-ThrottleLimit 3", 3)]
    [InlineData("-ThrottleLimit 64", 64)]
    public async Task ThrottleLimit_IsThePeakOfRequestsInFlight(string parameters, int peak)
    {
        var gate = new Gate();
        string[] ids = FileIds.Range(peak * 4);
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = ids, Fault = _ => Fault.Hold(gate) });

        Task<ScriptOutcome> run = connected.Session.StartAsync($"$ids | Remove-TcbCloudFile -BatchSize 2 {parameters}", ("ids", ids));
        // Three come though none is answered, and each answer lets more come.
        await gate.WhenArrivedAsync(Math.Min(peak, 3)).WaitAsync(PowerShellSession.Patience);
        for (int before; (before = connected.Emulator.Requests.PeakInFlight) < peak;)
        {
            gate.ReleaseOne();
            await connected.WhenAsync(log => log.PeakInFlight > before);
        }
        int all = connected.Emulator.Requests.Count;
        gate.ReleaseOne();
        await connected.WhenAsync(log => log.Count > all);
        gate.Open();
        ScriptOutcome outcome = await run;

        Assert.Equal(peak, connected.Emulator.Requests.PeakInFlight);
        Assert.Equal(ids.Length, outcome.Removals.Length);
    }

    [Fact]
    public async Task Remove_BatchIsFull_LeavesBeforeTheInputEnds()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(3) });
        using var goOn = new SemaphoreSlim(0);

        Task<ScriptOutcome> run = connected.Session.StartAsync(
            "$ids | ForEach-Object { if ($_ -eq $ids[2]) { $goOn.Wait() }; $_ } | Remove-TcbCloudFile -BatchSize 2", ("ids", FileIds.Range(3)), ("goOn", goOn));
        await connected.WhenAsync(log => log.Count == 1 && log.InFlight == 0);
        Assert.Equal(2, connected.Emulator.Files.Deleted.Count);
        goOn.Release();

        Assert.Equal(3, (await run).Removals.Length);
    }

    [Fact]
    public void Remove_ResultsOfABatch_AreWrittenBeforeTheInputEnds()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(6) });

        // The results that are written when the third ID arrives: with one request at a time the first one has been answered by then.
        ScriptOutcome outcome = connected.Run(
            "$seen = [Collections.ArrayList]::new(); "
            + "$ids | ForEach-Object { if ($_ -eq $ids[4]) { $early = $seen.Count }; $_ } | Remove-TcbCloudFile -BatchSize 1 -ThrottleLimit 1 "
            + "| ForEach-Object { $null = $seen.Add($_) }; $early",
            FileIds.Range(6));

        Assert.InRange((int)outcome.Output.Single().BaseObject, 1, 4);
    }

    [Fact]
    public void Remove_ResultsOfABatch_AreWrittenWhileOnlyBlankEntriesCome()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(1) });

        // Blank entries until the result is there; far more than any answer takes.
        ScriptOutcome outcome = connected.Run(
            "$seen = [Collections.ArrayList]::new(); $early = @{ Count = 0 }; "
            + "& { $ids[0]; for ($i = 0; $seen.Count -eq 0 -and $i -lt 5000000; $i++) { '' }; $early.Count = $seen.Count } "
            + "| Remove-TcbCloudFile -BatchSize 1 | ForEach-Object { $null = $seen.Add($_) }; $early.Count",
            FileIds.Range(1));

        Assert.Equal(1, (int)outcome.Output.Single().BaseObject);
    }

    [Fact]
    public void Remove_Duplicates_AreSentOnceAndEachGetsTheAnswer()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = [FileIds.Of(1)] });
        (string there, string missing) = (FileIds.Of(1), FileIds.Of(2));

        ScriptOutcome outcome = connected.Run("$ids | Remove-TcbCloudFile", there, missing, there, missing, there);

        Assert.Equal([there, there, there], outcome.RemovedIds);
        Assert.Equal([missing, missing], outcome.FailedIds);
        Assert.Equal((1, 1), (connected.Emulator.Requests.TimesSent(there), connected.Emulator.Requests.TimesSent(missing)));
    }

    [Fact]
    public async Task Remove_DuplicateOfAFileInFlight_IsNotSent()
    {
        var gate = new Gate();
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(2), Fault = _ => Fault.Hold(gate) });

        Task<ScriptOutcome> run = connected.Session.StartAsync(
            "$ids | Remove-TcbCloudFile -BatchSize 1", ("ids", new[] { FileIds.Of(1), FileIds.Of(1), FileIds.Of(2) }));
        await gate.WhenArrivedAsync(2).WaitAsync(PowerShellSession.Patience);
        gate.Open();
        ScriptOutcome outcome = await run;

        Assert.Equal([FileIds.Of(1), FileIds.Of(1), FileIds.Of(2)], outcome.RemovedIds.Order());
        Assert.Equal(2, connected.Emulator.Requests.Count);
    }

    [Fact]
    public void Remove_Results_PipeBack()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(2) });

        ScriptOutcome outcome = connected.Run("$ids | Remove-TcbCloudFile | Remove-TcbCloudFile -IgnoreMissing", FileIds.Range(2));

        Assert.Equal(FileIds.Range(2), outcome.RemovedIds.Order());
        Assert.All(outcome.Removals, removal => Assert.Equal(CloudFileRemovalOutcome.AlreadyGone, removal.Outcome));
    }

    [Theory]
    [InlineData(MissingFileAnswer.NotExists, -503003)]
    [InlineData(MissingFileAnswer.NonExist, 1)]
    public void IgnoreMissing_FileIsNotThere_IsAResult(MissingFileAnswer answer, int status)
    {
        using var connected = new ConnectedSession(new EmulatorOptions { MissingFile = answer });

        ScriptOutcome outcome = connected.Run("$ids | Remove-TcbCloudFile -IgnoreMissing", FileIds.Range(1));

        CloudFileRemoval removal = Assert.Single(outcome.Removals);
        Assert.Equal((CloudFileRemovalOutcome.AlreadyGone, status), (removal.Outcome, removal.Status));
        Assert.Empty(outcome.Errors);
    }

    [Fact]
    public void Remove_ReplyLost_SecondTryFindsTheFileGone()
    {
        using var connected = new ConnectedSession(new EmulatorOptions
        {
            FileIds = FileIds.Range(1),
            Fault = request => request.Attempt == 1 ? Fault.Drop.AfterWork() : null,
        });

        ScriptOutcome outcome = connected.Run("$ids | Remove-TcbCloudFile -Environment $patient", FileIds.Range(1));

        CloudFileRemoval removal = Assert.Single(outcome.Removals);
        Assert.Equal((CloudFileRemovalOutcome.AlreadyGone, 2), (removal.Outcome, removal.Attempts));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void MaximumRetryCount_IsTheNumberOfTriesAfterTheFirst(int retries)
    {
        using var connected = new ConnectedSession(new EmulatorOptions { Fault = _ => Fault.ErrorCode(-1) });

        ScriptOutcome outcome = connected.Run(
            $"$ids | Remove-TcbCloudFile -Environment $patient -MaximumRetryCount {retries}", FileIds.Range(1));

        Assert.Equal(retries + 1, connected.Emulator.Requests.Count);
        Assert.Contains($"attempts: {retries + 1}", Assert.Single(outcome.Errors).Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Environment_Given_WinsOverTheDefault()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(1) });
        using var other = TcbEmulator.Start(new EmulatorOptions { FileIds = FileIds.Range(1), AccessToken = ConnectedSession.Token });

        connected.Session.Run(
            "$ids | Remove-TcbCloudFile -Environment $other", ("ids", FileIds.Range(1)), ("other", connected.Patient(other.Endpoint)));

        Assert.Equal((0, 1), (connected.Emulator.Requests.Count, other.Requests.Count));
    }

    [Fact]
    public void Remove_NoInput_SendsNothing()
    {
        using var connected = new ConnectedSession();

        ScriptOutcome outcome = connected.Run("$ids | Remove-TcbCloudFile -Verbose");

        Assert.Empty(outcome.Output);
        Assert.Empty(outcome.Errors);
        Assert.StartsWith("Summary: results: none; errors: none; without a result: 0; ", Assert.Single(outcome.Verbose), StringComparison.Ordinal);
        Assert.Equal(0, connected.Emulator.Requests.Count);
    }

    [Fact]
    public void OutVariable_HoldsTheResults()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(3) });

        ScriptOutcome outcome = connected.Run("$ids | Remove-TcbCloudFile -OutVariable kept | Out-Null; $kept", FileIds.Range(3));

        Assert.Equal(FileIds.Range(3), outcome.RemovedIds);
    }

    [Fact]
    public void PipelineVariable_ReachesDownstream()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(2) });

        ScriptOutcome outcome = connected.Run(
            "$ids | Remove-TcbCloudFile -PipelineVariable gone | ForEach-Object { $gone.FileId }", FileIds.Range(2));

        Assert.Equal(FileIds.Range(2), outcome.Output.Select(item => item.BaseObject));
    }

    [Fact]
    public void Dispose_WithoutARun_IsNoError()
    {
        var command = new RemoveTcbCloudFileCommand();

        Assert.IsAssignableFrom<PSCmdlet>(command);
        command.Dispose();
        command.Dispose();
    }
}
