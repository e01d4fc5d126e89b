using CsCheck;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Rate;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;
using TcbPowerShell.Tests.Client.Http;
using TcbPowerShell.Tests.Client.Runs;
using Xunit;

namespace TcbPowerShell.Tests.Client.Rate;

[Trait("rule", "7")]
public sealed class RequestGateTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ManualClock _clock = new() { HoldsDelays = true };

    [Fact]
    public async Task EnterAsync_UpToTheLimit_IsFree_ThenWaitsForAPlace()
    {
        var gate = new RequestGate(2, _clock);
        long first = (await EnterAtOnceAsync(gate, 2))[0];

        Task third = gate.EnterAsync(default);
        Assert.False(third.IsCompleted);
        gate.Release(first);

        await third.WaitAsync(EngineHarness.Guard);
    }

    [Fact]
    public async Task EnterAsync_ThoseWhoWait_EnterInTheirOrder()
    {
        var gate = new RequestGate(1, _clock);
        long request = (await EnterAtOnceAsync(gate, 1))[0];
        Task<long>[] waiting = [.. Enumerable.Range(0, 4).Select(_ => gate.EnterAsync(default))];

        for (int i = 0; i < 4; i++)
        {
            gate.Accepted(request);
            request = await waiting[i].WaitAsync(EngineHarness.Guard);
            Assert.All(waiting[(i + 1)..], later => Assert.False(later.IsCompleted));
        }
    }

    [Fact]
    public async Task EnterAsync_PauseOfMonths_IsWaitedInSteps()
    {
        var gate = new RequestGate(1, Clock.System);
        using var stop = new CancellationTokenSource();
        gate.TurnedAway((await EnterAtOnceAsync(gate, 1))[0], Throttled(TimeSpan.FromDays(100)));

        Task late = gate.EnterAsync(stop.Token);
        Assert.False(late.IsCompleted);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => late.WaitAsync(EngineHarness.Guard));
    }

    [Fact]
    public async Task Accepted_EachAnswer_GrowsTheFirstFlight_UpToTheLimit()
    {
        var gate = new RequestGate(8, _clock);
        long[] flight = await EnterAtOnceAsync(gate, 5);
        Assert.False(gate.EnterAsync(default).IsCompleted, "the first flight is too large");

        gate.Accepted(flight[0]);
        gate.Accepted(flight[1]);
        gate.Accepted(flight[2]);

        // One waits already; eight in flight, and not nine.
        await EnterAtOnceAsync(gate, 5);
        Assert.False(gate.EnterAsync(default).IsCompleted);
    }

    [Fact]
    public async Task TurnedAway_WithRetryAfter_PausesAllWaitingRequests()
    {
        var gate = new RequestGate(1, _clock);
        long request = (await EnterAtOnceAsync(gate, 1))[0];
        Task queued = gate.EnterAsync(default);

        gate.TurnedAway(request, Throttled(10 * Second));
        await _clock.WhenHeldAsync(1).WaitAsync(EngineHarness.Guard);
        Task late = gate.EnterAsync(default);
        _clock.Advance(9.9 * Second);
        Assert.False(queued.IsCompleted || late.IsCompleted);
        _clock.Advance(0.1 * Second);

        await queued.WaitAsync(EngineHarness.Guard);
        Assert.False(late.IsCompleted);
        Assert.Equal(10 * Second, gate.Status.TimeWaited);
    }

    [Fact]
    public async Task TurnedAway_LongerPause_Counts_AndAShorterOneDoesNotCutIt()
    {
        var gate = new RequestGate(4, _clock);
        long[] flight = await EnterAtOnceAsync(gate, 4);
        gate.TurnedAway(flight[0], Throttled(10 * Second));
        gate.TurnedAway(flight[1], Throttled(30 * Second));
        Assert.Equal(30 * Second, gate.TurnedAway(flight[2], Throttled(5 * Second)).Pause);

        Task entered = gate.EnterAsync(default);
        _clock.Advance(29 * Second);
        Assert.False(entered.IsCompleted);
        _clock.Advance(Second);

        await entered.WaitAsync(EngineHarness.Guard);
    }

    [Theory]
    [InlineData("place")]
    [InlineData("pause")]
    public async Task EnterAsync_Cancelled_TakesNoPlace(string waitsFor)
    {
        var gate = new RequestGate(1, _clock);
        using var cancellation = new CancellationTokenSource();
        long holder = (await EnterAtOnceAsync(gate, 1))[0];
        if (waitsFor == "pause") gate.TurnedAway(holder, Throttled(Second));
        Task waiting = gate.EnterAsync(cancellation.Token);
        Task next = gate.EnterAsync(default);
        Assert.False(waiting.IsCompleted);

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        if (waitsFor == "place") gate.Accepted(holder);
        if (waitsFor == "pause") await _clock.WhenHeldAsync(1).WaitAsync(EngineHarness.Guard);
        _clock.Advance(Second);
        await next.WaitAsync(EngineHarness.Guard);
    }

    [Fact]
    public async Task EnterAsync_AlreadyCancelled_ThrowsThoughThereIsRoom() =>
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new RequestGate(1, _clock).EnterAsync(new CancellationToken(canceled: true)));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Gate_AnyInterleaving_KeepsTheLimitAndAdmitsEveryRequest(bool isThrottled) => Gen.Select(
        Gen.Int[1, 6], Gen.Int[1, 12], Gen.Int[0, 1_000_000]).Sample(
        (limit, workers, seed) =>
        {
            var gate = new RequestGate(limit, new ManualClock());
            int active = 0;
            int peak = 0;
            Task[] all = [.. Enumerable.Range(0, workers).Select(worker => Task.Run(() => WorkAsync(new Random(seed + worker))))];
            Assert.True(Task.WaitAll(all, TimeSpan.FromSeconds(60)), "a worker waits for ever");

            Assert.InRange(peak, 1, limit);
            if (isThrottled) return;
            for (int i = 0; i < 10; i++) gate.Accepted(gate.EnterAsync(default).Result);
            for (int i = 0; i < limit; i++) Assert.True(gate.EnterAsync(default).IsCompletedSuccessfully, "a place was lost");
            Assert.False(gate.EnterAsync(default).IsCompleted, "a place was made");

            async Task WorkAsync(Random random)
            {
                for (int round = 0; round < 20; round++)
                {
                    using var cancellation = new CancellationTokenSource();
                    Task<long> entered = gate.EnterAsync(cancellation.Token);
                    if (random.Next(4) == 0) await cancellation.CancelAsync();
                    long request;
                    try
                    {
                        request = await entered;
                    }
                    catch (OperationCanceledException)
                    {
                        continue;
                    }
                    int now = Interlocked.Increment(ref active);
                    for (int seen = peak; now > seen; seen = peak) Interlocked.CompareExchange(ref peak, now, seen);
                    if (random.Next(2) == 0) await Task.Yield();
                    Interlocked.Decrement(ref active);
                    if (isThrottled && random.Next(3) == 0) gate.TurnedAway(request, Throttled(random.Next(2) == 0 ? Second : null));
                    else if (random.Next(2) == 0) gate.Accepted(request);
                    else gate.Release(request);
                }
            }
        },
        iter: 150, threads: 1);

    private static TcbException Throttled(TimeSpan? retryAfter) =>
        new(new UserText(nameof(Messages.NoFileMentioned)), FailureCategory.Throttled) { RetryAfter = retryAfter };

    private static async Task<long[]> EnterAtOnceAsync(RequestGate gate, int count)
    {
        var entered = new long[count];
        for (int i = 0; i < count; i++)
        {
            Task<long> request = gate.EnterAsync(default);
            // A request that waits already is woken on a thread of its own.
            Assert.True(request.IsCompleted || SpinWait.SpinUntil(() => request.IsCompleted, TimeSpan.FromSeconds(5)), "there is no room");
            entered[i] = await request;
        }
        return entered;
    }
}
