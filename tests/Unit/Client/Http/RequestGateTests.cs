using CsCheck;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Tests.Client.Batches;
using Xunit;

namespace TcbPowerShell.Tests.Client.Http;

public sealed class RequestGateTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ManualClock _clock = new() { HoldsDelays = true };

    [Fact]
    public async Task EnterAsync_UpToTheLimit_IsFree_ThenWaitsForAPlace()
    {
        var gate = new RequestGate(2, _clock);
        await EnterAtOnceAsync(gate, 2);

        Task third = gate.EnterAsync(TimeSpan.Zero, default);
        Assert.False(third.IsCompleted);
        gate.Leave(answered: true);

        await third;
    }

    [Fact]
    public async Task EnterAsync_Delay_IsWaitedBeforeAPlaceIsTaken()
    {
        var gate = new RequestGate(1, _clock);

        Task late = gate.EnterAsync(5 * Second, default);
        await EnterAtOnceAsync(gate, 1);
        gate.Leave(answered: true);
        _clock.Advance(4 * Second);
        Assert.False(late.IsCompleted);
        _clock.Advance(Second);

        await late;
        Assert.Equal([5 * Second], _clock.Delays);
    }

    [Fact]
    public async Task SlowDown_EverybodyPauses_ThoseWhoWaitForAPlaceToo()
    {
        var gate = new RequestGate(1, _clock);
        await EnterAtOnceAsync(gate, 1);
        Task queued = gate.EnterAsync(TimeSpan.Zero, default);

        gate.SlowDown(10 * Second);
        gate.Leave(answered: false);
        await _clock.WhenHeldAsync(1).WaitAsync(EngineHarness.Guard);
        Task late = gate.EnterAsync(TimeSpan.Zero, default);
        Assert.False(queued.IsCompleted || late.IsCompleted);
        _clock.Advance(10 * Second);

        await (await Task.WhenAny(queued, late).WaitAsync(EngineHarness.Guard));
        gate.Leave(answered: false);
        await Task.WhenAll(queued, late).WaitAsync(EngineHarness.Guard);
    }

    [Fact]
    public async Task SlowDown_LongerPause_Counts_AndAShorterOneDoesNotCutIt()
    {
        var gate = new RequestGate(4, _clock);
        gate.SlowDown(10 * Second);
        gate.SlowDown(30 * Second);
        gate.SlowDown(5 * Second);

        Task entered = gate.EnterAsync(TimeSpan.Zero, default);
        _clock.Advance(29 * Second);
        Assert.False(entered.IsCompleted);
        _clock.Advance(Second);

        await entered;
    }

    [Fact]
    public void SlowDown_OfOneEvent_HalvesOnce_AndNeverBelowOne()
    {
        var gate = new RequestGate(8, _clock);
        var allowed = new List<int>();
        for (int i = 0; i < 5; i++)
        {
            gate.SlowDown(Second);
            gate.SlowDown(Second);
            gate.SlowDown(2 * Second);
            allowed.Add(gate.Allowed);
            _clock.Advance(2 * Second);
        }
        Assert.Equal([4, 2, 1, 1, 1], allowed);
    }

    [Fact]
    public async Task Leave_EachAnswer_RecoversByADegree_UpToTheLimit()
    {
        var gate = new RequestGate(4, _clock);
        gate.SlowDown(Second);
        _clock.Advance(Second);
        Assert.Equal(2, gate.Allowed);

        var allowed = new List<int>();
        for (int i = 0; i < 12; i++)
        {
            await EnterAtOnceAsync(gate, 1);
            gate.Leave(answered: i != 0);
            allowed.Add(gate.Allowed);
        }

        // 2, 2.5, 2.9, 3.2, 3.6, 3.8, 4: an answer is worth the less the more are under way.
        Assert.Equal([2, 2, 2, 3, 3, 3, 4, 4, 4, 4, 4, 4], allowed);
        await EnterAtOnceAsync(gate, 4);
        Assert.False(gate.EnterAsync(TimeSpan.Zero, default).IsCompleted);
    }

    [Fact]
    public async Task SlowDown_HalfOfThem_GoOnTogether()
    {
        var gate = new RequestGate(4, _clock);
        await EnterAtOnceAsync(gate, 4);
        gate.SlowDown(Second);
        for (int i = 0; i < 4; i++) gate.Leave(answered: false);
        _clock.Advance(Second);

        await EnterAtOnceAsync(gate, 2);
        Assert.False(gate.EnterAsync(TimeSpan.Zero, default).IsCompleted);
    }

    [Theory]
    [InlineData("place")]
    [InlineData("pause")]
    [InlineData("delay")]
    public async Task EnterAsync_Cancelled_TakesNoPlace(string waitsFor)
    {
        var gate = new RequestGate(1, _clock);
        using var cancellation = new CancellationTokenSource();
        if (waitsFor == "place") await EnterAtOnceAsync(gate, 1);
        if (waitsFor == "pause") gate.SlowDown(Second);
        Task waiting = gate.EnterAsync(waitsFor == "delay" ? Second : TimeSpan.Zero, cancellation.Token);
        Assert.False(waiting.IsCompleted);

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        if (waitsFor == "place") gate.Leave(answered: true);
        _clock.Advance(Second);
        await EnterAtOnceAsync(gate, 1);
    }

    [Fact]
    public async Task EnterAsync_CancelledJustAfterItWasWoken_WakesTheNext()
    {
        var clock = new HookedClock();
        var gate = new RequestGate(1, clock);
        using var cancellation = new CancellationTokenSource();
        await EnterAtOnceAsync(gate, 1);
        Task woken = gate.EnterAsync(TimeSpan.Zero, cancellation.Token);
        Task next = gate.EnterAsync(TimeSpan.Zero, default);

        // Inside the gate's lock, so that who is woken cannot go on before it is cancelled.
        clock.Once = () =>
        {
            gate.Leave(answered: true);
            cancellation.Cancel();
        };
        gate.SlowDown(TimeSpan.Zero);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => woken);
        await next.WaitAsync(EngineHarness.Guard);
    }

    [Fact]
    public async Task EnterAsync_AlreadyCancelled_ThrowsThoughThereIsRoom() =>
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new RequestGate(1, _clock).EnterAsync(TimeSpan.Zero, new CancellationToken(canceled: true)));

    [Fact]
    public void Gate_AnyInterleaving_NeverMoreThanTheLimit_AndNoPlaceIsLost() => Gen.Select(
        Gen.Int[1, 6], Gen.Int[1, 12], Gen.Int[0, 1_000_000]).Sample(
        (limit, workers, seed) =>
        {
            var gate = new RequestGate(limit, new ManualClock());
            int active = 0;
            int peak = 0;
            Task[] all = [.. Enumerable.Range(0, workers).Select(worker => Task.Run(() => WorkAsync(new Random(seed + worker))))];
            Assert.True(Task.WaitAll(all, TimeSpan.FromSeconds(60)), "a worker waits for ever");

            Assert.InRange(peak, 1, limit);
            for (int i = 0; i < 200 && gate.Allowed < limit; i++)
            {
                Assert.True(gate.EnterAsync(TimeSpan.Zero, default).IsCompletedSuccessfully);
                gate.Leave(answered: true);
            }
            for (int i = 0; i < limit; i++) Assert.True(gate.EnterAsync(TimeSpan.Zero, default).IsCompletedSuccessfully, "a place was lost");
            Assert.False(gate.EnterAsync(TimeSpan.Zero, default).IsCompleted, "a place was made");

            async Task WorkAsync(Random random)
            {
                for (int round = 0; round < 20; round++)
                {
                    using var cancellation = new CancellationTokenSource();
                    Task entered = gate.EnterAsync(random.Next(4) == 0 ? Second : TimeSpan.Zero, cancellation.Token);
                    if (random.Next(4) == 0) await cancellation.CancelAsync();
                    try
                    {
                        await entered;
                    }
                    catch (OperationCanceledException)
                    {
                        continue;
                    }
                    int now = Interlocked.Increment(ref active);
                    for (int seen = peak; now > seen; seen = peak) Interlocked.CompareExchange(ref peak, now, seen);
                    if (random.Next(2) == 0) await Task.Yield();
                    Interlocked.Decrement(ref active);
                    gate.Leave(answered: random.Next(2) == 0);
                    if (random.Next(6) == 0) gate.SlowDown(Second);
                }
            }
        },
        iter: 300, threads: 1);

    private static async Task EnterAtOnceAsync(RequestGate gate, int count)
    {
        for (int i = 0; i < count; i++)
        {
            Task entered = gate.EnterAsync(TimeSpan.Zero, default);
            Assert.True(entered.IsCompleted, "there is no room");
            await entered;
        }
    }

    private sealed class HookedClock : Clock
    {
        internal Action? Once { get; set; }

        internal override TimeSpan Elapsed
        {
            get
            {
                Action? once = Once;
                Once = null;
                once?.Invoke();
                return TimeSpan.FromDays(1);
            }
        }
    }
}
