using TcbPowerShell.Client.Runs;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Client.Http;
using TcbPowerShell.Tests.Client.Tokens;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;
using static TcbPowerShell.Tests.Client.Runs.EngineHarness;

namespace TcbPowerShell.Tests.Client.Runs;

/// <summary>Rule 7 (docs/design.md): retries, their waits, and what a throttling answer does to everybody.</summary>
[Trait("rule", "7")]
public sealed class EngineRetryTests
{
    private static readonly string[] Ids = FileIds.Range(100);

    [Fact]
    public async Task Run_PartOfTheBatchIsOpen_OnlyThatIsSentAgain()
    {
        using var harness = new EngineHarness(
            request => request.Ordinal switch
            {
                1 => Fault.FileList(entries => entries.Where((_, index) => index >= 3)),
                2 => Fault.FileStatus(-503001, "STORAGE_REQUEST_FAIL", id => id == Ids[1]),
                _ => null,
            },
            new EmulatorOptions { FileIds = Ids[..10] });

        EngineResult result = await harness.RunAsync(Options(), Ids[..10]);

        Assert.Equal([Ids[..10], Ids[..3], [Ids[1]]], harness.Emulator.Requests.Snapshot().Select(request => request.FileIds));
        result.AssertOneOutcomeFor(Ids[..10]);
        Assert.All(result.Outcomes, outcome => Assert.NotNull(outcome.Removal));
        Assert.Equal([2, 3, 2, 1], Ids[..4].Select(id => result.Outcomes.Single(outcome => outcome.FileId == id).Removal!.Attempts));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Run_MaximumRetryCount_IsTheNumberOfRepeats_WithTheWaitsOfThePolicy(int retries)
    {
        using var harness = new EngineHarness(_ => Fault.ErrorCode(-1, "system error"), new EmulatorOptions { FileIds = Ids[..2] });

        EngineResult result = await harness.RunAsync(Options(retries: retries), Ids[..2]);

        Assert.Equal(retries + 1, harness.Emulator.Requests.Count);
        // Half of 1, 2, 4, 8 s: the dice are loaded.
        Assert.Equal(Enumerable.Range(0, retries).Select(n => TimeSpan.FromSeconds(0.5 * (1 << n))), harness.Clock.Delays);
        Assert.Equal(Enumerable.Range(1, retries), result.Events.OfType<RunEvent.RetryWaits>().Select(wait => wait.Attempt));
        Assert.Equal(Ids[..2], result.Failed("BatchNotRemoved"));
        Assert.All(result.Outcomes, outcome => Assert.Equal(
            (retries + 1, true, -1), (outcome.Attempts, outcome.Failure!.OutcomeUnknown, outcome.Failure!.Facts.ErrorCode)));
    }

    [Theory]
    [InlineData(123456)]
    [InlineData(-501018)]
    public async Task Run_CodesThatAreNotRetried_OrOnce(int code)
    {
        using var harness = new EngineHarness(_ => Fault.ErrorCode(code));

        EngineResult result = await harness.RunAsync(Options(), Ids[..1]);

        Assert.Equal(code == -501018 ? 2 : 1, harness.Emulator.Requests.Count);
        Assert.Equal(Ids[..1], result.Failed("BatchNotRemoved"));
    }

    [Trait("status", "503")]
    [Fact]
    public async Task Run_RetryAfter_IsObeyed()
    {
        using var harness = new EngineHarness(
            request => request.Ordinal == 1 ? Fault.Http(503, retryAfter: "77") : null, new EmulatorOptions { FileIds = Ids[..1] });

        await harness.RunAsync(Options(), Ids[..1]);

        Assert.Equal([TimeSpan.FromSeconds(77)], harness.Clock.Delays);
    }

    [Fact]
    public async Task Run_Throttled_EveryWorkerPauses_AndNoRetryIsUsedUp()
    {
        var gate = new Gate();
        using var harness = new EngineHarness(
            request => request.Ordinal <= 3 ? Fault.Throttle.HeldBy(gate) : null, new EmulatorOptions { FileIds = Ids },
            new ManualClock { HoldsDelays = true });
        using FileRun engine = harness.Start(Options(batchSize: 10, throttleLimit: 3, retries: 0));
        var result = new EngineResult();
        Task<bool> run = OnThread(() =>
        {
            foreach (string id in Ids)
            {
                engine.Add(id);
                result.Drain(engine);
            }
            engine.Complete();
            return result.Drain(engine);
        });
        await gate.WhenArrivedAsync(3).WaitAsync(Guard);
        gate.Open();

        // All three were throttled: one event, and nobody sends before the pause is over. Only the first in the queue holds a timer.
        Assert.True(SpinWait.SpinUntil(() => result.Events.OfType<RunEvent.Throttled>().Count() == 3, Guard));
        await harness.Clock.WhenHeldAsync(1).WaitAsync(Guard);
        harness.Clock.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal((1, 3), (harness.Clock.HeldCount, harness.Emulator.Requests.Count));
        harness.Clock.HoldsDelays = false;
        harness.Clock.Advance(TimeSpan.FromSeconds(1));
        await run;

        Assert.Equal(Ids.Length, result.Removed.Count());
        Assert.Empty(result.Events.OfType<RunEvent.RetryWaits>());
        Assert.Equal(3, result.Events.OfType<RunEvent.Throttled>().Count());
        Assert.All(result.Events.OfType<RunEvent.Throttled>(), slow => Assert.Equal((10, 10), (slow.Files, slow.Status.Pause.TotalSeconds)));
    }

    [Fact]
    public async Task Run_TokenCallThrottled_UsesUpRetries()
    {
        int calls = 0;
        var tokens = new ScriptedTokens(_ =>
        {
            calls++;
            throw TcbException.FromTokenCode(45011, "freq limit").ForToken();
        });
        using var harness = new EngineHarness(FakeHandler.BlackHole(), tokens: tokens);

        EngineResult result = await harness.RunAsync(Options(retries: 2), Ids[..1]);

        Assert.Equal(3, calls);
        Assert.Equal(Ids[..1], result.Failed("BatchNotRemoved"));
    }

    [Theory]
    [InlineData(429)]
    [InlineData(429, "0")]
    [InlineData(-501004)]
    [InlineData(45011)]
    public async Task Run_ThrottledForEver_EndsAfterFifteenMinutes_WithEachIdAccountedFor(int answer, string? retryAfter = null)
    {
        using var harness = new EngineHarness(
            request => request.FileIds.Contains(Ids[0]) && request.Ordinal == 1 ? null : answer == 429 ? Fault.Http(429, retryAfter: retryAfter) : Fault.ErrorCode(answer),
            new EmulatorOptions { FileIds = Ids });
        TimeSpan start = harness.Clock.Elapsed;

        EngineResult result = await harness.RunAsync(Options(batchSize: 10, throttleLimit: 1, retries: 0), Ids);

        Assert.Equal("ServiceThrottled", result.End!.ErrorId.ToString());
        // One batch was removed, one is throttled, and one waits.
        result.AssertOneOutcomeFor(Ids[..30]);
        Assert.Equal((10, 20), (result.Removed.Count(), result.Open.Count));
        Assert.False(result.End.SomeInDoubt);
        Assert.InRange((harness.Clock.Elapsed - start).TotalMinutes, 15, 16);
        // Asking costs the service little: the waits grow.
        Assert.InRange(harness.Emulator.Requests.Count, 15, 80);
    }

    [Fact]
    public async Task Run_RetryAfterBeyondFifteenMinutes_EndsAtOnce()
    {
        using var harness = new EngineHarness(_ => Fault.Http(429, retryAfter: "901"));

        EngineResult result = await harness.RunAsync(Options(throttleLimit: 1), Ids);

        Assert.Equal("ServiceThrottled", result.End!.ErrorId.ToString());
        Assert.Empty(harness.Clock.Delays);
        Assert.Equal(Ids.Length, result.Open.Count);
    }

    [Fact]
    public async Task Run_ThrottledOnce_OtherBatchesWaitToo()
    {
        using var harness = new EngineHarness(
            request => request.Ordinal == 1 ? Fault.Throttle : null, new EmulatorOptions { FileIds = Ids }, new ManualClock { HoldsDelays = true });
        using FileRun engine = harness.Start(Options(batchSize: 10, throttleLimit: 3));
        var result = new EngineResult();
        foreach (string id in Ids[..10]) engine.Add(id);
        await harness.Clock.WhenHeldAsync(1).WaitAsync(Guard);

        foreach (string id in Ids[10..30]) engine.Add(id);
        harness.Clock.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal((1, 1), (harness.Clock.HeldCount, harness.Emulator.Requests.Count));
        harness.Clock.HoldsDelays = false;
        harness.Clock.Advance(TimeSpan.FromSeconds(1));
        engine.Complete();
        await OnThread(() => result.Drain(engine));

        Assert.Equal(30, result.Removed.Count());
    }

    [Fact]
    public async Task Run_Timeout_IsTriedAgain_AndTheFileIsAlreadyGone()
    {
        var gate = new Gate();
        using var harness = new EngineHarness(
            request => request.Ordinal == 1 ? Fault.Hold(gate).AfterWork() : null, new EmulatorOptions { FileIds = Ids[..1] });
        Task<EngineResult> run = harness.RunAsync(Options(), Ids[..1]);
        await gate.WhenArrivedAsync().WaitAsync(Guard);

        harness.Clock.TimeOut();

        Assert.Equal(Ids[..1], (await run).AlreadyGone);
    }
}
