using System.Net.Sockets;
using TcbPowerShell.Client.Runs;
using TcbPowerShell.Emulation;
using TcbPowerShell.Protocol;
using TcbPowerShell.Tests.Client.Http;
using TcbPowerShell.Tests.Client.Tokens;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;
using static TcbPowerShell.Tests.Client.Runs.EngineHarness;

namespace TcbPowerShell.Tests.Client.Runs;

/// <summary>Rules 9 and 10 (docs/design.md), and the refusals: when a run ends because nothing more can succeed.</summary>
[Trait("rule", "9")]
[Trait("rule", "10")]
public sealed class EngineEndTests(ITestOutputHelper log)
{
    private static readonly string[] Ids = FileIds.Range(400);

    [Theory]
    [InlineData(40001, "TokenRejected")]
    [InlineData(42001, "TokenRejected")]
    [InlineData(45009, "QuotaExhausted")]
    [InlineData(-501003, "QuotaExhausted")]
    [InlineData(-501000, "EnvironmentRefused")]
    [InlineData(41001, "EnvironmentRefused")]
    [InlineData(85088, "EnvironmentRefused")]
    [InlineData(85107, "EnvironmentRefused")]
    [InlineData(-501019, "EnvironmentRefused")]
    [InlineData(-501021, "EnvironmentRefused")]
    [InlineData(-501015, "QuotaExhausted")]
    [InlineData(-501016, "QuotaExhausted")]
    [InlineData(43002, "RequestRefused")]
    public async Task Run_TerminalCode_EndsAtOnce_WithEveryOpenIdInOrder(int code, string kind)
    {
        using var harness = new EngineHarness(request => request.Ordinal == 3 ? Fault.ErrorCode(code, "no") : null, new EmulatorOptions { FileIds = Ids });

        EngineResult result = await harness.RunAsync(Options(batchSize: 10, throttleLimit: 1), Ids);

        Assert.Equal((kind, code), (result.End!.ErrorId.ToString(), result.End.Reason.ErrorCode));
        Assert.Equal(20, result.Removed.Count());
        // The batch that was refused, and the one that was filling.
        Assert.Equal(Ids[20..40], result.Open);
        Assert.Equal(3, harness.Emulator.Requests.Count);
        Assert.IsType<RunEvent.RunEnded>(result.Events[^1]);
    }

    [Fact]
    public async Task Run_TokenRefused_AnswersInFlightAreAwaited()
    {
        var gate = new Gate();
        var refusal = new Gate();
        using var harness = new EngineHarness(
            request => request.FileIds.Contains(Ids[0]) ? Fault.ErrorCode(40001).HeldBy(refusal) : Fault.Hold(gate).AfterWork(),
            new EmulatorOptions { FileIds = Ids });
        FileRun engine = harness.Start(Options(batchSize: 10, throttleLimit: 3));
        Task<EngineResult> run = RunAsync(engine, Ids);
        await Task.WhenAll(refusal.WhenArrivedAsync(), gate.WhenArrivedAsync(2)).WaitAsync(Guard);

        refusal.Open();
        // An answer that came before the refusal would make room for another batch.
        Assert.True(SpinWait.SpinUntil(() => engine.EndsEarly, Guard));
        Assert.False(run.IsCompleted);
        gate.Open();
        EngineResult result = await run;

        Assert.Equal("TokenRejected", result.End!.ErrorId.ToString());
        Assert.Equal(Ids[10..30], result.Removed.OrderBy(id => Array.IndexOf(Ids, id)));
        Assert.Equal([.. Ids[..10], .. Ids[30..40]], result.Open);
        Assert.Equal(3, harness.Emulator.Requests.Count);
    }

    [Fact]
    public async Task Run_EndedWithDuplicatesOpen_ListsEachOccurrence()
    {
        using var harness = new EngineHarness(_ => Fault.ErrorCode(45009));

        EngineResult result = await harness.RunAsync(Options(), [Ids[0], Ids[1], Ids[0]]);

        Assert.Equal([Ids[0], Ids[0], Ids[1]], result.Open);
    }

    [Fact]
    public async Task Run_RetryWaits_WhenTheRunEnds_IsCutShort()
    {
        var gate = new Gate();
        using var harness = new EngineHarness(
            request => request.FileIds.Contains(Ids[0]) ? Fault.ErrorCode(-1) : Fault.ErrorCode(45009).HeldBy(gate),
            clock: new ManualClock { HoldsDelays = true });
        Task<EngineResult> run = harness.RunAsync(Options(batchSize: 10, throttleLimit: 2), Ids);
        await Task.WhenAll(harness.Clock.WhenHeldAsync(1), gate.WhenArrivedAsync()).WaitAsync(Guard);

        gate.Open();
        EngineResult result = await run;

        Assert.Equal("QuotaExhausted", result.End!.ErrorId.ToString());
        Assert.Equal(Ids[..30], result.Open);
        Assert.Equal(2, harness.Emulator.Requests.Count);
    }

