using TcbPowerShell.Client.Runs;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Client.Http;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;
using static TcbPowerShell.Tests.Client.Runs.EngineHarness;

namespace TcbPowerShell.Tests.Client.Runs;

/// <summary>Rules 3 and 4 (docs/design.md): bounded and prompt.</summary>
[Trait("rule", "3")]
[Trait("rule", "4")]
public sealed class EngineFlowTests
{
    private static readonly string[] Ids = FileIds.Range(200);

    [Fact]
    public async Task Next_NothingComesIn_WakesAtEachHeartbeat()
    {
        var gate = new Gate();
        using var harness = new EngineHarness(_ => Fault.Hold(gate), new EmulatorOptions { FileIds = Ids });

        IEnumerable<string> removed = await OnThread(() =>
        {
            using FileRun engine = harness.Start(Options() with { Heartbeat = TimeSpan.FromMilliseconds(1) });
            engine.Add(Ids[0]);
            engine.Complete();
            // The gate opens only after three have come.
            for (int beats = 0; beats < 3;)
            {
                if (engine.Next() is RunEvent.Heartbeat) beats++;
            }
            gate.Open();
            var result = new EngineResult();
            result.Drain(engine);
            return result.Removed;
        });

        Assert.Equal(Ids[..1], removed);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 10)]
    [InlineData(4, 7)]
    public async Task Add_ServiceDoesNotAnswer_TakesThrottleLimitBatchesAndOneFilling_ThenWaits(int throttleLimit, int batchSize)
    {
        var gate = new Gate();
        using var harness = new EngineHarness(_ => Fault.Hold(gate), new EmulatorOptions { FileIds = Ids });
        using FileRun engine = harness.Start(Options(batchSize, throttleLimit));
        // Nothing has been accepted: three batches at most.
        int inFlight = Math.Min(throttleLimit, 3);
        int bound = (inFlight + 1) * batchSize;
        int added = 0;
        var result = new EngineResult();
        var feeder = new Thread(() =>
        {
            foreach (string id in Ids)
            {
                engine.Add(id);
                Volatile.Write(ref added, added + 1);
                result.Drain(engine);
            }
            engine.Complete();
            result.Drain(engine);
        });

        feeder.Start();
        await gate.WhenArrivedAsync(inFlight).WaitAsync(Guard);
        // Until the feeder waits, or has taken more than it should.
        SpinWait.SpinUntil(
            () => Volatile.Read(ref added) is var now && (now > bound || (now == bound && feeder.ThreadState.HasFlag(ThreadState.WaitSleepJoin))), Guard);
        int taken = Volatile.Read(ref added);
        gate.Open();
        Assert.True(feeder.Join(Guard));

        Assert.Equal(bound, taken);
        Assert.InRange(harness.Emulator.Requests.PeakInFlight, inFlight, throttleLimit);
        Assert.Equal(Ids.Length, result.Removed.Count());
    }

    [Fact]
    public async Task Run_AnyAnswers_NeverMoreOpenThanTheBound()
    {
        using var harness = new EngineHarness(request => request.Ordinal % 3 == 0 ? Fault.OmitEntry : null, new EmulatorOptions { FileIds = Ids });
        int open = await OnThread(() =>
        {
            using FileRun engine = harness.Start(Options(batchSize: 5, throttleLimit: 3));
            var result = new EngineResult();
            int most = 0;
            for (int i = 0; i < Ids.Length; i++)
            {
                engine.Add(Ids[i]);
                result.Drain(engine);
                most = Math.Max(most, i + 1 - result.Outcomes.Count);
            }
            engine.Complete();
            result.Drain(engine);
            Assert.Equal(Ids.Length, result.Outcomes.Count);
            return most;
        });

        Assert.InRange(open, 1, 4 * 5);
        Assert.InRange(harness.Emulator.Requests.PeakInFlight, 1, 3);
    }

    [Fact]
    public async Task Add_FullBatch_LeavesAtOnce_AndItsAnswersComeBeforeTheInputEnds()
    {
        using var harness = new EngineHarness(options: new EmulatorOptions { FileIds = Ids });
        using FileRun engine = harness.Start(Options(batchSize: 10));
        var result = new EngineResult();

        foreach (string id in Ids[..9]) engine.Add(id);
        Assert.Equal(0, engine.InFlight);
        engine.Add(Ids[9]);
        Assert.Equal(1, engine.InFlight);
        await OnThread(() =>
        {
            result.DrainUntil<RunEvent.FilesDone>(engine);
            return true;
        });

        Assert.Equal(Ids[..10], result.Removed);
    }

    [Fact]
    public async Task Complete_PartOfABatch_IsSent()
    {
        using var harness = new EngineHarness(options: new EmulatorOptions { FileIds = Ids });

        EngineResult result = await harness.RunAsync(Options(batchSize: 50), Ids[..3]);

        Assert.Equal(Ids[..3], result.Removed);
        Assert.Equal(new Dictionary<int, int> { [3] = 1 }, harness.Emulator.Requests.BatchSizes);
    }

    [Fact]
    public void Next_NothingHasCome_DoesNotWait()
    {
        using var harness = new EngineHarness(FakeHandler.BlackHole());
        using FileRun engine = harness.Start(Options(batchSize: 1, throttleLimit: 2));

        Assert.Null(engine.Next());
        engine.Add(Ids[0]);
        // The call's own line of traffic may have come.
        while (engine.Next() is { } e) Assert.IsType<RunEvent.Traffic>(e);
        engine.Add(Ids[1]);
        while (engine.Next() is { } e) Assert.IsType<RunEvent.Traffic>(e);
        Assert.Equal(2, engine.InFlight);
    }

    [Fact]
    public async Task Run_OneSlowBatch_DoesNotHoldTheOthersUp()
    {
        var gate = new Gate();
        using var harness = new EngineHarness(request => request.FileIds.Contains(Ids[0]) ? Fault.Hold(gate) : null, new EmulatorOptions { FileIds = Ids });
        EngineResult result = await OnThread(() =>
        {
            using FileRun engine = harness.Start(Options(batchSize: 10, throttleLimit: 2));
            var all = new EngineResult();
            for (int i = 0; i < Ids.Length; i++)
            {
                if (i == 190) gate.Open();
                engine.Add(Ids[i]);
                all.Drain(engine);
            }
            engine.Complete();
            all.Drain(engine);
            return all;
        });

        Assert.Equal(Ids.Length, result.Removed.Count());
        Assert.True(result.Removed.ToList().IndexOf(Ids[0]) >= 150, "the first batch was waited for");
    }
}
