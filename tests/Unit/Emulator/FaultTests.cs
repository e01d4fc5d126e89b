using System.Net;
using System.Text.Json.Nodes;
using TcbPowerShell.Emulation;
using Xunit;

namespace TcbPowerShell.Tests.Emulator;

public sealed class FaultTests
{
    private static readonly string OneFile = Caller.Body(Caller.FileId(1));

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 0)]
    public async Task Drop_BeforeOrAfterWork_LosesTheReplyOnly(bool afterWork, int remaining)
    {
        using TcbEmulator emulator = Start(afterWork ? Fault.Drop.AfterWork() : Fault.Drop);
        using var caller = new Caller(emulator);

        await Assert.ThrowsAsync<HttpRequestException>(() => caller.SendAsync(OneFile));

        Assert.Equal(remaining, emulator.Files.Count);
        Assert.Null(emulator.Requests.Snapshot()[0].Outcome!.HttpStatus);
    }

    [Fact]
    public async Task Truncate_BreaksOffInsideTheBody()
    {
        using TcbEmulator emulator = Start(Fault.Truncate);
        using var caller = new Caller(emulator);

        using HttpResponseMessage response = await caller.SendAsync(OneFile);
        var e = await Assert.ThrowsAsync<HttpRequestException>(() => response.Content.ReadAsByteArrayAsync());

        Assert.Equal(HttpRequestError.ResponseEnded, e.HttpRequestError);
        Assert.Equal(0, emulator.Files.Count);
    }

    [Fact]
    public async Task NoAnswer_ClientLeaves_IsSeenAndNothingIsDeleted()
    {
        using TcbEmulator emulator = Start(Fault.NoAnswer);
        using var caller = new Caller(emulator);
        using var cancellation = new CancellationTokenSource();

        Task<HttpResponseMessage> call = caller.SendAsync(OneFile, cancellationToken: cancellation.Token);
        await emulator.Requests.WhenAsync(log => log.InFlight == 1);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await emulator.Requests.WhenAsync(log => log.InFlight == 0);

        Assert.True(emulator.Requests.Snapshot()[0].Outcome!.ClientLeft);
        Assert.Equal(1, emulator.Files.Count);
    }

    [Fact]
    public async Task Dispose_EndsHeldRequests()
    {
        var gate = new Gate();
        TcbEmulator emulator = Start(Fault.Hold(gate));
        using var caller = new Caller(emulator);

        Task<HttpResponseMessage> call = caller.SendAsync(OneFile);
        await gate.WhenArrivedAsync();
        emulator.Dispose();

        await Assert.ThrowsAsync<HttpRequestException>(() => call.WaitAsync(Caller.Patience));
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 0)]
    public async Task Hold_BeforeOrAfterWork_WaitsForTheGate(bool afterWork, int remainingWhileHeld)
    {
        var gate = new Gate();
        using TcbEmulator emulator = Start(afterWork ? Fault.Hold(gate).AfterWork() : Fault.Hold(gate));
        using var caller = new Caller(emulator);

        Task<JsonObject> call = caller.AskAsync(OneFile);
        await gate.WhenArrivedAsync();
        Assert.Equal(remainingWhileHeld, emulator.Files.Count);
        Assert.False(call.IsCompleted);
        gate.Open();

        Assert.Equal(0, (int)(await call)["errcode"]!);
        Assert.Equal(0, emulator.Files.Count);
    }

    [Fact]
    public async Task Gate_ReleaseOne_LetsTheLongestWaiterGo()
    {
        var gate = new Gate();
        using TcbEmulator emulator = Start(Fault.Hold(gate));
        using var caller = new Caller(emulator);

        Task<JsonObject> first = caller.AskAsync(OneFile);
        await gate.WhenArrivedAsync(1);
        Task<JsonObject> second = caller.AskAsync(OneFile);
        await gate.WhenArrivedAsync(2);
        gate.ReleaseOne();
        await first;

        Assert.Equal(1, emulator.Requests.InFlight);
        gate.Open();
        await second;
    }

    [Fact]
    public async Task Http_Status_CarriesRetryAfterAndBody()
    {
        using TcbEmulator emulator = Start(Fault.Http(503, "<html>busy</html>", retryAfter: "7"));
        using var caller = new Caller(emulator);

        using HttpResponseMessage response = await caller.SendAsync(OneFile);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(7), response.Headers.RetryAfter!.Delta);
        Assert.Equal("text/html", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("<html>busy</html>", await response.Content.ReadAsStringAsync());
        Assert.Equal(1, emulator.Files.Count);
    }

    [Fact]
    public async Task Redirect_NamesTheLocation()
    {
        using TcbEmulator emulator = Start(Fault.Redirect(new Uri("http://127.0.0.1:9/elsewhere")));
        using var caller = new Caller(emulator);

        using HttpResponseMessage response = await caller.SendAsync(OneFile);

        Assert.Equal(HttpStatusCode.Found, response.StatusCode);
        Assert.Equal(new Uri("http://127.0.0.1:9/elsewhere"), response.Headers.Location);
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 0)]
    public async Task ErrorCode_BeforeOrAfterWork_SaysItsCode(bool afterWork, int remaining)
    {
        Fault fault = Fault.ErrorCode(-501002, "SERVER_TIMEOUT");
        using TcbEmulator emulator = Start(afterWork ? fault.AfterWork() : fault);
        using var caller = new Caller(emulator);

        JsonObject reply = await caller.AskAsync(OneFile);

        Assert.Equal(-501002, (int)reply["errcode"]!);
        Assert.StartsWith("SERVER_TIMEOUT rid: ", (string)reply["errmsg"]!, StringComparison.Ordinal);
        Assert.Equal(remaining, emulator.Files.Count);
        Assert.Equal(1 - remaining, emulator.Requests.Snapshot()[0].Outcome!.Deleted);
    }

    [Fact]
    public async Task Body_Bytes_GoOutAsTheyAre()
    {
        using TcbEmulator emulator = Start(Fault.Body([0, 255, 1]));
        using var caller = new Caller(emulator);

        using HttpResponseMessage response = await caller.SendAsync(OneFile);

        Assert.Equal([0, 255, 1], await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Endless_ReplyGoesOnUntilTheClientLeaves()
    {
        using TcbEmulator emulator = Start(Fault.Endless);
        using var caller = new Caller(emulator);

        using (HttpResponseMessage response = await caller.SendAsync(OneFile))
        {
            await using Stream body = await response.Content.ReadAsStreamAsync();
            await body.ReadExactlyAsync(new byte[1 << 20]);
        }

        await emulator.Requests.WhenAsync(log => log.OpenConnectionCount == 0);
    }

    [Fact]
    public async Task Drip_ReplyIsComplete()
    {
        using TcbEmulator emulator = Start(Fault.Drip(TimeSpan.Zero));
        using var caller = new Caller(emulator);

        Assert.Equal(0, await caller.ErrorCodeAsync(OneFile));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Fault_ThatThrows_ShowsItsExceptionToTheClient(bool inTheReply)
    {
        Fault Throw(EmulatorRequest request) => inTheReply
            ? Fault.ReplyText(_ => throw new InvalidOperationException("mistake in the test"))
            : throw new InvalidOperationException("mistake in the test");
        using var emulator = TcbEmulator.Start(new EmulatorOptions { Fault = Throw });
        using var caller = new Caller(emulator);

        using HttpResponseMessage response = await caller.SendAsync(OneFile);

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Contains("mistake in the test", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(0, emulator.Requests.InFlight);
    }

    [Fact]
    public async Task Fault_SeesTheRequest()
    {
        List<string> seen = [];
        using var emulator = TcbEmulator.Start(new EmulatorOptions
        {
            Fault = r =>
            {
                seen.Add($"{r.Ordinal} {r.Kind} {r.Path} {r.Environment} {r.FileIds.Count} {r.Attempt} {r.Token}");
                return null;
            },
        });
        using var caller = new Caller(emulator);

        await caller.DeleteAsync(Caller.FileId(1));
        await caller.DeleteAsync(Caller.FileId(2), Caller.FileId(1));

        Assert.Equal(
            [
                "1 Delete /tcb/batchdeletefile test-env 1 1 emulator-access-token",
                "2 Delete /tcb/batchdeletefile test-env 2 2 emulator-access-token",
            ],
            seen);
    }

    private static TcbEmulator Start(Fault fault) =>
        TcbEmulator.Start(new EmulatorOptions { FileIds = [Caller.FileId(1)], Fault = _ => fault });
}