    [Fact]
    public async Task Run_TokenRefusedOnce_IsRenewed_AndTheBatchReplayed()
    {
        var tokens = new ScriptedTokens(refused => refused is null ? "old-token-0123456789" : Token);
        using var harness = new EngineHarness(options: new EmulatorOptions { FileIds = Ids[..20] }, tokens: tokens);

        EngineResult result = await harness.RunAsync(Options(batchSize: 10, throttleLimit: 1), Ids[..20]);

        Assert.Equal(20, result.Removed.Count());
        Assert.Equal(4, tokens.Asked);
        Assert.Empty(harness.Clock.Delays);
        // The request with the other token is one of its own.
        Assert.All(result.Outcomes, outcome => Assert.Equal(2, outcome.Removal!.Attempts));
        Assert.Empty(result.Events.OfType<RunEvent.RetryWaits>());
    }

    [Fact]
    public async Task Run_TokenRefusedTwice_IsTerminal_NeverALoop()
    {
        var tokens = new ScriptedTokens(refused => refused is null ? "old-token-0123456789" : "new-token-0123456789");
        using var harness = new EngineHarness(tokens: tokens);

        EngineResult result = await harness.RunAsync(Options(), Ids[..1]);

        Assert.Equal(("TokenRejected", 40001), (result.End!.ErrorId.ToString(), result.End.Reason.ErrorCode));
        Assert.Equal((2, 2), (tokens.Asked, harness.Emulator.Requests.Count));
    }

