using System.Text.Json.Nodes;
using TcbPowerShell.Emulation;
using Xunit;

namespace TcbPowerShell.Tests.Emulator;

public sealed class StableTokenTests
{
    private const string Path = "/cgi-bin/stable_token";

    private readonly ManualClock _clock = new();

    [Fact]
    public async Task Get_WhileItLives_GivesTheSameTokenAndWhatIsLeft()
    {
        using TcbEmulator emulator = Start();
        using var caller = new Caller(emulator);

        (string first, int life) = await GetAsync(caller);
        _clock.Advance(TimeSpan.FromSeconds(1000));
        (string second, int left) = await GetAsync(caller);

        Assert.Equal((7200, 6200), (life, left));
        Assert.Equal(first, second);
        Assert.Equal(0, await DeleteAsync(caller, first));
        Assert.Equal(2, emulator.Requests.TokenCallCount);
    }

    [Theory]
    [InlineData(7200, 6899, 6901)]
    [InlineData(10, 8.5, 9.5)]
    public async Task Get_NearTheEnd_GivesANewTokenAndLeavesTheOldOneGood(double lifetime, double early, double late)
    {
        using TcbEmulator emulator = Start(lifetime);
        using var caller = new Caller(emulator);

        (string first, _) = await GetAsync(caller);
        _clock.Advance(TimeSpan.FromSeconds(early));
        Assert.Equal(first, (await GetAsync(caller)).Token);
        _clock.Advance(TimeSpan.FromSeconds(late - early));
        (string second, int life) = await GetAsync(caller);

        Assert.NotEqual(first, second);
        Assert.Equal((int)lifetime, life);
        Assert.Equal(0, await DeleteAsync(caller, first));
        Assert.Equal(0, await DeleteAsync(caller, second));
        _clock.Advance(TimeSpan.FromSeconds(lifetime - late));
        Assert.Equal(42001, await DeleteAsync(caller, first));
    }

    [Fact]
    public async Task Get_LifeOfAFractionOfASecond_SaysOneAndExpires()
    {
        using TcbEmulator emulator = Start(lifetime: 0.25);
        using var caller = new Caller(emulator);

        (string token, int life) = await GetAsync(caller);
        _clock.Advance(TimeSpan.FromSeconds(0.25));

        Assert.Equal(1, life);
        Assert.Equal(42001, await DeleteAsync(caller, token));
    }

    [Fact]
    public async Task ForceRefresh_KillsThePreviousToken()
    {
        using TcbEmulator emulator = Start();
        using var caller = new Caller(emulator);

        (string first, _) = await GetAsync(caller);
        (string second, _) = await GetAsync(caller, force: true);

        Assert.Equal(40001, await DeleteAsync(caller, first));
        Assert.Equal(0, await DeleteAsync(caller, second));
        Assert.Equal(second, emulator.Tokens.Current);
    }

    [Fact]
    public async Task ForceRefresh_WithinThirtySeconds_RefreshesNothing()
    {
        using TcbEmulator emulator = Start();
        using var caller = new Caller(emulator);

        (string first, _) = await GetAsync(caller, force: true);
        _clock.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal(first, (await GetAsync(caller, force: true)).Token);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.NotEqual(first, (await GetAsync(caller, force: true)).Token);
    }

    [Fact]
    public async Task ForceRefresh_TwentyFirstOfADay_IsOverTheQuota()
    {
        using TcbEmulator emulator = Start();
        using var caller = new Caller(emulator);

        for (int i = 0; i < 20; i++)
        {
            await GetAsync(caller, force: true);
            _clock.Advance(TimeSpan.FromSeconds(30));
        }

        Assert.Equal(45009, await caller.ErrorCodeAsync(Body(force: "true"), "", Path));
        _clock.Advance(TimeSpan.FromDays(1));
        await GetAsync(caller, force: true);
    }

    [Fact]
    public async Task Get_RevokedByThePlatform_GivesTheSameDeadTokenUntilForced()
    {
        using TcbEmulator emulator = Start();
        using var caller = new Caller(emulator);
        (string first, _) = await GetAsync(caller);

        emulator.Tokens.Revoke(first);

        Assert.Equal(first, (await GetAsync(caller)).Token);
        Assert.NotEqual(first, (await GetAsync(caller, force: true)).Token);
    }

    [Theory]
    [InlineData("""{"grant_type":"x","appid":"wx0000000000000001","secret":"00000000000000000000000000000001"}""", 40002)]
    [InlineData("""{"grant_type":"client_credential","secret":"00000000000000000000000000000001"}""", 41002)]
    [InlineData("""{"grant_type":"client_credential","appid":"wx0000000000000001"}""", 41004)]
    [InlineData("""{"grant_type":"client_credential","appid":"x","secret":"00000000000000000000000000000001"}""", 40013)]
    [InlineData("""{"grant_type":"client_credential","appid":"wx0000000000000001","secret":"x"}""", 40125)]
    [InlineData("{", 47001)]
    [InlineData("", 44002)]
    public async Task Get_WrongBody_IsRefusedWithItsCode(string body, int errorCode)
    {
        using TcbEmulator emulator = Start();
        using var caller = new Caller(emulator);

        Assert.Equal(errorCode, await caller.ErrorCodeAsync(body, "", Path));
    }

    [Fact]
    public async Task Get_AddressRefused_NamesTheAddress()
    {
        using var emulator = TcbEmulator.Start(new EmulatorOptions { AddressAllowed = false });
        using var caller = new Caller(emulator);

        JsonObject reply = await caller.AskAsync(Body(), "", Path);

        Assert.Equal(40164, (int)reply["errcode"]!);
        Assert.StartsWith("invalid ip 127.0.0.1 ", (string)reply["errmsg"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TokenFault_StrikesTokenCallsOnly()
    {
        using var emulator = TcbEmulator.Start(new EmulatorOptions { TokenFault = _ => Fault.ErrorCode(45009) });
        using var caller = new Caller(emulator);

        Assert.Equal(45009, await caller.ErrorCodeAsync(Body(), "", Path));
        Assert.Equal(0, await caller.ErrorCodeAsync(Caller.Body(Caller.FileId(1))));
    }

    private static string Body(string force = "false") => $$"""
        {
          "grant_type": "client_credential",
          "appid": "wx0000000000000001",
          "secret": "00000000000000000000000000000001",
          "force_refresh": {{force}}
        }
        """;

    private static async Task<(string Token, int Life)> GetAsync(Caller caller, bool force = false)
    {
        JsonObject reply = await caller.AskAsync(Body(force ? "true" : "false"), "", Path);
        Assert.Equal(["access_token", "expires_in"], reply.Select(property => property.Key));
        return ((string)reply["access_token"]!, (int)reply["expires_in"]!);
    }

    private static Task<int> DeleteAsync(Caller caller, string token) =>
        caller.ErrorCodeAsync(Caller.Body(Caller.FileId(1)), "access_token=" + token);

    private TcbEmulator Start(double lifetime = 7200) =>
        TcbEmulator.Start(new EmulatorOptions { Clock = _clock, TokenLifetime = TimeSpan.FromSeconds(lifetime) });
}
