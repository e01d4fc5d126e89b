using System.Security;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Tokens;
using TcbPowerShell.Tests.Client.Http;
using Xunit;

namespace TcbPowerShell.Tests.Client.Tokens;

/// <summary>Ctrl+C while the first token of a connection is fetched.</summary>
public sealed class ConnectingStopTests : IDisposable
{
    private const string NewTokens = """{"authorizer_access_token":"a","expires_in":7200,"authorizer_refresh_token":"new"}""";
    private const string SameTokens = """{"authorizer_access_token":"a","expires_in":7200,"authorizer_refresh_token":"old"}""";

    private readonly ManualClock _clock = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _called = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _reply = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly FakeHandler _handler;
    private readonly HttpClient _http;
    private bool _sends = true;

    public ConnectingStopTests()
    {
        _handler = new FakeHandler(async (request, token) =>
        {
            if (_sends) await FakeHandler.SendBodyAsync(request, token);
            _called.SetResult();
            return FakeHandler.Reply(await _reply.Task.WaitAsync(token));
        });
        _http = new HttpClient(_handler);
    }

    public void Dispose()
    {
        _http.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task Stop_CallHasBeenSent_ItsReplyIsAwaited()
    {
        TcbEnvironment environment = Authorizer();
        Task connecting = await StopAsync(environment);
        Assert.False(connecting.IsCompleted);
        Assert.Contains(TokenCall.Grace, _clock.Timeouts);

        _reply.SetResult(NewTokens);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);
        Assert.True(environment.HasNewRefreshToken);
        using SecureString kept = environment.GetAuthorizerRefreshToken()!;
        Assert.Equal("new", new System.Net.NetworkCredential(string.Empty, kept).Password);
    }

    [Fact]
    public async Task Stop_ReplyBringsNoNewRefreshToken_NothingIsToBeKept()
    {
        TcbEnvironment environment = Authorizer();
        Task connecting = await StopAsync(environment);

        _reply.SetResult(SameTokens);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);
        Assert.False(environment.HasNewRefreshToken);
    }

    [Fact]
    public async Task Stop_NoReplyInTheGrace_TheCallEnds()
    {
        TcbEnvironment environment = Authorizer();
        Task connecting = await StopAsync(environment);

        _clock.TimeOut();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);
        Assert.Equal((false, 1, 0), (environment.HasNewRefreshToken, _handler.Calls, _handler.Active));
    }

    [Fact]
    public async Task Stop_CallHasNotBeenSent_EndsAtOnce()
    {
        _sends = false;
        TcbEnvironment environment = Authorizer();

        Task connecting = await StopAsync(environment);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);
        Assert.Equal((false, 0), (environment.HasNewRefreshToken, _handler.Active));
    }

    [Fact]
    public async Task Stop_TokenOfAnApp_EndsAtOnce()
    {
        TcbEnvironment environment = Connect(new StableAccessToken("wx1", "secret", Client()));

        Task connecting = await StopAsync(environment);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);
        Assert.Equal(0, _handler.Active);
    }

    [Fact]
    public async Task Stop_TogetherWithTheToken_TheStopWins()
    {
        var context = new TestContext { SendingCancelled = _stop.Token, CallsCancelled = _stop.Token, ConnectingStopped = _stop.Token };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Connect(new StoppingToken(_stop)).FetchTokenAsync(context));
    }

    private async Task<Task> StopAsync(TcbEnvironment environment)
    {
        var context = new TestContext { SendingCancelled = _stop.Token, CallsCancelled = _stop.Token, ConnectingStopped = _stop.Token };
        Task connecting = environment.FetchTokenAsync(context);
        await _called.Task;
        await _stop.CancelAsync();
        return connecting;
    }

    private TcbEnvironment Authorizer() =>
        Connect(new AuthorizerAccessToken("wx1", new FixedAccessToken(TcbAuthentication.Component, "component"), "wx2", "old", Client()));

    private TcbEnvironment Connect(AccessTokenSource tokens) => new("test-env", new Uri("https://service.example"), tokens, Client());

    private TcbClient Client() => new(_http, new Uri("https://service.example"), TimeSpan.FromSeconds(30), _clock);

    /// <summary>A token that brings the stop with it.</summary>
    private sealed class StoppingToken(CancellationTokenSource stop) : AccessTokenSource
    {
        internal override TcbAuthentication Authentication => TcbAuthentication.AccessToken;

        protected override async Task<string?> GetTokenAsync(RefusedToken? refused, ICallContext context)
        {
            await stop.CancelAsync();
            return "token";
        }
    }
}
