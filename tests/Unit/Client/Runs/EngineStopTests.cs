using TcbPowerShell.Client.Journal;
using TcbPowerShell.Client.Runs;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Client.Http;
using TcbPowerShell.Tests.Client.Journal;
using TcbPowerShell.Tests.Client.Tokens;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;
using static TcbPowerShell.Tests.Client.Runs.EngineHarness;

namespace TcbPowerShell.Tests.Client.Runs;

/// <summary>Rules 5 and 6 (docs/design.md): an exception of a worker is an outcome; stop means stop.</summary>
[Trait("rule", "5")]
[Trait("rule", "6")]
public sealed class EngineStopTests
{
    private static readonly string[] Ids = FileIds.Range(100);

    [Fact]
    public async Task Stop_CallsInFlight_AreEnded_AndNothingIsSentAfterIt()
    {
        var gate = new Gate();
        using var harness = new EngineHarness(_ => Fault.Hold(gate), new EmulatorOptions { FileIds = Ids });
        FileRun engine = harness.Start(Options(batchSize: 10, throttleLimit: 2));
        Task<bool> feeding = OnThread(() =>
        {
            var result = new EngineResult();
            foreach (string id in Ids)
            {
                engine.Add(id);
                result.Drain(engine);
            }
            return true;
        });
        await gate.WhenArrivedAsync(2).WaitAsync(Guard);

        engine.Stop();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => feeding);
        await OnThread(() => Disposed(engine));
        await harness.Emulator.Requests.WhenAsync(log => log.InFlight == 0).WaitAsync(Guard);
        gate.Open();

