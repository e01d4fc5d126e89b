using TcbPowerShell.Client.Rate;
using TcbPowerShell.Client.Runs;
using TcbPowerShell.Commands;
using TcbPowerShell.Resources;
using Xunit;

namespace TcbPowerShell.Tests.Commands;

/// <summary>A rate is named only where one is known, and a pause only where it is worth telling.</summary>
public sealed class ThrottlingTextTests
{
    [Theory]
    [InlineData(null, 0, "The service is throttling (HTTP 429 Too Many Requests): sending more slowly.")]
    [InlineData(null, 0.4, "The service is throttling (HTTP 429 Too Many Requests): sending more slowly.")]
    [InlineData(null, 7, "The service is throttling (HTTP 429 Too Many Requests): pausing for 7.0 s.")]
    [InlineData(18.4, 0, "The service is throttling (HTTP 429 Too Many Requests): continuing at about 18 requests (920 files) per second.")]
    [InlineData(0.25, 7, "The service is throttling (HTTP 429 Too Many Requests): pausing for 7.0 s, then continuing at about 0.25 requests (12 files) per second.")]
    public void Of_RateAndPause_NamesWhatIsKnown(double? rate, double pause, string text)
    {
        var reason = new TcbException(new UserText(nameof(Messages.HttpStatus), "429 Too Many Requests"));
        var throttled = new RunEvent.Throttled(50, new SendingStatus(rate, TimeSpan.FromSeconds(pause), TimeSpan.Zero), reason, EndsRun: false);

        Assert.Equal(text, ThrottlingText.Of(throttled).ToString());
    }

    // The rate of the minute before says nothing about the next one.
    [Fact]
    public void Of_LimitOfTheMinute_NamesNoRate()
    {
        var reason = new TcbException(new UserText(nameof(Messages.Errcode), 45011, "api minute-quota reach limit")) { ErrorCode = 45011 };
        var throttled = new RunEvent.Throttled(50, new SendingStatus(74, TimeSpan.FromSeconds(10), TimeSpan.Zero), reason, EndsRun: false);

        Assert.Equal(
            "The calls of this minute are used up (errcode 45011: api minute-quota reach limit). The run continues when the service accepts calls again, in about a minute at most.",
            ThrottlingText.Of(throttled).ToString());
    }
}
