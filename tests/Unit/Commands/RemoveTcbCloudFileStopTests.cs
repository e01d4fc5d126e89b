using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Commands;

/// <summary>The pipeline is ended from outside: by its consumer, by an error downstream, by Ctrl+C. Stop means stop.</summary>
[Trait("rule", "6")]
public sealed class RemoveTcbCloudFileStopTests
{
    private const string OneByOne = "$ids | Remove-TcbCloudFile -BatchSize 1 -ThrottleLimit 1";

    [Theory]
    [InlineData($"{OneByOne} | Select-First 2")]
    [InlineData($"foreach ($once in 1) {{ $n = 0; {OneByOne} | ForEach-Object {{ $_; if (++$n -eq 2) {{ break }} }} }}")]
    public async Task Stop_ByTheConsumer_SendsNothingMore(string script)
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(10) });

        ScriptOutcome outcome = connected.Run(script, FileIds.Range(10));

        Assert.Null(outcome.Terminating);
        Assert.Empty(outcome.Errors);
        Assert.Equal(FileIds.Range(2), outcome.RemovedIds);
        await AssertUsableAsync(connected, sent: 2);
    }

    [Theory]
    [InlineData("Select-First 1")]
    [InlineData("ForEach-Object { throw 'downstream' }")]
    [InlineData("ForEach-Object { [int]::Parse('x') } -ErrorAction Stop")]
    public async Task Stop_ByTheConsumer_CancelsRequestsInFlight(string consumer)
    {
        var gate = new Gate();
        using var connected = new ConnectedSession(new EmulatorOptions
        {
            FileIds = FileIds.Range(20),
            // The first one is answered once three are under way.
            Fault = request => request.Ordinal == 1 ? Fault.Hold(gate) : request.Ordinal <= 3 ? Fault.NoAnswer : null,
        });

        Task<ScriptOutcome> run = connected.Session.StartAsync(
            $"$ids | Remove-TcbCloudFile -BatchSize 1 -ThrottleLimit 3 | {consumer}", ("ids", FileIds.Range(20)));
        await connected.WhenAsync(log => log.InFlight == 3);
        gate.Open();
        ScriptOutcome outcome = await run;

        Assert.Equal(consumer.StartsWith("Select", StringComparison.Ordinal), outcome.Terminating is null);
        await connected.WhenAsync(log => log.InFlight == 0);
        Assert.Equal([false, true, true], connected.Emulator.Requests.Snapshot().Select(request => request.Outcome!.ClientLeft));
        await AssertUsableAsync(connected, sent: 3);
    }

    [Theory]
    // While the input is still read, and once it has been read to its end.
    [InlineData(20)]
    [InlineData(3)]
    public async Task CtrlC_WaitingForAnswers_EndsThemAtOnce(int files)
    {
        using var connected = new ConnectedSession(new EmulatorOptions
        {
            FileIds = FileIds.Range(20),
            Fault = request => request.Ordinal <= 3 ? Fault.NoAnswer : null,
        });

        Task<ScriptOutcome> run = connected.Session.StartAsync(
            "$ids | Remove-TcbCloudFile -BatchSize 1 -ThrottleLimit 3", ("ids", FileIds.Range(files)));
        await connected.WhenAsync(log => log.InFlight == 3);
        await connected.Session.StopAsync();
        ScriptOutcome outcome = await run;

        Assert.True(outcome.IsStopped);
        Assert.Empty(outcome.Output);
        Assert.Empty(outcome.Errors);
        await connected.WhenAsync(log => log.InFlight == 0);
        Assert.All(connected.Emulator.Requests.Snapshot(), request => Assert.True(request.Outcome!.ClientLeft));
        await AssertUsableAsync(connected, sent: 3);
    }

    [Fact]
    public async Task CtrlC_WhileUpstreamIsSlow_EndsRequestsInFlight()
    {
        using var connected = new ConnectedSession(new EmulatorOptions
        {
            FileIds = FileIds.Range(2),
            Fault = request => request.Ordinal == 1 ? Fault.NoAnswer : null,
        });
        using var never = new SemaphoreSlim(0);

        // .NET code cannot be stopped by the engine, so upstream is a loop of PowerShell's own.
        Task<ScriptOutcome> run = connected.Session.StartAsync(
            "& { $ids[0]; while ($true) { $null = $never.Wait(1) } } | Remove-TcbCloudFile -BatchSize 1", ("ids", FileIds.Range(2)), ("never", never));
        await connected.WhenAsync(log => log.InFlight == 1);
        await connected.Session.StopAsync();

        Assert.True((await run).IsStopped);
        await connected.WhenAsync(log => log.InFlight == 0);
        await AssertUsableAsync(connected, sent: 1);
    }

    [Trait("status", "503")]
    [Fact]
    public async Task CtrlC_WhileATryWaitsForItsTurn_EndsTheWait()
    {
        // Real time on purpose: the wait of minutes must be ended, not waited for.
        using var connected = new ConnectedSession(new EmulatorOptions
        {
            FileIds = FileIds.Range(2),
            Fault = request => request.Ordinal == 1 ? Fault.Http(503, retryAfter: "800") : null,
        });
        using var waits = new SemaphoreSlim(0);

        Task<ScriptOutcome> run = connected.Session.StartAsync(
            "$ids | Remove-TcbCloudFile 3>&1 | ForEach-Object { if (\"$_\" -match 'pausing for 8') { $null = $waits.Release() } }",
            ("ids", FileIds.Range(1)), ("waits", waits));
        Assert.True(await waits.WaitAsync(PowerShellSession.Patience));
        await connected.Session.StopAsync();

        Assert.True((await run).IsStopped);
        await AssertUsableAsync(connected, sent: 1);
    }

    [Fact]
    public async Task ErrorActionStop_EndsAtTheFirstMissingFile()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(1) });

        ScriptOutcome outcome = connected.Run($"{OneByOne} -ErrorAction Stop", FileIds.Of(1), FileIds.Of(11), FileIds.Of(2));

        Assert.Equal("CloudFileNotFound,TcbPowerShell.RemoveTcbCloudFileCommand", outcome.Terminating!.FullyQualifiedErrorId);
        Assert.Equal(FileIds.Of(11), outcome.Terminating.TargetObject);
        Assert.Equal([FileIds.Of(1)], outcome.RemovedIds);
        await AssertUsableAsync(connected, sent: 2);
    }

    [Fact]
    public async Task Runspace_ClosedWhileRunning_LeavesNoRequestBehind()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { Fault = _ => Fault.NoAnswer });

        Task<ScriptOutcome> run = connected.Session.StartAsync("$ids | Remove-TcbCloudFile -BatchSize 1", ("ids", FileIds.Range(3)));
        await connected.WhenAsync(log => log.InFlight == 3);
        connected.Session.Runspace.Close();

        Assert.True((await run).IsStopped);
        await connected.WhenAsync(log => log.InFlight == 0);
    }

    // Nothing may arrive late, and the session goes on: the next call succeeds at once, on the same connection.
    private static async Task AssertUsableAsync(ConnectedSession connected, int sent)
    {
        Assert.Equal(sent, connected.Emulator.Requests.Count);
        connected.Emulator.Files.Seed(FileIds.Of(100));

        ScriptOutcome outcome = await connected.Session.StartAsync("$ids | Remove-TcbCloudFile", ("ids", new[] { FileIds.Of(100) }));

        Assert.Equal([FileIds.Of(100)], outcome.RemovedIds);
        Assert.Equal(sent + 1, connected.Emulator.Requests.Count);
        Assert.Equal(0, connected.Emulator.Requests.InFlight);
    }
}
