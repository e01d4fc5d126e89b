using System.Text.Json.Nodes;
using TcbPowerShell.Emulation;
using Xunit;

namespace TcbPowerShell.Tests.Emulator;

public sealed class LimitTests
{
    private readonly ManualClock _clock = new();

    [Theory]
    [InlineData("4/s", 1)]
    [InlineData("4/s,burst=3", 3)]
    public async Task PerSecond_TokenBucket_AdmitsTheBurstAndThenTheRate(string limit, int burst)
    {
        using TcbEmulator emulator = Start(limit);
        using var caller = new Caller(emulator);

        Assert.Equal(burst, await AdmittedAsync(caller, calls: 10));
        Advance(milliseconds: 249);
        Assert.Equal(0, await AdmittedAsync(caller, calls: 2));
        Advance(milliseconds: 1);
        Assert.Equal(1, await AdmittedAsync(caller, calls: 2));
        Advance(milliseconds: 500);
        Assert.Equal(Math.Min(2, burst), await AdmittedAsync(caller, calls: 3));
        Advance(milliseconds: 60_000);
        Assert.Equal(burst, await AdmittedAsync(caller, calls: 10));
    }

    [Fact]
    public async Task PerMinute_FixedWindow_AdmitsTheCountInEachMinuteAfterTheFirstCall()
    {
        using TcbEmulator emulator = Start("3/min");
        using var caller = new Caller(emulator);
        Advance(milliseconds: 45_000);

        Assert.Equal(2, await AdmittedAsync(caller, calls: 2));
        Advance(milliseconds: 59_999);
        Assert.Equal(1, await AdmittedAsync(caller, calls: 5));
        Advance(milliseconds: 1);
        Assert.Equal(3, await AdmittedAsync(caller, calls: 5));
    }

    [Fact]
    public async Task AtOnce_CountsCallsInProgress()
    {
        var gate = new Gate();
        using TcbEmulator emulator = Start(new EmulatorOptions { Fault = _ => Fault.Hold(gate) }, "2-at-once");
        using var caller = new Caller(emulator);

        Task<JsonObject>[] held = [caller.DeleteAsync(Caller.FileId(1)), caller.DeleteAsync(Caller.FileId(2))];
        await gate.WhenArrivedAsync(2);
        Assert.Equal(0, await AdmittedAsync(caller, calls: 2));
        gate.Open();
        await Task.WhenAll(held);

        Assert.Equal(2, await AdmittedAsync(caller, calls: 2));
    }

    [Fact]
    public async Task AtOnce_ClientThatHasItsReply_LeavesRoom()
    {
        using TcbEmulator emulator = Start("1-at-once");
        using var caller = new Caller(emulator);

        Assert.Equal(100, await AdmittedAsync(caller, calls: 100));
    }

    [Fact]
    public async Task TurnedAway_IsNotExecutedAndIsInTheLog()
    {
        using TcbEmulator emulator = Start(new EmulatorOptions { FileIds = Caller.FileIds(2), Fault = _ => Fault.Reorder }, "1/min");
        using var caller = new Caller(emulator);

        await caller.DeleteAsync(Caller.FileId(1));
        await caller.DeleteAsync(Caller.FileId(2));

        Assert.Equal([Caller.FileId(2)], emulator.Files.Remaining);
        RequestOutcome[] outcomes = [.. emulator.Requests.Snapshot().Select(request => request.Outcome!)];
        Assert.Equal([null, "1/min"], outcomes.Select(outcome => outcome.Limit));
        Assert.Equal(["reorder", null], outcomes.Select(outcome => outcome.Fault));
        Assert.Equal([1, 0], outcomes.Select(outcome => outcome.Deleted));
        Assert.Equal((2, 1), (emulator.Requests.Count, emulator.Requests.TurnedAwayCount));
    }

