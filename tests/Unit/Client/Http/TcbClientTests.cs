using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Protocol;
using TcbPowerShell.Tests.Client.Runs;
using Xunit;

namespace TcbPowerShell.Tests.Client.Http;

/// <summary>One call, without a network.</summary>
[Trait("rule", "6")]
[Trait("rule", "8")]
public sealed class TcbClientTests
{
    private const string Token = "token+of/the=day";

    private readonly ManualClock _clock = new();
    private readonly TestContext _context = new();

    [Fact]
    public async Task PostAsync_Request_HasMethodLengthTypeAndTokenOnTheWay()
    {
        HttpRequestMessage? seen = null;
        byte[]? body = null;
        var handler = new FakeHandler(async (request, token) =>
        {
            (seen, body) = (request, await request.Content!.ReadAsByteArrayAsync(token));
            return FakeHandler.Reply("{}");
        });

        byte[] reply = await PostAsync(handler, "{\"文\":1}");

        Assert.Equal(HttpMethod.Post, seen!.Method);
        Assert.Equal("https://host.example/base/tcb/x?access_token=token%2Bof%2Fthe%3Dday", seen.RequestUri!.AbsoluteUri);
        Assert.Equal(9, seen.Content!.Headers.ContentLength);
        Assert.NotEqual(true, seen.Headers.TransferEncodingChunked);
        Assert.Equal("application/json", seen.Content.Headers.ContentType!.ToString());
        Assert.Equal("{\"文\":1}"u8.ToArray(), body);
        Assert.Equal("{}"u8.ToArray(), reply);
        Assert.Equal([TimeSpan.FromSeconds(30)], _clock.Timeouts);
    }

    [Trait("status", "503")]
    [Theory]
    [InlineData(429, "Throttled", false)]
    [InlineData(408, "ServerError", true)]
    [InlineData(500, "ServerError", true)]
    [InlineData(502, "ServerError", true)]
    [InlineData(503, "Unavailable", false)]
    [InlineData(504, "ServerError", true)]
    [InlineData(511, "HttpRefused", false)]
    [InlineData(599, "ServerError", true)]
    [InlineData(201, "Unreadable", true)]
    [InlineData(204, "Unreadable", true)]
    [InlineData(302, "HttpRefused", false)]
    [InlineData(307, "HttpRefused", false)]
    [InlineData(400, "HttpRefused", false)]
    [InlineData(403, "HttpRefused", false)]
    [InlineData(404, "HttpRefused", false)]
    [InlineData(407, "ProxyLogInRefused", false)]
    [InlineData(412, "HttpRefused", false)]
    public async Task PostAsync_AnotherStatusThan200_IsAFailureOfItsClass(int status, string expected, bool unknown)
    {
        var handler = new FakeHandler(() => new HttpResponseMessage((HttpStatusCode)status)
        {
            ReasonPhrase = Token,
            Content = new StringContent("{\"errcode\":0,\"delete_list\":[]}"),
        });

        TcbException e = await Assert.ThrowsAsync<TcbException>(() => PostAsync(handler));

        Assert.Equal((expected, unknown, (HttpStatusCode)status), (e.Category.ToString(), e.OutcomeUnknown, e.HttpStatus));
        Assert.StartsWith($"HTTP {status}", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Token, e.Message, StringComparison.Ordinal);
        Assert.Null(e.RetryAfter);
    }

    [Theory]
    [InlineData(302, "HTTP 302 Found")]
    [InlineData(307, "HTTP 307 Temporary Redirect")]
    [InlineData(425, "HTTP 425")]
    [InlineData(429, "HTTP 429 Too Many Requests")]
    [InlineData(502, "HTTP 502 Bad Gateway")]
    [InlineData(511, "HTTP 511 Network Authentication Required")]
    [InlineData(520, "HTTP 520")]
    [InlineData(999, "HTTP 999")]
    public async Task PostAsync_Status_HasItsStandardNameOrNone(int status, string expected)
    {
        var handler = new FakeHandler(() => new HttpResponseMessage((HttpStatusCode)status) { ReasonPhrase = "of a stranger" });

        Assert.Equal(expected, (await Assert.ThrowsAsync<TcbException>(() => PostAsync(handler))).Message);
    }

