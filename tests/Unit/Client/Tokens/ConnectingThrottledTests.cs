using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Tokens;
using TcbPowerShell.Commands;
using TcbPowerShell.Emulation;
using TcbPowerShell.Model;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;
using TcbPowerShell.Tests.Client.Http;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Client.Tokens;

/// <summary>Connecting to a service that throttles the calls for a token: it ends soon, and says until when to wait.</summary>
[Trait("rule", "7")]
public sealed class ConnectingThrottledTests
{
    private readonly ManualClock _clock = new();

    [Trait("status", "503")]
    [Theory]
    [InlineData(429, 120, 3)]
    [InlineData(429, 121, 0)]
    [InlineData(503, 121, 0)]
    [InlineData(500, 121, 0)]
    public async Task FetchTokenAsync_RetryAfter_IsWaitedThreeTimes_AndNotAtAllIfItIsLong(int status, int retryAfter, int waits)
    {
        using var emulator = TcbEmulator.Start(new EmulatorOptions { TokenFault = _ => Fault.Http(status, retryAfter: $"{retryAfter}") });

        TcbException e = await Assert.ThrowsAsync<TcbException>(() => Connect(emulator).FetchTokenAsync(new TestContext()));

        Assert.Equal(ErrorId.ServiceThrottled, e.ErrorId);
        Assert.Equal(Enumerable.Repeat(TimeSpan.FromSeconds(retryAfter), waits), _clock.Delays);
        Assert.Equal(_clock.UtcNow.AddSeconds(retryAfter), e.RetryOn);
        Assert.Contains("asks to wait until", Say(e), StringComparison.Ordinal);
    }

    [Fact]
    public async Task FetchTokenAsync_ThrottledWithoutATime_DoesNotSpeakOfARun()
    {
        using var emulator = TcbEmulator.Start(new EmulatorOptions { TokenFault = _ => Fault.Http(429) });

        TcbException e = await Assert.ThrowsAsync<TcbException>(() => Connect(emulator).FetchTokenAsync(new TestContext()));

        Assert.Equal("The service is throttling requests for a token (HTTP 429 Too Many Requests). Connect again later.", Say(e));
    }

    [Trait("status", "503")]
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void MarkFailed_503_IsAnAttemptOfTheFile_OnlyIfTheFileWasSent(bool ofToken)
    {
        Assert.True(CloudFileId.TryParse(FileIds.Of(1), null, out CloudFileId id, out _));
        var file = new TcbPowerShell.Client.Runs.PendingFile(id, 0);
        var failure = new TcbException(new UserText(nameof(Messages.NoFileMentioned)), FailureCategory.Unavailable);

        file.MarkFailed(ofToken ? failure.ForToken() : failure);

        Assert.Equal(!ofToken, file.MetUnavailable);
    }

    private string Say(TcbException e)
    {
        using var emulator = TcbEmulator.Start(new EmulatorOptions());
        return Advice.Of(e.ErrorId, e, e.Text, Connect(emulator)).ToString();
    }

    private TcbEnvironment Connect(TcbEmulator emulator)
    {
        var options = new EmulatorOptions();
        var client = new TcbClient(HttpClientFactory.Create(null), emulator.Endpoint, TimeSpan.FromSeconds(30), _clock);
        return new TcbEnvironment(FileIds.Environment, emulator.Endpoint, new StableAccessToken(options.AppId, options.AppSecret, client), client);
    }
}