        Assert.All(harness.Emulator.Requests.Snapshot(), request => Assert.True(request.Outcome!.ClientLeft));
        Assert.Equal(2, harness.Emulator.Requests.Count);
        Assert.Equal(Ids.Length, harness.Emulator.Files.Count);
    }

    [Fact]
    public async Task Stop_WhileARetryWaits_EndsTheWait_AndSendsNothing()
    {
        using var harness = new EngineHarness(_ => Fault.ErrorCode(-1), clock: new ManualClock { HoldsDelays = true });
        FileRun engine = harness.Start(Options());
        foreach (string id in Ids) engine.Add(id);
        await harness.Clock.WhenHeldAsync(2).WaitAsync(Guard);

        engine.Stop();
        await OnThread(() => Disposed(engine));
        harness.Clock.Advance(TimeSpan.FromHours(1));

        Assert.Equal(2, harness.Emulator.Requests.Count);
    }

    [Fact]
    public async Task Stop_DuringAPause_EndsIt()
    {
        using var harness = new EngineHarness(_ => Fault.Throttle, clock: new ManualClock { HoldsDelays = true });
        FileRun engine = harness.Start(Options());
        foreach (string id in Ids) engine.Add(id);
        await harness.Clock.WhenHeldAsync(1).WaitAsync(Guard);

        engine.Stop();

        await OnThread(() => Disposed(engine));
    }

    [Fact]
    public async Task Add_AfterStop_SendsNothing()
    {
        var handler = new FakeHandler(() => FakeHandler.Reply("{}"));
        using var harness = new EngineHarness(handler);
        FileRun engine = harness.Start(Options(batchSize: 10));
        engine.Stop();

        foreach (string id in Ids) engine.Add(id);
        engine.Complete();
        await OnThread(() => Disposed(engine));

        Assert.Equal(0, handler.Calls);
    }

    [Fact]
    public async Task Next_Stopped_Throws()
    {
        using var harness = new EngineHarness(FakeHandler.BlackHole());
        FileRun engine = harness.Start(Options(batchSize: 1));
        engine.Add(Ids[0]);
        engine.Complete();
        Task<bool> waiting = OnThread(() => new EngineResult().Drain(engine));

        engine.Stop();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await OnThread(() => Disposed(engine));
    }

    [Fact]
    public async Task Dispose_CallsUnderWay_LeavesNone()
    {
        FakeHandler handler = FakeHandler.BlackHole();
        using var harness = new EngineHarness(handler);
        FileRun engine = harness.Start(Options(batchSize: 10, throttleLimit: 3));
        foreach (string id in Ids[..40]) engine.Add(id);
        Assert.True(SpinWait.SpinUntil(() => handler.Active == 3, Guard));

        await OnThread(() => Disposed(engine));

        Assert.Equal((3, 0), (handler.Calls, handler.Active));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stop_CallCutOff_LeavesADoubtOnlyIfItsBodyHadBegun(bool hasBegun)
    {
        using var lines = new MemoryStream();
        var called = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var handler = new FakeHandler(async (request, token) =>
        {
            if (hasBegun) await FakeHandler.SendBodyAsync(request, token);
            called.SetResult();
            await Task.Delay(Timeout.Infinite, token);
            throw new InvalidOperationException();
        });
        using var harness = new EngineHarness(handler);
        using (RemovalJournal journal = Open(lines))
        {
            FileRun engine = harness.Start(Options(batchSize: 1) with { Journal = journal });
            engine.Add(Ids[0]);
            await called.Task.WaitAsync(Guard);
            engine.Stop();
            // A call whose body has not begun needs no grace.
            if (hasBegun) harness.Clock.TimeOut();
            await OnThread(() => Disposed(engine));
        }

        using var readAgain = new MemoryStream();
        readAgain.Write(lines.ToArray());
        readAgain.Position = 0;
        using RemovalJournal later = Open(readAgain);
        Assert.Equal(hasBegun, later.IsUnanswered(Ids[0]));
    }

    [Fact]
    public async Task Dispose_TwiceAndStopAfterIt_IsNoError()
    {
        using var harness = new EngineHarness(FakeHandler.BlackHole());
        FileRun engine = harness.Start(Options(batchSize: 10));
        foreach (string id in Ids) engine.Add(id);

        await OnThread(() => Disposed(engine));
        engine.Stop();
        engine.Stop();
        await OnThread(() => Disposed(engine));
    }

    [Fact]
    public async Task Dispose_WorkersWaitForThePipelineThread_DoesNotHang()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var tokens = new ScriptedTokens(async (_, context) =>
        {
            Task<string> answer = context.OnPipelineThreadAsync(() => "never");
            asked.TrySetResult();
            return await answer;
        });
        using var harness = new EngineHarness(FakeHandler.BlackHole(), tokens: tokens);
        FileRun engine = harness.Start(Options(batchSize: 10));
        foreach (string id in Ids) engine.Add(id);
        await asked.Task.WaitAsync(Guard);

        await OnThread(() => Disposed(engine));
    }

    [Theory]
    [InlineData("throws", false)]
    [InlineData("cancels", false)]
    [InlineData("key", false)]
    [InlineData("throws", true)]
    public async Task Run_TokenSourceThrowsAnything_EachFileGetsAnOutcome_AndTheProcessLives(string what, bool isSent)
    {
        var tokens = new ScriptedTokens(refused => isSent && refused is null ? Token : throw (what switch
        {
            "throws" => new InvalidOperationException(Token),
            "cancels" => new OperationCanceledException(Token),
            _ => new KeyNotFoundException(Token),
        }));
        using var harness = new EngineHarness(new FakeHandler(() => FakeHandler.Reply("{\"errcode\":40001}")), tokens: tokens);

        // Two batches: the third in a row would end the run.
        string[] ids = [.. Ids.Take(20)];
        EngineResult result = await harness.RunAsync(Options(batchSize: 10), ids);

        result.AssertOneOutcomeFor(ids);
        Assert.All(result.Outcomes, outcome => Assert.Equal(("BatchNotRemoved", isSent), (outcome.Failure!.ErrorId.ToString(), outcome.Failure.OutcomeUnknown)));
        Assert.All(result.Outcomes, outcome => Assert.DoesNotContain(Token, outcome.Failure!.Facts.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_EveryBatchFailsInsideTheModule_EndsAfterTheThird()
    {
        var tokens = new ScriptedTokens(_ => throw new InvalidOperationException(Token));
        using var harness = new EngineHarness(FakeHandler.BlackHole(), tokens: tokens);

        EngineResult result = await harness.RunAsync(Options(batchSize: 10) with { ThrottleLimit = 1 }, Ids);

        Assert.Equal("RequestRefused", result.End!.ErrorId.ToString());
        Assert.Equal(30, result.Outcomes.Count);
    }

    [Fact]
    public async Task Run_HandlerThrowsInTheMiddle_TheFilesAnsweredBeforeKeepTheirOutcome()
    {
        int calls = 0;
        var handler = new FakeHandler(async (request, token) =>
        {
            await FakeHandler.SendBodyAsync(request, token);
            return ++calls == 1
                ? FakeHandler.Reply($$"""{"errcode":0,"delete_list":[{"fileid":"{{Ids[0]}}","status":0,"errmsg":"ok"}]}""")
                : throw new InvalidOperationException();
        });
        using var harness = new EngineHarness(handler);

        EngineResult result = await harness.RunAsync(Options(), Ids[..2]);

        result.AssertOneOutcomeFor(Ids[..2]);
        Assert.Equal([Ids[0]], result.Removed);
        Assert.Equal([Ids[1]], result.Failed("BatchNotRemoved"));
        Assert.True(result.Outcomes.Single(outcome => outcome.Failure is not null).Failure!.OutcomeUnknown);
    }

    private static RemovalJournal Open(MemoryStream lines) => JournalShortcuts.Open(lines);

    private static bool Disposed(FileRun engine)
    {
        engine.Dispose();
        return true;
    }
}