    // Not every handler asks the body to write itself.
    [Theory]
    [InlineData(200, "Unreadable", true)]
    [InlineData(502, "ServerError", true)]
    [InlineData(403, "HttpRefused", false)]
    public async Task PostAsync_ReplyWithoutTheBodyHavingBegun_CountsAsSent(int status, string expected, bool unknown)
    {
        var handler = new FakeHandler((_, _) => Task.FromResult(
            new HttpResponseMessage((HttpStatusCode)status) { Content = new ByteArrayContent(new byte[TcbClient.MaxReplyBytes + 1]) }));

        TcbException e = await Assert.ThrowsAsync<TcbException>(() => PostAsync(handler));

        Assert.Equal((expected, true, unknown), (e.Category.ToString(), e.WasSent, e.OutcomeUnknown));
    }

    [Fact]
    public async Task PostAsync_StoppedAfterAReplyWithoutTheBodyHavingBegun_WasSent()
    {
        using var cancellation = new CancellationTokenSource();
        var handler = new FakeHandler((_, _) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(new SilentStream()) }));
        Task<byte[]> call = Client(handler).PostAsync("/x", new CallCredential("access_token", Token), [], new TestContext { CallsCancelled = cancellation.Token });
        await cancellation.CancelAsync();

        Assert.True((await Assert.ThrowsAsync<CallCancelledException>(() => call)).WasSent);
    }

    [Theory]
    [InlineData("7", null, 7)]
    [InlineData("0", null, 0)]
    [InlineData("Thu, 01 Jan 2026 00:00:50 GMT", "Thu, 01 Jan 2026 00:00:20 GMT", 30)]
    [InlineData("Fri, 02 Jan 2026 00:00:09 GMT", null, 9)] // by the client's clock
    [InlineData("soon", null, null)]
    [InlineData("Thu, 01 Jan 2026 00:00:20 GMT", "Thu, 01 Jan 2026 00:00:50 GMT", 0)]
    [InlineData("Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 GMT", 315_360_000)]
    [InlineData("Mon, 01 Jan 0001 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", 0)]
    public async Task PostAsync_RetryAfter_IsReadInBothForms(string retryAfter, string? date, int? seconds)
    {
        var handler = new FakeHandler(() =>
        {
            var response = new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
            response.Headers.TryAddWithoutValidation("Retry-After", retryAfter);
            if (date is not null) response.Headers.TryAddWithoutValidation("Date", date);
            return response;
        });

        TcbException e = await Assert.ThrowsAsync<TcbException>(() => PostAsync(handler));

        Assert.Equal(seconds, e.RetryAfter?.TotalSeconds);
    }

    // The exception does not tell: a broken connection may say "host unreachable", and a proxy that closes on CONNECT that the reply has ended.
    [Theory]
    [InlineData("refused")]
    [InlineData("tls")]
    [InlineData("reset while sending")]
    [InlineData("reset")]
    [InlineData("unreachable")]
    [InlineData("ended")]
    [InlineData("connect timeout")]
    [InlineData("nothing more is known")]
    public async Task PostAsync_ConnectionFails_IsInDoubtOnlyIfTheBodyBeganToBeWritten(string what)
    {
        Exception failure = what switch
        {
            "refused" => new HttpRequestException("x", new SocketException((int)SocketError.ConnectionRefused)),
            "tls" => new HttpRequestException("x", new AuthenticationException("y")),
            "reset while sending" => new HttpRequestException("x", new IOException("y", new SocketException((int)SocketError.ConnectionReset))),
            "reset" => new HttpRequestException("x", new SocketException((int)SocketError.ConnectionReset)),
            "unreachable" => new HttpRequestException("x", new IOException("y", new SocketException((int)SocketError.HostUnreachable))),
            "ended" => new IOException("x"),
            "connect timeout" => new TaskCanceledException("x", new TimeoutException("y")),
            _ => new HttpRequestException("x"),
        };
        foreach (bool wasSent in new[] { false, true })
        {
            var handler = new FakeHandler(async (request, token) =>
            {
                if (wasSent) await FakeHandler.SendBodyAsync(request, token);
                throw failure;
            });

            TcbException e = await Assert.ThrowsAsync<TcbException>(() => PostAsync(handler));

            Assert.Equal((FailureCategory.ConnectionFailed, wasSent), (e.Category, e.OutcomeUnknown));
            Assert.Null(e.InnerException);
        }
    }

    [Fact]
    public async Task PostAsync_AttemptAfterOneThatWasSent_HasADoubtOfItsOwn()
    {
        int calls = 0;
        TcbClient client = Client(new FakeHandler(async (request, token) =>
        {
            if (++calls == 1) await FakeHandler.SendBodyAsync(request, token);
            throw new HttpRequestException("x");
        }));

        TcbException first = await Assert.ThrowsAsync<TcbException>(() => PostAsync(client));
        TcbException second = await Assert.ThrowsAsync<TcbException>(() => PostAsync(client));

        Assert.Equal((true, false), (first.OutcomeUnknown, second.OutcomeUnknown));
    }

    [Fact]
    public async Task PostAsync_ExceptionThatRepeatsTheUrl_ShowsNoToken()
    {
        var handler = new FakeHandler((request, _) => Task.FromException<HttpResponseMessage>(
            new HttpRequestException($"{request.RequestUri!.AbsoluteUri} and {Token}")));

        TcbException e = await Assert.ThrowsAsync<TcbException>(() => PostAsync(handler));

        Assert.Equal("the connection failed: https://host.example/base/tcb/x?*** and ***", e.Message);
    }

    [Fact]
    public async Task PostAsync_Traffic_ShowsBothWays_AndNoToken()
    {
        await PostAsync(
            new FakeHandler(() => FakeHandler.Reply($"{{\"errmsg\":\"{Token} {Uri.EscapeDataString(Token)}\"}}")), $"[\"{Token}\"]");

        Assert.Equal(["POST https://host.example/base/tcb/x?access_token=*** [\"***\"]", "HTTP 200 {\"errmsg\":\"*** ***\"}"], _context.AllTraffic);
    }

    [Fact]
    public async Task PostAsync_TrafficNotWanted_ShowsNothing()
    {
        var context = new TestContext { WantsTraffic = false };
        await Client(new FakeHandler(() => FakeHandler.Reply("{}"))).PostAsync("/x", new("access_token", Token), [], context);

        Assert.Empty(context.AllTraffic);
    }

    [Fact]
    public async Task PostAsync_NoReplyInTime_IsTimedOut_WithTheOutcomeUnknown()
    {
        Task<byte[]> call = PostAsync(FakeHandler.BlackHole());
        Assert.False(call.IsCompleted);
        _clock.TimeOut();

        TcbException e = await Assert.ThrowsAsync<TcbException>(() => call);

        Assert.Equal((FailureCategory.TimedOut, true), (e.Category, e.OutcomeUnknown));
        Assert.Equal("no reply within 30 s", e.Message);
    }

    [Fact]
    public async Task PostAsync_BodyThatStopsComing_IsTimedOut()
    {
        Task<byte[]> call = PostAsync(new FakeHandler(() => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(new SilentStream()) }));
        Assert.False(call.IsCompleted);
        _clock.TimeOut();

        TcbException e = await Assert.ThrowsAsync<TcbException>(() => call);

        Assert.Equal((FailureCategory.TimedOut, true), (e.Category, e.OutcomeUnknown));
    }

    [Theory]
    [InlineData(HttpStatusCode.ServiceUnavailable)]
    [InlineData(HttpStatusCode.TooManyRequests)]
    public async Task PostAsync_AnotherStatusWithABodyThatStopsComing_IsNotWaitedFor(HttpStatusCode status)
    {
        var handler = new FakeHandler(() => new HttpResponseMessage(status) { Content = new StreamContent(new SilentStream()) });

        TcbException e = await Assert.ThrowsAsync<TcbException>(() => PostAsync(handler).WaitAsync(TimeSpan.FromMinutes(1)));

        Assert.Equal((status, false), (e.HttpStatus, e.OutcomeUnknown));
    }

    [Fact]
    public async Task PostAsync_Cancelled_IsCancelled_NotTimedOut()
    {
        using var cancellation = new CancellationTokenSource();
        Task<byte[]> call = Client(FakeHandler.BlackHole())
            .PostAsync("/x", new CallCredential("access_token", Token), [], new TestContext { CallsCancelled = cancellation.Token });
        await cancellation.CancelAsync();
        _clock.TimeOut();

        Assert.True((await Assert.ThrowsAsync<CallCancelledException>(() => call)).WasSent);
    }

    [Fact]
    public async Task PostAsync_CancelledBeforeTheBody_WasNotSent()
    {
        using var cancellation = new CancellationTokenSource();
        var handler = new FakeHandler(async (_, token) =>
        {
            await Task.Delay(Timeout.Infinite, token);
            throw new InvalidOperationException();
        });
        Task<byte[]> call = Client(handler)
            .PostAsync("/x", new CallCredential("access_token", Token), [], new TestContext { CallsCancelled = cancellation.Token });
        await cancellation.CancelAsync();

        Assert.False((await Assert.ThrowsAsync<CallCancelledException>(() => call)).WasSent);
    }

    [Theory]
    [InlineData(TcbClient.MaxReplyBytes, true)]
    [InlineData(TcbClient.MaxReplyBytes + 1, false)]
    public async Task PostAsync_Reply_IsReadUpToASize(int length, bool read)
    {
        Task<byte[]> call = PostAsync(
            new FakeHandler(() => new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(new byte[length]) }));

        if (read)
        {
            Assert.Equal(length, (await call).Length);
        }
        else
        {
            TcbException e = await Assert.ThrowsAsync<TcbException>(() => call);
            Assert.Equal((FailureCategory.Unreadable, true), (e.Category, e.OutcomeUnknown));
        }
    }

    [Fact]
    public async Task PostAsync_ExceptionOfAnotherKindAfterTheBodyBegan_IsNotDressedUp() =>
        await Assert.ThrowsAsync<InvalidOperationException>(() => PostAsync(new FakeHandler(() => throw new InvalidOperationException(), bodyFirst: true)));

    [Fact]
    public async Task PostAsync_NoMemory_IsNotDressedUp() =>
        await Assert.ThrowsAsync<InsufficientMemoryException>(() => PostAsync(new FakeHandler(() => throw new InsufficientMemoryException())));

    // The runtime loads assemblies, libraries, settings and certificates when a connection needs them: without a free file handle each fails in its own way.
    [Theory]
    [MemberData(nameof(FailuresToOpen))]
    public async Task PostAsync_ConnectionCannotBeOpened_HasSentNothing(Exception failure)
    {
        TcbException e = await Assert.ThrowsAsync<TcbException>(() => PostAsync(new FakeHandler(() => throw failure)));

        Assert.Equal((FailureCategory.ConnectionFailed, false), (e.Category, e.OutcomeUnknown));
        Assert.StartsWith("the connection failed: ", e.Message, StringComparison.Ordinal);
    }

    public static TheoryData<Exception> FailuresToOpen =>
    [
        new FileNotFoundException("Could not load file or assembly 'System.Net.NameResolution'."), new FileLoadException("x"), new BadImageFormatException("x"),
        new TypeInitializationException("T", new IOException("Too many open files")), new DllNotFoundException("libSystem.Native"),
        new System.Security.Cryptography.CryptographicException("x"), new System.ComponentModel.Win32Exception(24), new UnauthorizedAccessException("x"),
        new HttpRequestException("x", new SocketException((int)SocketError.TooManyOpenSockets)), new InvalidOperationException("x"),
    ];

    private Task<byte[]> PostAsync(FakeHandler handler, string body = "{}") => PostAsync(Client(handler), body);

    private Task<byte[]> PostAsync(TcbClient client, string body = "{}") =>
        client.PostAsync("/tcb/x", new CallCredential("access_token", Token), Encoding.UTF8.GetBytes(body), _context);

    private TcbClient Client(FakeHandler handler) =>
        new(new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan }, new Uri("https://host.example/base/"), TimeSpan.FromSeconds(30), _clock);

    // As the stream of a reply on .NET Framework: it ignores the token, and only ends when the reply is disposed.
    private sealed class SilentStream : MemoryStream
    {
        private readonly TaskCompletionSource<int> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => _end.Task;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(_end.Task);

        protected override void Dispose(bool disposing)
        {
            _end.TrySetException(new ObjectDisposedException(nameof(SilentStream)));
            base.Dispose(disposing);
        }
    }
}
