using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Tokens;
using TcbPowerShell.Model;
using TcbPowerShell.Resources;
using TcbPowerShell.Tests.Client.Http;
using TcbPowerShell.Tests.Client.Runs;
using Xunit;

namespace TcbPowerShell.Tests.Client.Tokens;

/// <summary>The user's own code as a source of tokens.</summary>
[Trait("rule", "9")]
public sealed class ProvidedAccessTokenTests
{
    private const string Fails = "fails";

    private static readonly TcbException Refusal = TcbException.FromCode(40001, "invalid credential");

    private readonly ManualClock _clock = new() { HoldsDelays = true };
    private readonly List<string> _tokens = ["old"];
    private int _asked;

    [Fact]
    public async Task Get_RefusedTokenComesBack_IsAskedOnceMoreAfterAWhile()
    {
        ProvidedAccessToken source = await MakeAsync();

        Task<CallCredential> next = source.GetAsync(Refused("old"), new TestContext());
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

        Task<CallCredential> next = source.GetAsync(Refused("old"), new TestContext());
        await _clock.WhenHeldAsync(1);
        _clock.Advance(ProvidedAccessToken.SecondAsk);

        Assert.Equal("old", (await next).Token);
        Assert.Equal(3, _asked);
    }

    [Fact]
    public async Task Get_ManyAreRefusedTheSameToken_TheyWaitTogether()
    {
        ProvidedAccessToken source = await MakeAsync();

        var run = new TestContext();
        Task<CallCredential>[] all = [.. Enumerable.Range(0, 16).Select(_ => source.GetAsync(Refused("old"), run))];
        await _clock.WhenHeldAsync(1);
        _clock.Advance(ProvidedAccessToken.SecondAsk);

        Assert.All(await Task.WhenAll(all), credential => Assert.Equal("old", credential.Token));
        Assert.Equal((3, 1), (_asked, _clock.Delays.Count));
    }

    [Fact]
    public async Task Get_AnotherRunGotAToken_UsesItAtOnce()
    {
        ProvidedAccessToken source = await MakeAsync();
        _tokens.Add("new");

        Assert.Equal("new", (await source.GetAsync(Refused("old"), new TestContext())).Token);
        Assert.Equal(2, _asked);
        Assert.Empty(_clock.Delays);
    }

    [Fact]
    public async Task Get_RunStopsBeforeTheSecondAsk_TheNextRunAsks()
    {
        ProvidedAccessToken source = await MakeAsync();
        using var stop = new CancellationTokenSource();
        Task<CallCredential> stopped = source.GetAsync(Refused("old"), new TestContext { SendingCancelled = stop.Token });
        await _clock.WhenHeldAsync(1);

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stopped);
        _tokens.Add("new");

