using System.Globalization;
using CsCheck;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;
using Xunit;

namespace TcbPowerShell.Tests.Client.Http;

[Trait("rule", "7")]
public sealed class RetryPolicyTests
{
    private const double AlmostOne = 0.999999;

    public static TheoryData<string> Classes => [.. Enum.GetNames<FailureCategory>()];

    // The waits of each class, in seconds: after attempts 1 to 7, with the lowest and the highest random number, and 6 retries.
    private static readonly Dictionary<string, string> Table = new()
    {
        ["Transient"] = "0-1 0-2 0-4 0-8 0-16 0-30 -",
        ["TransientOnce"] = "0-1 - - - - - -",
        ["Throttled"] = "0.5-1 1-2 2-4 4-8 8-16 15-30 -",
        ["Unavailable"] = "0-1 0-2 0-4 0-8 0-16 0-30 -",
        ["HostNotFound"] = "0-1 0-2 0-4 0-8 0-16 0-30 -",
        ["CertificateNotTrusted"] = "0-1 0-2 0-4 0-8 0-16 0-30 -",
        ["ProxyRefused"] = "0-1 0-2 0-4 0-8 0-16 0-30 -",
        ["WebPage"] = "0-1 0-2 0-4 0-8 0-16 0-30 -",
        ["ConnectionFailed"] = "0-1 0-2 0-4 0-8 0-16 0-30 -",
        ["TimedOut"] = "0-1 0-2 0-4 0-8 0-16 0-30 -",
        ["ServerError"] = "0-1 0-2 0-4 0-8 0-16 0-30 -",
        ["Unreadable"] = "0-1 0-2 0-4 0-8 0-16 0-30 -",
        ["NoAnswer"] = "0-1 0-2 0-4 0-8 0-16 0-30 -",
        ["DownloadBroken"] = "0-1 0-2 0-4 0-8 0-16 0-30 -",
        ["Incomplete"] = "0-1 0-2 0-4 0-8 0-16 0-30 -",
    };

    [Theory]
    [MemberData(nameof(Classes))]
    public void Decide_EachClassAndTry_AsTheTableSays(string name)
    {
        var failure = new TcbException(new UserText(nameof(Messages.ConnectionFailed), "x"), Enum.Parse<FailureCategory>(name));

        IEnumerable<string> decided = Enumerable.Range(1, 7).Select(attempt => Decide(6, failure, attempt));

        Assert.Equal(Table.GetValueOrDefault(name, "- - - - - - -"), string.Join(' ', decided));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(100)]
    public void Decide_MaximumRetryCount_IsTheNumberOfRetries(int maximum)
    {
        var failure = new TcbException(new UserText(nameof(Messages.ConnectionFailed), "x"), FailureCategory.Transient);

        Assert.Equal(maximum, Enumerable.Range(1, 200).Count(attempt => Policy(maximum, 0.5).Decide(failure, attempt) is not null));
    }

    [Fact]
    public void Decide_NoRetriesAtAll_NotEvenOnce()
    {
        Assert.Null(Policy(0, 0).Decide(new TcbException(new UserText(nameof(Messages.ConnectionFailed), "x"), FailureCategory.TransientOnce), 1));
        Assert.Null(Policy(0, 0).Decide(TcbException.FromCode(45011, "x"), 1));
    }

    [Fact]
    public void Decide_HundredRetries_NeverOverflowOrPassTheCeiling() => Gen.Select(
        Gen.Int[1, 100], Gen.Double[0, AlmostOne], Gen.OneOf(Enum.GetValues<FailureCategory>())).Sample(
        (attempt, dice, failure) =>
        {
            if (Policy(100, dice).Decide(new TcbException(new UserText(nameof(Messages.ConnectionFailed), "x"), failure), attempt) is { } wait) Assert.InRange(wait, TimeSpan.Zero, RetryPolicy.MaxDelay);
        },
        iter: 10_000);

    [Theory]
    [InlineData("ServerError", 7, "7-7")]
    [InlineData("Throttled", 7, "7-7")]
    [InlineData("Throttled", 0, "0.5-1")]
    [InlineData("ServerError", -5, "0-1")]
    [InlineData("ServerError", 3600, "3600-3600")]
    [InlineData("ServerError", 3601, "3600-3600")]
    [InlineData("Throttled", 864000, "3600-3600")]
    [InlineData("HttpRefused", 7, "-")]
    public void Decide_RetryAfter_IsObeyedUpToAnHour_AndNeverShortensTheWait(string name, int retryAfter, string expected)
    {
        var failure = new TcbException(new UserText(nameof(Messages.ConnectionFailed), "x"), Enum.Parse<FailureCategory>(name)) { RetryAfter = TimeSpan.FromSeconds(retryAfter) };

        Assert.Equal(expected, Decide(5, failure, 1));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void Decide_PerMinuteLimit_WaitsAMinuteAtEveryAttempt(int attempt)
    {
        TcbException failure = TcbException.FromCode(45011, "api minute-quota reach limit");

        Assert.Equal(TimeSpan.FromSeconds(60), Policy(5, 0).Decide(failure, attempt));
        Assert.Equal("61", Seconds(Policy(5, AlmostOne).Decide(failure, attempt)!.Value));
    }

    [Fact]
    public void Create_Dice_DifferAndStayInBounds()
    {
        RetryPolicy policy = RetryPolicy.Create(5);
        var failure = new TcbException(new UserText(nameof(Messages.ConnectionFailed), "x"), FailureCategory.Transient);

        TimeSpan[] waits = [.. Enumerable.Range(0, 100).Select(_ => policy.Delay(failure, 3))];

        Assert.All(waits, wait => Assert.InRange(wait, TimeSpan.Zero, TimeSpan.FromSeconds(4)));
        Assert.True(waits.Distinct().Count() > 90);
    }

    // The wait at the lowest and the highest dice.
    private static string Decide(int maximum, TcbException failure, int attempt) =>
        Policy(maximum, 0).Decide(failure, attempt) is { } low && Policy(maximum, AlmostOne).Decide(failure, attempt) is { } high
            ? $"{Seconds(low)}-{Seconds(high)}"
            : "-";

    private static RetryPolicy Policy(int maximum, double dice) => new(maximum, () => dice);

    private static string Seconds(TimeSpan wait) => Math.Round(wait.TotalSeconds, 3).ToString(CultureInfo.InvariantCulture);
}

file static class Decisions
{
    /// <summary>How long a call waits after so many attempts; null when its retries are used up.</summary>
    internal static TimeSpan? Decide(this RetryPolicy policy, TcbException failure, int attempt) =>
        attempt > policy.RetriesOf(failure) ? null : policy.Delay(failure, attempt);
}
