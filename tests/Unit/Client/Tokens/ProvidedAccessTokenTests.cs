using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Tokens;
using TcbPowerShell.Model;
using TcbPowerShell.Resources;
using TcbPowerShell.Tests.Client.Http;
using Xunit;

namespace TcbPowerShell.Tests.Client.Tokens;

/// <summary>The user's own code as a source of tokens.</summary>
public sealed class ProvidedAccessTokenTests
{
    private static readonly TcbException Refusal = TcbException.FromCode(40001, "invalid credential");

    private readonly ManualClock _clock = new() { HoldsDelays = true };
    private readonly List<string> _tokens = ["old"];
    private int _asked;

    [Fact]
    public async Task Get_RefusedTokenComesBack_IsAskedOnceMoreAfterAWhile()
    {
        ProvidedAccessToken source = await MakeAsync();

        Task<CallCredential> next = source.GetAsync(new RefusedToken("old", Refusal), new TestContext());
        await _clock.WhenHeldAsync(1);
        Assert.Equal((2, false), (_asked, next.IsCompleted));
        _tokens.Add("new");
        _clock.Advance(ProvidedAccessToken.SecondAsk);

        Assert.Equal("new", (await next).Token);
        Assert.Equal(3, _asked);
        Assert.Equal([ProvidedAccessToken.SecondAsk], _clock.Delays);
    }

    [Fact]
    public async Task Get_RefusedTokenComesBackTwice_IsGivenOnceMore()
    {
        ProvidedAccessToken source = await MakeAsync();

        Task<CallCredential> next = source.GetAsync(new RefusedToken("old", Refusal), new TestContext());
        await _clock.WhenHeldAsync(1);
        _clock.Advance(ProvidedAccessToken.SecondAsk);

        Assert.Equal("old", (await next).Token);
        Assert.Equal(3, _asked);
    }

    [Fact]
    public async Task Get_ManyAreRefusedTheSameToken_TheyWaitTogether()
    {
        ProvidedAccessToken source = await MakeAsync();

        Task<CallCredential>[] all = [.. Enumerable.Range(0, 16).Select(_ => source.GetAsync(new RefusedToken("old", Refusal), new TestContext()))];
        await _clock.WhenHeldAsync(1);
        _clock.Advance(ProvidedAccessToken.SecondAsk);

        Assert.All(await Task.WhenAll(all), credential => Assert.Equal("old", credential.Token));
        Assert.Equal((3, 1), (_asked, _clock.Delays.Count));
    }

    [Fact]
    public async Task Get_AnotherTokenComes_NobodyWaits()
    {
        ProvidedAccessToken source = await MakeAsync();
        _tokens.Add("new");

        Assert.Equal("new", (await source.GetAsync(new RefusedToken("old", Refusal), new TestContext())).Token);
        Assert.Equal(2, _asked);
        Assert.Empty(_clock.Delays);
    }

    [Fact]
    public async Task Get_RunStopsBeforeTheSecondAsk_TheNextRunAsks()
    {
        ProvidedAccessToken source = await MakeAsync();
        using var stop = new CancellationTokenSource();
        Task<CallCredential> stopped = source.GetAsync(new RefusedToken("old", Refusal), new TestContext { SendingCancelled = stop.Token });
        await _clock.WhenHeldAsync(1);
        Task<CallCredential> waiting = source.GetAsync(new RefusedToken("old", Refusal), new TestContext());
        _tokens.Add("new");

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stopped);
        Assert.Equal("new", (await waiting).Token);
    }

    [Fact]
    public async Task Get_ProviderOfABusyRun_IsAskedByTheRunThatIsFree()
    {
        var source = new ProvidedAccessToken(TcbAuthentication.TokenProvider, Ask, _clock);
        var busy = new TestContext { PipelineThread = new TaskCompletionSource<string>().Task };

        Task<CallCredential> first = source.GetAsync(null, busy);
        CallCredential second = await source.GetAsync(null, new TestContext());

        Assert.Equal(("old", "old", 1), ((await first).Token, second.Token, _asked));
    }

    [Fact]
    public async Task Get_ComponentTokenOfABusyRun_IsAskedByTheRunThatIsFree()
    {
        // The run that renews the authorizer's token is busy; the one that waits for it has its thread free.
        var component = new ProvidedAccessToken(TcbAuthentication.Component, () => throw TcbException.NoToken(ErrorId.TokenProviderFailed, new UserText(nameof(Messages.TokenEmpty))), _clock);
        using var http = new HttpClient(FakeHandler.BlackHole());
        var client = new TcbClient(http, new Uri("https://service.example"), TimeSpan.FromSeconds(30), _clock);
        var source = new AuthorizerAccessToken("wx1", component, "wx2", "refresh", client);
        var busy = new TestContext { PipelineThread = new TaskCompletionSource<string>().Task };

        Task<CallCredential> first = source.GetAsync(null, busy);
        Task<CallCredential> second = source.GetAsync(null, new TestContext());

        await Assert.ThrowsAsync<TcbException>(() => second);
        await Assert.ThrowsAsync<TcbException>(() => first);
    }

    private string Ask()
    {
        Interlocked.Increment(ref _asked);
        return _tokens[^1];
    }

    private async Task<ProvidedAccessToken> MakeAsync()
    {
        var source = new ProvidedAccessToken(TcbAuthentication.TokenProvider, Ask, _clock);
        await source.GetAsync(null, new TestContext());
        return source;
    }
}