        Assert.Equal("new", (await source.GetAsync(Refused("old"), new TestContext())).Token);
    }

    [Fact]
    public async Task Get_RunIsBusy_AnotherRunAsksForItself_AndBothGoOn()
    {
        ProvidedAccessToken source = await MakeAsync();
        _tokens.Add("new");
        var busy = new TestContext { IsBusy = true };

        Task<CallCredential> blocked = source.GetAsync(Refused("old"), busy);
        CallCredential free = await source.GetAsync(Refused("old"), new TestContext());

        // Without its own pipeline thread: a run that is blocked by a nested one gets what that one got.
        Assert.Equal(("new", "new"), ((await blocked.WaitAsync(EngineHarness.Guard)).Token, free.Token));
        busy.Pump();
        Assert.Equal(2, _asked);
    }

    [Fact]
    public async Task Get_TokenThatAnotherRunGotIsRefused_AsksAgain()
    {
        ProvidedAccessToken source = await MakeAsync();
        var busy = new TestContext { IsBusy = true };
        Task<CallCredential> blocked = source.GetAsync(Refused("old"), busy);
        _tokens.Add("new");
        await source.GetAsync(Refused("old"), new TestContext());
        await blocked.WaitAsync(EngineHarness.Guard);
        _tokens.Add("newer");

        Task<CallCredential> again = source.GetAsync(Refused("new"), busy);
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                busy.Pump();
                return again.IsCompleted;
            },
            TimeSpan.FromMinutes(1)));

        Assert.Equal(("newer", 3), ((await again).Token, _asked));
    }

    [Fact]
    public async Task Get_ComponentTokenOfABusyRun_AnotherRunRenewsForBoth()
    {
        // The script has to be asked, and the pipeline thread of one of the two runs is blocked until the other one ends.
        using var service = new HeldTokenService();
        service.Reply("""{"authorizer_access_token":"a","expires_in":7200,"authorizer_refresh_token":"new"}""");
        AuthorizerAccessToken source = service.Authorizer(new ProvidedAccessToken(TcbAuthentication.Component, Ask, _clock));

        Task<CallCredential> blocked = source.GetAsync(null, new TestContext { IsBusy = true });
        Task<CallCredential> free = source.GetAsync(null, new TestContext());

        Assert.Equal(("a", "a"), ((await free.WaitAsync(EngineHarness.Guard)).Token, (await blocked.WaitAsync(EngineHarness.Guard)).Token));
        Assert.Equal((1, 1), (_asked, service.Calls));
    }

    [Fact]
    public async Task Get_ProviderFails_AllWorkersOfTheRunShareTheFailure()
    {
        ProvidedAccessToken source = await MakeAsync();
        _tokens.Add(Fails);
        var run = new TestContext();

        Task<CallCredential>[] all = [.. Enumerable.Range(0, 32).Select(_ => source.GetAsync(Refused("old"), run))];
        foreach (Task<CallCredential> each in all) await Assert.ThrowsAsync<TcbException>(() => each);
        // One whose request was refused a moment later, before the run has ended.
        TcbException late = await Assert.ThrowsAsync<TcbException>(() => source.GetAsync(Refused("old"), run));

        Assert.Equal((2, ErrorId.TokenProviderFailed, true), (_asked, late.ErrorId, late.IsTokenCall));
    }

    [Fact]
    public async Task Get_ProviderFailed_TheNextRunAsksAgain()
    {
        ProvidedAccessToken source = await MakeAsync();
        _tokens.Add(Fails);
        await Assert.ThrowsAsync<TcbException>(() => source.GetAsync(Refused("old"), new TestContext()));
        _tokens.Add("new");

        Assert.Equal("new", (await source.GetAsync(Refused("old"), new TestContext())).Token);
    }

    [Fact]
    public async Task Get_TokenIsProvided_SaysSoBeforeAnybodyHasIt()
    {
        // With the token, a cmdlet that connects is through: what is said later is said to nobody.
        var source = new ProvidedAccessToken(TcbAuthentication.TokenProvider, Ask, _clock);
        bool? isGiven = null;
        var context = new TestContext { OnVerbose = () => isGiven = source.GetAsync(null, new TestContext { IsBusy = true }).IsCompleted };

        await source.GetAsync(null, context);

        Assert.False(isGiven);
    }

    [Fact]
    public async Task Get_RunHasEnded_ItsScriptIsNotAsked()
    {
        ProvidedAccessToken source = await MakeAsync();
        using var stop = new CancellationTokenSource();
        var busy = new TestContext { IsBusy = true, SendingCancelled = stop.Token };
        Task<CallCredential> waiting = source.GetAsync(Refused("old"), busy);

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        busy.Pump();

        Assert.Equal(1, _asked);
    }

    [Fact]
    public async Task Get_ProviderUsesItsOwnConnection_Fails()
    {
        ProvidedAccessToken? source = null;
        string Provide() => ++_asked == 1 ? "old" : source!.GetAsync(Refused("old"), new TestContext()).GetAwaiter().GetResult().Token!;
        source = new ProvidedAccessToken(TcbAuthentication.TokenProvider, () => Guarded(Provide), _clock);
        await source.GetAsync(null, new TestContext());

        TcbException e = await Assert.ThrowsAsync<TcbException>(() => source.GetAsync(Refused("old"), new TestContext()));

        Assert.Equal((ErrorId.TokenProviderFailed, 2), (e.ErrorId, _asked));
        Assert.Contains("used the connection", e.Message, StringComparison.Ordinal);
    }

    // A script block's errors are told as failures of the provider.
    private static string Guarded(Func<string> provide)
    {
        try
        {
            return provide();
        }
        catch (TcbException e)
        {
            throw TcbException.NoToken(ErrorId.TokenProviderFailed, new UserText(nameof(Messages.TokenProviderThrew), e.Message));
        }
    }

    private string Ask()
    {
        Interlocked.Increment(ref _asked);
        return _tokens[^1] != Fails ? _tokens[^1] : throw TcbException.NoToken(ErrorId.TokenProviderFailed, new UserText(nameof(Messages.TokenProviderReturnedNothing)));
    }

    private static RefusedToken Refused(string token) => new(token, Refusal);

    private async Task<ProvidedAccessToken> MakeAsync()
    {
        var source = new ProvidedAccessToken(TcbAuthentication.TokenProvider, Ask, _clock);
        await source.GetAsync(null, new TestContext());
        return source;
    }
}