    [Theory]
    [InlineData("0-at-once", 200, -501004, null)]
    [InlineData("0/min", 200, 45011, null)]
    [InlineData("0/min,errcode--501004", 200, -501004, null)]
    [InlineData("0-at-once,errcode-45011", 200, 45011, null)]
    [InlineData("0-at-once,http-429", 429, null, null)]
    [InlineData("0-at-once,http-429-retry-after-3", 429, null, 3)]
    [InlineData("0-at-once,http-503", 503, null, null)]
    public async Task Answer_IsTheDefaultOfTheKindOrTheFaultNamed(string limit, int status, int? errorCode, int? retryAfter)
    {
        using TcbEmulator emulator = Start(limit);
        using var caller = new Caller(emulator);

        using HttpResponseMessage response = await caller.SendAsync(Caller.Body(Caller.FileId(1)));

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(retryAfter, (int?)response.Headers.RetryAfter?.Delta?.TotalSeconds);
        Assert.Equal(errorCode, emulator.Requests.Snapshot()[0].Outcome!.ErrorCode);
    }

    [Fact]
    public async Task SeveralLimits_HoldTogetherAndTheFirstThatIsFullAnswers()
    {
        using TcbEmulator emulator = Start("100/s,burst=2", "3/min");
        using var caller = new Caller(emulator);

        await AdmittedAsync(caller, calls: 3);
        Advance(milliseconds: 100);
        await AdmittedAsync(caller, calls: 2);

        // A call that one limit refuses does not count for the other: the third in this minute is still admitted.
        RequestOutcome[] outcomes = [.. emulator.Requests.Snapshot().Select(request => request.Outcome!)];
        Assert.Equal([null, null, "100/s,burst=2", null, "3/min"], outcomes.Select(outcome => outcome.Limit));
        Assert.Equal([0, 0, -501004, 0, 45011], outcomes.Select(outcome => outcome.ErrorCode));
    }

    [Fact]
    public async Task Schedule_ReplacesTheLimitOfTheSameKindFromTheFirstCallOn()
    {
        using TcbEmulator emulator = Start("50/s,burst=5", "50/s,burst=2@20s", "50/s,burst=7@40s", "1000/min");
        using var caller = new Caller(emulator);
        Advance(milliseconds: 30_000);

        Assert.Equal(5, await AdmittedAsync(caller, calls: 10));
        Advance(milliseconds: 19_999);
        Assert.Equal(5, await AdmittedAsync(caller, calls: 10));
        Advance(milliseconds: 1);
        Assert.Equal(2, await AdmittedAsync(caller, calls: 10));
        Advance(milliseconds: 20_000);
        Assert.Equal(7, await AdmittedAsync(caller, calls: 10));
    }

    [Fact]
    public async Task TokenCalls_AreNotLimited()
    {
        using TcbEmulator emulator = Start("0-at-once");
        using var caller = new Caller(emulator);

        const string body = """
            {"grant_type":"client_credential","appid":"wx0000000000000001","secret":"00000000000000000000000000000001"}
            """;
        Assert.NotNull((await caller.AskAsync(body, "", "/cgi-bin/stable_token"))["access_token"]);
    }

    [Fact]
    public void Start_TwoLimitsOfOneKindAtTheSameTime_IsAnError()
    {
        Assert.Throws<ArgumentException>(() => Start("20/s", "10/s"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("20")]
    [InlineData("20/h")]
    [InlineData("-1/s")]
    [InlineData("0/s")]
    [InlineData("20/s,burst=0")]
    [InlineData("600/min,burst=5")]
    [InlineData("2-at-once,burst=5")]
    [InlineData("20/s@5")]
    [InlineData("20/s,nothing")]
    [InlineData("20/s,reorder")]
    [InlineData("20/s,http-503-after")]
    public void Parse_Nonsense_IsAFormatError(string text)
    {
        Assert.Throws<FormatException>(() => Limit.Parse(text));
    }

    private static async Task<int> AdmittedAsync(Caller caller, int calls)
    {
        int admitted = 0;
        for (int i = 0; i < calls; i++)
            admitted += await caller.ErrorCodeAsync(Caller.Body(Caller.FileId(1))) == 0 ? 1 : 0;

        return admitted;
    }

    private void Advance(double milliseconds) => _clock.Advance(TimeSpan.FromMilliseconds(milliseconds));

    private TcbEmulator Start(params string[] limits) => Start(new EmulatorOptions(), limits);

    private TcbEmulator Start(EmulatorOptions options, params string[] limits) =>
        TcbEmulator.Start(options with { Clock = _clock, Limits = [.. limits.Select(Limit.Parse)] });
}
