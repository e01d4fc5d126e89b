using System.Text.Json.Nodes;
using TcbPowerShell.Emulation;
using Xunit;

namespace TcbPowerShell.Tests.Emulator;

public sealed class LatencyTests
{
    private readonly ManualClock _clock = new();

    [Fact]
    public async Task Latency_PassesBetweenTheWorkAndItsReply()
    {
        using TcbEmulator emulator = Start(new EmulatorOptions { Latency = TimeSpan.FromMilliseconds(50) });
        using var caller = new Caller(emulator);

        Task<JsonObject> call = caller.DeleteAsync(Caller.FileId(1));
        Assert.Equal(TimeSpan.FromMilliseconds(50), await _clock.FirstTimer);
        Assert.Equal(0, emulator.Files.Count);
        Assert.Equal(1, emulator.Requests.InFlight);
        _clock.Advance(TimeSpan.FromMilliseconds(50));
        await call;

        EmulatorRequest request = emulator.Requests.Snapshot()[0];
        Assert.Equal(TimeSpan.FromMilliseconds(50), _clock.GetElapsedTime(request.StartTimestamp, request.Outcome!.EndTimestamp));
    }

    [Fact]
    public async Task Jitter_ComesOnTopAndFollowsTheSeed()
    {
        TimeSpan first = await LatencyAsync(seed: 1);

        Assert.Equal(first, await LatencyAsync(seed: 1));
        Assert.NotEqual(first, await LatencyAsync(seed: 2));
        Assert.InRange(first, TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(60));
    }

    [Fact]
    public async Task Delay_PassesBeforeTheWork()
    {
        using TcbEmulator emulator = Start(new EmulatorOptions { Fault = _ => Fault.Delay(TimeSpan.FromSeconds(9)) });
        using var caller = new Caller(emulator);

        Task<JsonObject> call = caller.DeleteAsync(Caller.FileId(1));
        Assert.Equal(TimeSpan.FromSeconds(9), await _clock.FirstTimer);
        Assert.Equal(1, emulator.Files.Count);
        _clock.Advance(TimeSpan.FromSeconds(9));
        await call;

        Assert.Equal(0, emulator.Files.Count);
    }

    private static async Task<TimeSpan> LatencyAsync(int seed)
    {
        var clock = new ManualClock();
        using var emulator = TcbEmulator.Start(new EmulatorOptions
        {
            Clock = clock,
            Seed = seed,
            Latency = TimeSpan.FromMilliseconds(50),
            Jitter = TimeSpan.FromMilliseconds(10),
        });
        using var caller = new Caller(emulator);
        Task<JsonObject> call = caller.DeleteAsync(Caller.FileId(1));
        TimeSpan latency = await clock.FirstTimer;
        clock.Advance(latency);
        await call;
        return latency;
    }

    private TcbEmulator Start(EmulatorOptions options) => TcbEmulator.Start(options with { Clock = _clock, FileIds = Caller.FileIds(1) });
}