    [Trait("status", "503")]
    [Theory]
    [InlineData("refused", 1)]
    [InlineData("refused", 8)]
    [InlineData("refused", 1, 0)]
    [InlineData("503", 1)]
    [InlineData("503 at once", 1)]
    [InlineData("503 at once", 8, 0)]
    [InlineData("502", 64)]
    [InlineData("black hole", 1)]
    [InlineData("black hole", 8)]
    [InlineData("garbage", 1)]
    public async Task Run_ServiceNeverAnswers_EndsWithinAMinute_AndEveryFileIsOpen(string how, int throttleLimit, int retries = 5)
    {
        var clock = new ManualClock { TimesOutAtOnce = how == "black hole" };
        FakeHandler handler = how switch
        {
            "refused" => new FakeHandler(() => throw new HttpRequestException("x", new SocketException((int)SocketError.ConnectionRefused))),
            "502" => new FakeHandler(() => new HttpResponseMessage(System.Net.HttpStatusCode.BadGateway)),
            "503" => new FakeHandler(() => new HttpResponseMessage(System.Net.HttpStatusCode.ServiceUnavailable)),
            "503 at once" => new FakeHandler(() =>
            {
                var reply = new HttpResponseMessage(System.Net.HttpStatusCode.ServiceUnavailable);
                reply.Headers.Add("Retry-After", "0");
                return reply;
            }),
            "black hole" => FakeHandler.BlackHole(),
            _ => new FakeHandler(() => FakeHandler.Reply("upstream went away")),
        };
        using var harness = new EngineHarness(handler, clock);
        TimeSpan start = clock.Elapsed;

        EngineResult result = await harness.RunAsync(Options(batchSize: 10, throttleLimit, retries), Ids);

        Assert.Equal("ServiceUnreachable", result.End!.ErrorId.ToString());
        Assert.Empty(result.Outcomes);
        Assert.Equal(Ids[..result.Open.Count], result.Open);
        Assert.Equal(how is not ("refused" or "503" or "503 at once"), result.End.SomeInDoubt);
        Assert.InRange((clock.Elapsed - start).TotalSeconds, 30, 60);
        // A call whose time is over before it begins never comes to the handler.
        if (how != "black hole") Assert.InRange(handler.Calls, 3, 20);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public async Task Run_RepliesMentionNoFile_EndsWithTheThirdBatch(int throttleLimit)
    {
        using var harness = new EngineHarness(new FakeHandler(() => FakeHandler.Reply("""{"errcode":0,"errmsg":"ok","delete_list":[]}""")));

        EngineResult result = await harness.RunAsync(Options(batchSize: 10, throttleLimit), Ids);

        Assert.Equal(("ServiceUnreachable", FailureCategory.NoAnswer), (result.End!.ErrorId.ToString(), result.End.Reason.Category));
        Assert.Equal(20, result.Failed("CloudFileNoAnswer").Count());
        result.AssertOneOutcomeFor(Ids[..(result.Outcomes.Count + result.Open.Count)]);
        Assert.InRange(result.Open.Count, 10, 40);
        Assert.True(result.End.SomeInDoubt);
    }

    [Fact]
    public async Task Run_NoRetries_GivesUpOnlyRequestsThatMayHaveBeenCarriedOut()
    {
        int calls = 0;
        using var emulated = new EngineHarness(options: new EmulatorOptions { FileIds = Ids[..40] });
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var harness = new EngineHarness(new FakeHandler(async (request, token) => ++calls switch
        {
            > 1 and < 12 => throw new HttpRequestException("x", new SocketException((int)SocketError.ConnectionRefused)),
            12 => await LoseReplyAsync(request, token),
            _ => await PassOnAsync(request, token),
        }));

        EngineResult result = await harness.RunAsync(Options(batchSize: 10, throttleLimit: 1, retries: 0), Ids[..40]);

        Assert.Null(result.End);
        // Ten refused connections cost nothing; the reply that was lost costs its batch.
        Assert.Equal(10, result.Failed("BatchNotRemoved").Count());
        Assert.All(result.Outcomes.Where(outcome => outcome.Failure is not null), outcome => Assert.True(outcome.Failure!.OutcomeUnknown));
        Assert.Equal(30, result.Removed.Count());

        async Task<HttpResponseMessage> PassOnAsync(HttpRequestMessage request, CancellationToken token)
        {
            using var copy = new HttpRequestMessage(HttpMethod.Post, new Uri(emulated.Emulator.Endpoint, request.RequestUri!.PathAndQuery));
            copy.Content = new ByteArrayContent(await request.Content!.ReadAsByteArrayAsync(token));
            return await http.SendAsync(copy, token);
        }

        static async Task<HttpResponseMessage> LoseReplyAsync(HttpRequestMessage request, CancellationToken token)
        {
            await FakeHandler.SendBodyAsync(request, token);
            throw new HttpRequestException("lost");
        }
    }

    [Theory]
    [InlineData(40097)]
    [InlineData(40033)]
    [InlineData(47001)]
    [InlineData(-501007)]
    public async Task Run_OneOddId_BatchIsHalved_UntilItStandsAlone(int code)
    {
        using var harness = new EngineHarness(
            request => request.FileIds.Contains(Ids[17]) ? Fault.ErrorCode(code, "no") : null, new EmulatorOptions { FileIds = Ids });

        EngineResult result = await harness.RunAsync(Options(batchSize: 50, throttleLimit: 1), Ids);

        Assert.Null(result.End);
        Assert.Equal([Ids[17]], result.Failed("RequestRefused"));
        Assert.Equal(Ids.Length - 1, result.Removed.Count());
        // 50, 25, 12, 6, 3 and 1, each with its other half.
        Assert.InRange(harness.Emulator.Requests.Count, 8 + 10, 8 + 12);
        Assert.Equal(code, result.Outcomes.Single(outcome => outcome.Failure is not null).Failure!.Facts.ErrorCode);
    }

    [Theory]
    [InlineData(40097, 1)]
    [InlineData(40097, 10)]
    [InlineData(-501020, 50)]
    public async Task Run_EverythingIsRefused_EndsWithTheThirdBatch(int code, int batchSize)
    {
        using var harness = new EngineHarness(_ => Fault.ErrorCode(code), new EmulatorOptions { FileIds = Ids });

        EngineResult result = await harness.RunAsync(Options(batchSize, throttleLimit: 3), Ids);

        Assert.Equal(("RequestRefused", code), (result.End!.ErrorId.ToString(), result.End.Reason.ErrorCode));
        result.AssertOneOutcomeFor(Ids.Take(result.Outcomes.Count + result.Open.Count));
        Assert.InRange(result.Outcomes.Count + result.Open.Count, batchSize, 8 * batchSize);
        Assert.Equal(Ids.Length, harness.Emulator.Files.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(16)]
    [InlineData(64)]
    public async Task Run_OneRejectedIdInEachOfTheFirstBatches_OnlyThoseFail(int throttleLimit)
    {
        string[] many = FileIds.Range(20_000);
        string[] rejected = [.. Enumerable.Range(0, 5).Select(batch => many[(batch * 50) + 17])];
        using var harness = new EngineHarness(
            request => request.FileIds.Any(rejected.Contains) ? Fault.ErrorCode(40097, "no") : null, new EmulatorOptions { FileIds = many });

        EngineResult result = await harness.RunAsync(Options(throttleLimit: throttleLimit), many);

        Assert.Null(result.End);
        Assert.Equal(rejected, result.Failed("RequestRefused").OrderBy(id => Array.IndexOf(many, id)));
        Assert.Equal(many.Except(rejected).Order(StringComparer.Ordinal), result.Removed.Order(StringComparer.Ordinal));
        Assert.Equal(rejected, harness.Emulator.Files.Remaining.OrderBy(id => Array.IndexOf(many, id)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(16)]
    [InlineData(64)]
    public async Task Run_EverythingIsRejected_CostsThreeSplitBatchesAtMost(int throttleLimit)
    {
        string[] many = FileIds.Range(20_000);
        using var harness = new EngineHarness(_ => Fault.ErrorCode(40097, "no"), new EmulatorOptions { FileIds = many });

        EngineResult result = await harness.RunAsync(Options(throttleLimit: throttleLimit), many);

        Assert.Equal("RequestRefused", result.End!.ErrorId.ToString());
        Assert.Equal(3 * 50, result.Failed("RequestRefused").Count());
        result.AssertOneOutcomeFor(many.Take(result.Outcomes.Count + result.Open.Count));
        // Splitting fifty files one by one takes 98 requests after the first.
        int requests = harness.Emulator.Requests.Count;
        log.WriteLine($"throttle limit {throttleLimit}: {requests} requests, {result.Open.Count} IDs open");
        Assert.Equal(3 * 99, requests);
    }

    [Fact]
    public async Task Run_WebPageBeforeAnythingWasAccepted_EndsAtOnce_WithItsFilesInDoubt()
    {
        using var harness = new EngineHarness(_ => Fault.Body("<!DOCTYPE html>"));

        EngineResult result = await harness.RunAsync(Options(batchSize: 10, throttleLimit: 1), Ids);

        Assert.Equal(("UnexpectedResponder", true), (result.End!.ErrorId.ToString(), result.End.SomeInDoubt));
        Assert.Empty(result.Outcomes);
        Assert.Equal(Ids[..20], result.Open);
        Assert.Equal(1, harness.Emulator.Requests.Count);
    }

    [Fact]
    public async Task Run_ProxyWantsALogIn_EndsAtOnce_EvenAfterAnAcceptedRequest()
    {
        using var harness = new EngineHarness(request => request.Ordinal > 1 ? Fault.Http(407) : null, new EmulatorOptions { FileIds = Ids });

        EngineResult result = await harness.RunAsync(Options(batchSize: 10, throttleLimit: 1), Ids);

        // Repeated attempts could lock an account.
        Assert.Equal(("ProxyRefused", false), (result.End!.ErrorId.ToString(), result.End.SomeInDoubt));
        Assert.Equal(2, harness.Emulator.Requests.Count);
        Assert.Equal(Ids[10..30], result.Open);
    }

    [Fact]
    public async Task Run_RefusedAfterOneWasAccepted_DoesNotEnd()
    {
        using var harness = new EngineHarness(request => request.Ordinal > 1 ? Fault.ErrorCode(40097) : null, new EmulatorOptions { FileIds = Ids });

        EngineResult result = await harness.RunAsync(Options(batchSize: 10, throttleLimit: 1), Ids[..60]);

        Assert.Null(result.End);
        Assert.Equal(Ids[10..60], result.Failed("RequestRefused").OrderBy(id => Array.IndexOf(Ids, id)));
    }

    [Fact]
    public async Task Run_ServiceEchoesTheToken_IsHidden()
    {
        string echo = $"bad token {Token} {Uri.EscapeDataString(Token)} rid: {Token}";
        using var harness = new EngineHarness(
            request => request.Ordinal switch
            {
                1 => Fault.FileStatus(-777, echo, _ => true),
                2 => Fault.ErrorCode(999999, echo),
                3 => Fault.Http(502, echo),
                4 => Fault.Redirect(new Uri("http://127.0.0.1:1/?" + Uri.EscapeDataString(Token))),
                _ => Fault.ErrorCode(40164, echo),
            },
            new EmulatorOptions { FileIds = Ids });

        EngineResult result = await harness.RunAsync(Options(batchSize: 1, throttleLimit: 1, retries: 0), Ids);

        Assert.Equal("EnvironmentRefused", result.End!.ErrorId.ToString());
        string all = string.Join('\n', result.Events.Select(e => e switch
        {
            RunEvent.FilesDone done => string.Join('\n', done.Files.Select(Text)),
            RunEvent.RunEnded end => $"{end.Reason} {end.Reason.ServiceMessage} {end.Reason.RequestId}",
            _ => e.ToString(),
        }));
        Assert.Contains("bad token *** ***", all, StringComparison.Ordinal);
        Assert.DoesNotContain(Token, all, StringComparison.Ordinal);
        Assert.DoesNotContain(Uri.EscapeDataString(Token), all, StringComparison.OrdinalIgnoreCase);

        static string Text(PendingFile file) =>
            $"{file.Result} {file.Failure} {file.Failure?.Facts} {file.Failure?.Facts.ServiceMessage} {file.Failure?.Facts.RequestId} {file.Removal?.Message}";
    }
}
