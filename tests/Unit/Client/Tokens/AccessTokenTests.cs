using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Tokens;
using TcbPowerShell.Emulation;
using TcbPowerShell.Model;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;
using TcbPowerShell.Tests.Client.Http;
using TcbPowerShell.Tests.Client.Runs;
using Xunit;

namespace TcbPowerShell.Tests.Client.Tokens;

/// <summary>The sources of tokens, over real HTTP against the emulator.</summary>
[Trait("rule", "9")]
public class AccessTokenTests
{
    [Fact]
    public void WithLife_TwoHours_IsRenewedFiveMinutesBefore() => AssertRenewed(life: 7200, renewedAt: 6900);

    [Fact]
    public void WithLife_ShortLife_IsRenewedATenthBefore() => AssertRenewed(life: 100, renewedAt: 90);

    [Fact]
    public async Task Get_ManyAtOnce_FetchOnce()
    {
        using TcbEmulator emulator = TcbEmulator.Start();
        StableAccessToken tokens = Stable(emulator);
        var context = new TestContext();

        CallCredential[] credentials = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => Task.Run(() => tokens.GetAsync(null, context))));

        Assert.Single(credentials.Select(credential => credential.Token).Distinct());
        Assert.Equal(1, TokenCalls(emulator));
    }

    [Fact]
    public async Task Get_ManyRefusedAtOnce_RenewOnce()
    {
        using TcbEmulator emulator = TcbEmulator.Start();
        StableAccessToken tokens = Stable(emulator);
        var context = new TestContext();
        string first = (await tokens.GetAsync(null, context)).Token!;
        emulator.Tokens.Expire(first);

        var refused = new RefusedToken(first, TcbException.FromCode(42001, "expired"));
        CallCredential[] credentials = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => Task.Run(() => tokens.GetAsync(refused, context))));

        string second = Assert.Single(credentials.Select(credential => credential.Token!).Distinct());
        Assert.NotEqual(first, second);
        Assert.Equal(2, TokenCalls(emulator));
    }

    [Fact]
    public async Task Get_TokenNotDue_MakesNoCall()
    {
        using TcbEmulator emulator = TcbEmulator.Start();
        StableAccessToken tokens = Stable(emulator);
        var context = new TestContext();

        string? first = (await tokens.GetAsync(null, context)).Token;
        string? second = (await tokens.GetAsync(null, context)).Token;

        Assert.Equal(first, second);
        Assert.Equal(1, TokenCalls(emulator));
    }

    [Fact]
    public async Task Get_Due_Renews()
    {
        var clock = new ManualClock();
        var source = new CountingSource(clock, life: TimeSpan.FromSeconds(100));
        var context = new TestContext();

        await source.GetAsync(null, context);
        clock.Advance(TimeSpan.FromSeconds(89));
        await source.GetAsync(null, context);
        int before = source.Calls;
        clock.Advance(TimeSpan.FromSeconds(1));
        CallCredential renewed = await source.GetAsync(null, context);

        Assert.Equal(1, before);
        Assert.Equal("token-2", renewed.Token);
    }

    [Fact]
    public async Task Get_RenewalFailsWhileTheTokenLives_GoesOnWithIt()
    {
        var clock = new ManualClock();
        var source = new CountingSource(clock, life: TimeSpan.FromSeconds(100));
        var context = new TestContext();
        await source.GetAsync(null, context);
        clock.Advance(TimeSpan.FromSeconds(95));
        source.Failure = new TcbException(new UserText(nameof(Messages.ConnectionFailed), "down"), FailureCategory.ConnectionFailed);

        CallCredential kept = await source.GetAsync(null, context);
        CallCredential again = await source.GetAsync(null, context);

        Assert.Equal("token-1", kept.Token);
        Assert.Equal("token-1", again.Token);
        Assert.Equal(2, source.Calls);
        clock.Advance(TimeSpan.FromSeconds(5));
        await Assert.ThrowsAsync<TcbException>(() => source.GetAsync(null, context));
    }

    [Fact]
    public async Task Get_RefusedTokenComesBack_IsForcedOnce_AndNotTwiceInThirtySeconds()
    {
        using TcbEmulator emulator = TcbEmulator.Start();
        StableAccessToken tokens = Stable(emulator);
        var context = new TestContext();
        string first = (await tokens.GetAsync(null, context)).Token!;
        var refusal = TcbException.FromCode(40001, "invalid credential");

        // The emulator still holds the token good, so it hands it out again: only force_refresh brings another.
        string second = (await tokens.GetAsync(new RefusedToken(first, refusal), context)).Token!;
        TcbException thrown = await Assert.ThrowsAsync<TcbException>(() => tokens.GetAsync(new RefusedToken(second, refusal), context));

        Assert.NotEqual(first, second);
        Assert.Same(refusal, thrown);
        // Fetched; fetched again and forced; fetched again and not forced.
        Assert.Equal(4, TokenCalls(emulator));
    }

    [Fact]
    public async Task Get_FixedTokenRefused_ThrowsTheRefusal()
    {
        var tokens = new FixedAccessToken(TcbAuthentication.AccessToken, "a-token-by-value");
        var refusal = TcbException.FromCode(42001, "expired");

        Assert.Same(refusal, await Assert.ThrowsAsync<TcbException>(() => tokens.GetAsync(new RefusedToken("a-token-by-value", refusal), new TestContext())));
    }

    [Theory]
    [InlineData("AccessToken", "/tcb/batchdeletefile", "?access_token=")]
    [InlineData("Component", "/componenttcb/batchdeletefile", "?access_token=")]
    [InlineData("CloudBaseToken", "/tcb/batchdeletefile", "?cloudbase_access_token=")]
    public async Task Get_FixedToken_TravelsUnderItsName(string authentication, string path, string query)
    {
        var tokens = new FixedAccessToken(Enum.Parse<TcbAuthentication>(authentication), "a+b/c=");

        CallCredential credential = await tokens.GetAsync(null, new TestContext());

        Assert.Equal(path, tokens.CallFolder + "batchdeletefile");
        Assert.Equal(query + "a%2Bb%2Fc%3D", credential.Query);
        Assert.Equal(query + "***", credential.ShownQuery);
    }

    [Fact]
    public async Task Get_RunStopsWhileTheTokenIsFetched_TheOthersGetIt()
    {
        using var service = new HeldTokenService();
        using var stop = new CancellationTokenSource();
        StableAccessToken tokens = service.Stable();
        Task<CallCredential> stopped = tokens.GetAsync(null, new TestContext { SendingCancelled = stop.Token });
        await service.WhenCalledAsync();
        Task<CallCredential> other = tokens.GetAsync(null, new TestContext());

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stopped);
        Assert.DoesNotContain(RenewedAccessToken.Grace, service.Clock.Timeouts);
        service.Reply("""{"access_token":"a","expires_in":7200}""");

        Assert.Equal("a", (await other).Token);
        Assert.Equal(1, service.Calls);
    }

    [Fact]
    public async Task Get_AllRunsStop_TheCallGetsTwoSecondsMore()
    {
        using var service = new HeldTokenService();
        using var stop = new CancellationTokenSource();
        StableAccessToken tokens = service.Stable();
        var context = new TestContext { SendingCancelled = stop.Token };
        Task<CallCredential>[] all = [tokens.GetAsync(null, context), tokens.GetAsync(null, context)];
        await service.WhenCalledAsync();

        await stop.CancelAsync();
        // One of the two leaves at once, and the other stays with the call.
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAny(all).Unwrap());
        Assert.Equal(1, service.Active);
        // It may be on its way to the timer yet.
        Assert.True(SpinWait.SpinUntil(() => service.Clock.Timeouts.Contains(RenewedAccessToken.Grace), TimeSpan.FromMinutes(1)));
        service.Clock.TimeOut();

        foreach (Task<CallCredential> each in all) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => each);
        Assert.Equal((1, 0), (service.Calls, service.Active));
    }

    // Names and not enum values: attributes are read before the staged module can be found.
    [Theory]
    [InlineData(40013, "AppIdRejected")]
    [InlineData(40125, "AppSecretRejected")]
    [InlineData(40001, "AppSecretRejected")]
    [InlineData(61023, "RefreshTokenRejected")]
    [InlineData(40164, "EnvironmentRefused")]
    [InlineData(89503, "EnvironmentRefused")]
    [InlineData(45009, "QuotaExhausted")]
    [InlineData(123456, "TokenNotIssued")]
    [InlineData(41030, "TokenNotIssued")]
    [InlineData(10003, "TokenNotIssued")]
    [InlineData(47001, "TokenNotIssued")]
    [InlineData(40014, "TokenNotIssued")]
    [InlineData(42001, "TokenNotIssued")]
    [InlineData(50007, "EnvironmentRefused")]
    [InlineData(-1, null)]
    [InlineData(45011, null)]
    public void FromTokenCode_Code_IsFinalAsThatKind(int code, string? kind) =>
        Assert.Equal(kind, TcbException.FromTokenCode(code, "text").EndsRunAs?.ToString());

    [Fact]
    public async Task Get_File_IsReadEachTime()
    {
        string path = Path.GetTempFileName();
        var tokens = new FileAccessToken(path, Clock.System);
        var context = new TestContext();
        File.WriteAllText(path, "token-one\n");
        string? first = (await tokens.GetAsync(null, context)).Token;
        File.WriteAllText(path, "token-two\n");
        string? second = (await tokens.GetAsync(null, context)).Token;
        var refusal = TcbException.FromCode(40001, "invalid");

        Assert.Equal(("token-one", "token-two"), (first, second));
        Assert.Equal("token-two", (await tokens.GetAsync(new RefusedToken("token-one", refusal), context)).Token);
        Assert.Same(refusal, await Assert.ThrowsAsync<TcbException>(() => tokens.GetAsync(new RefusedToken("token-two", refusal), context)));
        // The platform rewrites it just now: the token before still lives.
        File.WriteAllText(path, "  \n");
        Assert.Equal("token-two", (await tokens.GetAsync(null, context)).Token);
        var two = new RefusedToken("token-two", refusal);
        Assert.Equal(ErrorId.TokenFileUnavailable, (await Assert.ThrowsAsync<TcbException>(() => tokens.GetAsync(two, context))).EndsRunAs);
        File.Delete(path);
        Assert.Equal(ErrorId.TokenFileUnavailable, (await Assert.ThrowsAsync<TcbException>(() => new FileAccessToken(path, Clock.System).GetAsync(null, context))).EndsRunAs);
    }

    [Fact]
    public async Task Get_LostTokenCall_LeavesNoDoubtAboutFiles()
    {
        var source = new CountingSource(new ManualClock(), TimeSpan.FromHours(2))
        {
            Failure = new TcbException(new UserText(nameof(Messages.ConnectionFailed), "lost"), FailureCategory.ConnectionFailed) { RetryAfter = TimeSpan.FromSeconds(3) },
        };

        TcbException e = await Assert.ThrowsAsync<TcbException>(() => source.GetAsync(null, new TestContext()));

        Assert.False(e.OutcomeUnknown);
        Assert.True(e.IsTokenCall);
        Assert.Equal((FailureCategory.ConnectionFailed, TimeSpan.FromSeconds(3)), (e.Category, e.RetryAfter));
    }

    [Theory]
    [InlineData(40125)]
    [InlineData(123456)]
    [InlineData(-1)]
    [InlineData(45009)]
    public async Task Get_TokenCallFails_IsMarkedAsTokenCall(int code)
    {
        var source = new CountingSource(new ManualClock(), TimeSpan.FromHours(2)) { Failure = TcbException.FromTokenCode(code, "text") };
        var refusal = TcbException.FromCode(42001, "expired");
        var tokens = new FixedAccessToken(TcbAuthentication.AccessToken, "a-token-by-value");

        TcbException e = await Assert.ThrowsAsync<TcbException>(() => source.GetAsync(null, new TestContext()));
        TcbException ofFiles = await Assert.ThrowsAsync<TcbException>(() => tokens.GetAsync(new RefusedToken("a-token-by-value", refusal), new TestContext()));

        Assert.Equal((true, false), (e.IsTokenCall, ofFiles.IsTokenCall));
    }

    private static void AssertRenewed(int life, int renewedAt)
    {
        DateTimeOffset now = DateTimeOffset.UnixEpoch;

        IssuedToken token = IssuedToken.WithLife("t", TimeSpan.FromSeconds(life), now);

        Assert.Equal(now.AddSeconds(renewedAt), token.RenewOn);
        Assert.Equal(now.AddSeconds(life), token.ExpiresOn);
        Assert.DoesNotContain("\"t\"", token.ToString(), StringComparison.Ordinal);
    }

    private static StableAccessToken Stable(TcbEmulator emulator)
    {
        var options = new EmulatorOptions();
        return new StableAccessToken(options.AppId, options.AppSecret, Client(emulator));
    }

    private static TcbClient Client(TcbEmulator emulator) => new(HttpClientFactory.Create(null), emulator.Endpoint, TimeSpan.FromSeconds(30), Clock.System);

    private static int TokenCalls(TcbEmulator emulator) => emulator.Requests.TokenCallCount;

    private sealed class CountingSource(Clock clock, TimeSpan life) : RenewedAccessToken(clock)
    {
        internal int Calls { get; private set; }

        internal TcbException? Failure { get; set; }

        internal override TcbAuthentication Authentication => TcbAuthentication.AppCredential;

        protected override Task<string> RenewAsync(RefusedToken? refused, ICallContext context) =>
            ShareAsync(refused, new CallCredential(QueryName, null), context);

        protected override Task<IssuedToken> FetchAsync(RefusedToken? refused, CallCredential credential, ICallContext context, CancellationToken stopped)
        {
            Calls++;
            return Failure is null ? Task.FromResult(IssuedToken.WithLife($"token-{Calls}", life, Clock.UtcNow)) : throw Failure;
        }
    }
}
