using TcbPowerShell.Client.Batches;
using TcbPowerShell.Model;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;
using Xunit;

namespace TcbPowerShell.Tests.Client.Batches;

public sealed class RunHealthTests
{
    private static readonly TimeSpan Now = TimeSpan.FromHours(1);

    [Theory]
    [InlineData(3, 4, true)] // 12 attempts
    [InlineData(2, 20, false)] // two batches are too few
    [InlineData(9, 1, false)] // nine attempts are too few
    [InlineData(10, 1, true)]
    [InlineData(3, 3, false)]
    [InlineData(4, 3, true)]
    public void GaveUp_ThreeBatchesAndTenAttempts_AreDead(int batches, int attempts, bool dead)
    {
        var health = new RunHealth();
        ErrorId? last = null;
        for (int batch = 0; batch < batches; batch++)
        {
            Assert.Null(last);
            for (int i = 0; i < attempts; i++) health.Failed(Failure(FailureCategory.TimedOut), Now);
            last = health.GaveUp(Failure(FailureCategory.TimedOut));
        }
        Assert.Equal(dead ? ErrorId.ServiceUnreachable : null, last);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Answer_WhateverItSays_CountsFromTheStartAgain(bool accepted)
    {
        var health = new RunHealth();
        for (int i = 0; i < 20; i++) health.Failed(Failure(FailureCategory.TimedOut), Now);
        health.GaveUp(Failure(FailureCategory.TimedOut));
        health.GaveUp(Failure(FailureCategory.TimedOut));

        if (accepted) health.Accepted(Now);
        else health.Failed(Failure(FailureCategory.Transient), Now);

        for (int i = 0; i < 9; i++) health.Failed(Failure(FailureCategory.TimedOut), Now);
        for (int i = 0; i < 3; i++) Assert.Null(health.GaveUp(Failure(FailureCategory.TimedOut)));
        health.Failed(Failure(FailureCategory.TimedOut), Now);
        Assert.NotNull(health.GaveUp(Failure(FailureCategory.TimedOut)));
    }

    [Theory]
    [InlineData("CertificateNotTrusted", "CertificateNotTrusted")]
    [InlineData("ProxyRefused", "ProxyRefused")]
    [InlineData("HostNotFound", "ServiceUnreachable")]
    [InlineData("WebPage", "UnexpectedResponder")]
    public void Failed_WhatCannotPass_EndsAtOnce_UntilSomethingWasAccepted(string category, string errorId)
    {
        TcbException failure = Failure(Enum.Parse<FailureCategory>(category));
        var health = new RunHealth();

        Assert.Equal(errorId, health.Failed(failure, Now).EndsRunAs?.ToString());
        health.Accepted(Now);
        Assert.Null(health.Failed(failure, Now).EndsRunAs);

        for (int i = 0; i < 10; i++) health.Failed(failure, Now);
        health.GaveUp(failure);
        health.GaveUp(failure);
        Assert.Equal(errorId, health.GaveUp(failure)?.ToString());
    }

    [Fact]
    public void Failed_ProxyLogIn_EndsAlwaysAtOnce()
    {
        var health = new RunHealth();
        health.Accepted(Now);

        Assert.Equal(ErrorId.ProxyRefused, health.Failed(Failure(FailureCategory.ProxyLogInRefused), Now).EndsRunAs);
    }

    [Fact]
    public void Failed_ThrottledForFifteenMinutes_Ends()
    {
        var health = new RunHealth();

        Assert.Equal(new HealthVerdict(true, null), health.Failed(Failure(FailureCategory.Throttled), Now));
        Assert.Equal(new HealthVerdict(true, null), health.Failed(Failure(FailureCategory.Throttled), Now + TimeSpan.FromMinutes(14.9)));
        Assert.Equal(new HealthVerdict(true, ErrorId.ServiceThrottled), health.Failed(Failure(FailureCategory.Throttled), Now + TimeSpan.FromMinutes(15)));
    }

    [Fact]
    public void Failed_ThrottledWithRetryAfterBeyondTheLimit_EndsAtOnce()
    {
        var health = new RunHealth();
        health.Failed(Failure(FailureCategory.Throttled), Now);

        Assert.Null(health.Failed(Failure(FailureCategory.Throttled, retryAfter: 300), Now + TimeSpan.FromMinutes(9)).EndsRunAs);
        Assert.Equal(ErrorId.ServiceThrottled, health.Failed(Failure(FailureCategory.Throttled, retryAfter: 361), Now + TimeSpan.FromMinutes(9)).EndsRunAs);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData(899, null)]
    [InlineData(900, "ServiceThrottled")]
    public void Failed_TokenCall_EndsOnlyIfNothingCanBeAcceptedForTooLong(int? retryAfter, string? endsAs)
    {
        var health = new RunHealth();
        health.Accepted(Now);

        HealthVerdict verdict = health.Failed(Failure(FailureCategory.Throttled, retryAfter).ForToken(), Now);

        Assert.Equal((false, endsAs), (verdict.IsThrottling, verdict.EndsRunAs?.ToString()));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Failed_AnythingButThrottlingBetween_CountsTheMinutesAnew(bool accepted)
    {
        var health = new RunHealth();
        health.Failed(Failure(FailureCategory.Throttled), Now);

        if (accepted) health.Accepted(Now + TimeSpan.FromMinutes(10));
        else health.Failed(Failure(FailureCategory.Transient), Now + TimeSpan.FromMinutes(10));

        Assert.Null(health.Failed(Failure(FailureCategory.Throttled), Now + TimeSpan.FromMinutes(16)).EndsRunAs);
        Assert.Equal(ErrorId.ServiceThrottled, health.Failed(Failure(FailureCategory.Throttled), Now + TimeSpan.FromMinutes(31)).EndsRunAs);
    }

    [Theory]
    [InlineData(null, null, false)]
    [InlineData(null, 5, true)]
    [InlineData(60, null, true)]
    [InlineData(61, null, false)]
    [InlineData(61, 5, true)]
    public void Failed_503_IsThrottling_WhereTheServiceAsksToWait_OrServedAMinuteAgo(int? acceptedSecondsAgo, int? retryAfter, bool throttling)
    {
        var health = new RunHealth();
        if (acceptedSecondsAgo is { } seconds) health.Accepted(Now - TimeSpan.FromSeconds(seconds));

        Assert.Equal(throttling, health.Failed(Failure(FailureCategory.Unavailable, retryAfter), Now).IsThrottling);
    }

    private static TcbException Failure(FailureCategory category, int? retryAfter = null) =>
        new(new UserText(nameof(Messages.NoFileMentioned)), category) { RetryAfter = retryAfter is { } seconds ? TimeSpan.FromSeconds(seconds) : null };
}
