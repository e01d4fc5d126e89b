using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Tokens;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Client.Http;
using Xunit;

namespace TcbPowerShell.Tests.Client.Tokens;

/// <summary>An authorizer's token, behind a platform's token that ends too.</summary>
[Trait("rule", "9")]
public sealed class AuthorizerAccessTokenTests : IDisposable
{
    private static readonly EmulatorOptions Options = new();

    private readonly TcbEmulator _emulator = TcbEmulator.Start(Options);
    private readonly ManualClock _clock = new();
    private string _component = Options.ComponentAccessToken!;
    private int _asked;

    public void Dispose() => _emulator.Dispose();

    [Fact]
    public async Task Get_Refused_KeepsTheNewRefreshTokenAndSaysSo()
    {
        AuthorizerAccessToken tokens = Make(Fixed());
        var context = new TestContext();
        Assert.False(tokens.HasNewRefreshToken);

        string first = (await tokens.GetAsync(null, context)).Token!;
        string refreshToken = tokens.RefreshToken!;
        string second = (await tokens.GetAsync(Expired(first), context)).Token!;

        Assert.True(tokens.HasNewRefreshToken);
        Assert.NotEqual(Options.AuthorizerRefreshToken, refreshToken);
        Assert.NotEqual(refreshToken, tokens.RefreshToken);
        Assert.NotEqual(first, second);
        Assert.Equal(2, context.Warnings.Count);
        Assert.DoesNotContain(context.Warnings, warning => warning.Contains(refreshToken, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(40001)]
    [InlineData(40014)]
    [InlineData(42001)]
    public async Task Get_ComponentTokenByValueIsRefused_SaysThatItIsThatToken(int code)
    {
        AuthorizerAccessToken tokens = Make(Fixed());
        string first = (await tokens.GetAsync(null, new TestContext())).Token!;
        Refuse(_component, code);

        TcbException e = await Assert.ThrowsAsync<TcbException>(() => tokens.GetAsync(Expired(first), new TestContext()));

        Assert.Equal(("ComponentTokenRejected", code, false), (e.ErrorId.ToString(), e.ErrorCode, e.OutcomeUnknown));
        Assert.Equal(2, _emulator.Requests.TokenCallCount);
    }

    [Fact]
    public async Task Get_ComponentTokenOfAScriptIsRefused_TheNextOneIsUsed()
    {
        AuthorizerAccessToken tokens = Make(Provided());
        string first = (await tokens.GetAsync(null, new TestContext())).Token!;
        Refuse(_component, 42001);
        _component = _emulator.Tokens.Issue(TokenKind.Component);

        string second = (await tokens.GetAsync(Expired(first), new TestContext())).Token!;

        Assert.NotEqual(first, second);
        Assert.Equal((2, 3), (_asked, _emulator.Requests.TokenCallCount));
    }

    [Fact]
    public async Task Get_ScriptHasNoOtherComponentToken_IsAskedTwiceAndThenItEnds()
    {
        AuthorizerAccessToken tokens = Make(Provided());
        string first = (await tokens.GetAsync(null, new TestContext())).Token!;
        Refuse(_component, 42001);

        TcbException e = await Assert.ThrowsAsync<TcbException>(() => tokens.GetAsync(Expired(first), new TestContext()));

        Assert.Equal("ComponentTokenRejected", e.ErrorId.ToString());
        Assert.Equal((3, 3), (_asked, _emulator.Requests.TokenCallCount));
    }

    [Fact]
    public async Task Get_ComponentTokenStillGood_TheScriptIsNotAsked()
    {
        AuthorizerAccessToken tokens = Make(Provided());
        string first = (await tokens.GetAsync(null, new TestContext())).Token!;

        await tokens.GetAsync(Expired(first), new TestContext());

        Assert.Equal((1, 2), (_asked, _emulator.Requests.TokenCallCount));
    }

    [Fact]
    public async Task Get_ManyRefusedAtOnce_RenewOnce()
    {
        AuthorizerAccessToken tokens = Make(Provided());
        string first = (await tokens.GetAsync(null, new TestContext())).Token!;

        CallCredential[] all = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => Task.Run(() => tokens.GetAsync(Expired(first), new TestContext()))));

        Assert.Single(all.Select(credential => credential.Token).Distinct());
        Assert.Equal((1, 2), (_asked, _emulator.Requests.TokenCallCount));
    }

    private static RefusedToken Expired(string token) => new(token, TcbException.FromCode(42001, "expired"));

    private static FixedAccessToken Fixed() => new(TcbAuthentication.Component, Options.ComponentAccessToken);

    private void Refuse(string token, int code)
    {
        if (code == 42001) _emulator.Tokens.Expire(token);
        else _emulator.Tokens.Revoke(token, code);
    }

    private ProvidedAccessToken Provided() => new(
        TcbAuthentication.Component,
        () =>
        {
            _asked++;
            return _component;
        },
        _clock);

    private AuthorizerAccessToken Make(AccessTokenSource component) => new(
        Options.ComponentAppId, component, Options.AuthorizerAppId, Options.AuthorizerRefreshToken,
        new TcbClient(HttpClientFactory.Create(null), _emulator.Endpoint, TimeSpan.FromSeconds(30), _clock));
}
