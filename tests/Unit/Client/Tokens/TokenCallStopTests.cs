using System.Net;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Tokens;
using TcbPowerShell.Tests.Client.Http;
using Xunit;

namespace TcbPowerShell.Tests.Client.Tokens;

/// <summary>Ctrl+C while a token is fetched, when connecting as in a run: a new refresh token is never lost.</summary>
[Trait("rule", "6")]
[Trait("rule", "9")]
public sealed class TokenCallStopTests : IDisposable
{
    private const string NewTokens = """{"authorizer_access_token":"a","expires_in":7200,"authorizer_refresh_token":"new"}""";
    private const string SameTokens = """{"authorizer_access_token":"a","expires_in":7200,"authorizer_refresh_token":"old"}""";

    private readonly CancellationTokenSource _stop = new();

    public void Dispose() => _stop.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Stop_CallHasBeenSent_ItsReplyIsAwaited(bool connects)
    {
        using var service = new HeldTokenService();
        TcbEnvironment environment = service.Connect(service.Authorizer());
        Task fetching = await StopAsync(service, environment, connects);
        Assert.False(fetching.IsCompleted);
        Assert.Contains(RenewedAccessToken.Grace, service.Clock.Timeouts);

        service.Reply(NewTokens);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetching);
        Assert.True(environment.HasNewRefreshToken);
        Assert.Equal("new", RefreshToken(environment));
    }

    [Fact]
    public async Task Stop_ReplyBringsNoNewRefreshToken_NothingIsToBeKept()
    {
        using var service = new HeldTokenService();
        TcbEnvironment environment = service.Connect(service.Authorizer());
        Task fetching = await StopAsync(service, environment);

        service.Reply(SameTokens);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetching);
        Assert.False(environment.HasNewRefreshToken);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Stop_NoReplyInTheGrace_TheCallEnds(bool ofAuthorizer)
    {
        using var service = new HeldTokenService();
        TcbEnvironment environment = service.Connect(ofAuthorizer ? service.Authorizer() : service.Stable());
        Task fetching = await StopAsync(service, environment);

        service.Clock.TimeOut();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetching);
        Assert.Equal((false, 1, 0), (environment.HasNewRefreshToken, service.Calls, service.Active));
    }

    [Fact]
    public async Task Stop_CallHasNotBeenSent_EndsAtOnce()
    {
        var connecting = new TaskCompletionSource();
        using var service = new HeldTokenService((_, token) =>
        {
            connecting.SetResult();
            return Task.Delay(Timeout.Infinite, token);
        });
        TcbEnvironment environment = service.Connect(service.Authorizer());
        Task fetching = environment.FetchTokenAsync(Context());
        await connecting.Task;

        await _stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetching);
        Assert.Equal((false, 0), (environment.HasNewRefreshToken, service.Active));
    }

    [Fact]
    public async Task Stop_JustBeforeTheBodyBegins_TheBodyDoesNotBegin()
    {
        var sent = new MemoryStream();
        // A handler that is about to write does not look at the token again.
        using var service = new HeldTokenService(async (request, _) =>
        {
            await _stop.CancelAsync();
            // The worker sees the stop on a thread of its own.
            var body = (RequestBody)request.Content!;
            Assert.True(SpinWait.SpinUntil(() => body.IsWithdrawn, TimeSpan.FromMinutes(1)));
            await body.CopyToAsync(sent, CancellationToken.None);
        });
        service.Reply(NewTokens);
        TcbEnvironment environment = service.Connect(service.Authorizer());

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => environment.FetchTokenAsync(Context()));

        Assert.Equal(0, sent.Length);
        Assert.False(environment.HasNewRefreshToken);
    }

    [Fact]
    public async Task Stop_JustAfterTheBodyBegan_TheReplyIsAwaited()
    {
        // The first write is the moment in which the body begins.
        using var service = new HeldTokenService((request, _) => request.Content!.CopyToAsync(new StoppingStream(_stop), CancellationToken.None));
        TcbEnvironment environment = service.Connect(service.Authorizer());
        Task fetching = environment.FetchTokenAsync(Context());
        await service.WhenCalledAsync();

        service.Reply(NewTokens);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetching);
        Assert.Equal("new", RefreshToken(environment));
    }

    [Fact]
    public void TryWithdraw_WhileTheBodyBegins_OneOfTheTwoHappens()
    {
        for (int i = 0; i < 3000; i++)
        {
            using var body = new RequestBody([1, 2, 3]);
            var sent = new MemoryStream();
            bool withdrawn = false;
            Parallel.Invoke(
                () => withdrawn = body.TryWithdraw(),
                () =>
                {
                    try
                    {
                        body.CopyToAsync(sent).GetAwaiter().GetResult();
                    }
                    catch (OperationCanceledException)
                    {
                        // Withdrawn.
                    }
                });

            Assert.Equal(withdrawn ? (false, 0) : (true, 3), (body.HasBegun, (int)sent.Length));
        }
    }

    [Fact]
    public async Task Fetch_ReplyWithoutAToken_KeepsTheNewRefreshToken()
    {
        using var service = new HeldTokenService();
        service.Reply("""{"authorizer_access_token":"a","authorizer_refresh_token":"new"}""");
        AuthorizerAccessToken tokens = service.Authorizer();

        await Assert.ThrowsAsync<TcbException>(() => tokens.GetAsync(null, Context()));

        Assert.Equal("new", tokens.RefreshToken);
    }

    [Fact]
    public async Task Stop_TogetherWithTheToken_TheStopWins()
    {
        using var service = new HeldTokenService();
        var tokens = new ScriptedTokens(async (_, _) =>
        {
            await _stop.CancelAsync();
            return "token";
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => service.Connect(tokens).FetchTokenAsync(Context()));
    }

    private async Task<Task> StopAsync(HeldTokenService service, TcbEnvironment environment, bool connects = true)
    {
        Task fetching = connects ? environment.FetchTokenAsync(Context()) : environment.GetCredentialAsync(Context());
        await service.WhenCalledAsync();
        await _stop.CancelAsync();
        Assert.True(SpinWait.SpinUntil(() => service.Clock.Timeouts.Contains(RenewedAccessToken.Grace), TimeSpan.FromMinutes(1)));
        return fetching;
    }

    private TestContext Context() => new() { SendingCancelled = _stop.Token, CallsCancelled = _stop.Token };

    private static string RefreshToken(TcbEnvironment environment) => new NetworkCredential(string.Empty, environment.GetAuthorizerRefreshToken()).Password;

    /// <summary>A connection on which the first byte brings the stop.</summary>
    private sealed class StoppingStream(CancellationTokenSource stop) : MemoryStream
    {
        public override async Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => await stop.CancelAsync();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => await stop.CancelAsync();
    }
}
