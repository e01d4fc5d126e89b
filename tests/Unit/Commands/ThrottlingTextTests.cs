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
}
