using TcbPowerShell.Client.Rate;
using Xunit;

namespace TcbPowerShell.Tests.Client.Rate;

/// <summary>Rule 7 (docs/design.md): single steps of the controller. How fast it is, the simulation says.</summary>
[Trait("rule", "7")]
public sealed class SendingRateTests
{
    private readonly SendingRate _rate = new(5);

    [Fact]
    public void PerMinute_AsksAgainAfterTenSeconds_OneRequestAtATime_MoreAndMoreSeldom()
    {
        for (int i = 0; i < 30; i++) Accept(100 + i, 100.5 + i);
        TurnAway(130, isPerMinute: true);

        Assert.Equal(At(140), _rate.Next());
        Assert.Equal(TimeSpan.FromSeconds(9), _rate.PauseAt(At(131)));
        long probe = Send(140);
        Assert.Null(_rate.Next());
        _rate.TurnedAway(probe, At(140), null, isPerMinute: true);
        Assert.Equal(At(145), _rate.Next());
        TurnAway(145, isPerMinute: true);
        Assert.Equal(At(152.5), _rate.Next());
    }

    [Fact]
    public void TurnedAway_RetryAfter_PausesForExactlyThatTime()
    {
        Accept(100, 100.5);
        TurnAway(110, TimeSpan.FromSeconds(7));

        Assert.Equal(At(117), _rate.Next());
        Assert.Equal(TimeSpan.FromSeconds(6), _rate.PauseAt(At(111)));
    }

    [Fact]
    public void NothingAccepted_OneRequestAtATime_AtGrowingIntervals()
    {
        Accept(100, 100.1);
        TimeSpan now = At(101);
        List<double> gaps = [];
        for (int i = 0; i < 40; i++)
        {
            Assert.True(_rate.Next() <= now);
            long probe = _rate.Sent(now);
            if (i > 1) Assert.Null(_rate.Next());
            _rate.TurnedAway(probe, now, null, isPerMinute: false);
            TimeSpan next = _rate.Next()!.Value;
            gaps.Add(Math.Round((next - now).TotalSeconds, 3));
            now = next > now ? next : now;
        }

        Assert.Equal(30, gaps[^1]);
        Assert.Equal(gaps[2..].Order(), gaps[2..]);
    }

    [Fact]
    public void Release_FailedRequest_DoesNotChangeTheRate()
    {
        for (int i = 0; i < 100; i++) _rate.Release(Send(100 + i));

        Assert.False(_rate.IsThrottled);
        Assert.Equal((0, TimeSpan.Zero), (_rate.InFlight, _rate.PauseAt(At(200))));
        for (int i = 0; i < 5; i++) Send(200);
        Assert.Null(_rate.Next());
    }

    [Fact]
    public void Closed_ProbeFailsInAnotherWay_TheNextRequestAsks()
    {
        long hangs = Send(100);
        Accept(100, 100.1);
        TurnAway(101);
        TurnAway(102);
        long probe = Send(_rate.Next()!.Value.TotalSeconds);
        Assert.Null(_rate.Next());

        _rate.Release(probe);

        Assert.NotNull(_rate.Next());
        _rate.Release(hangs);
    }

    [Fact]
    public void RequestsPerSecond_ThrottledBeforeAnythingWasMeasured_IsUnknown()
    {
        Assert.Null(_rate.RequestsPerSecond);
        TurnAway(100.003);
        Assert.Null(_rate.RequestsPerSecond);
        Assert.True(_rate.IsThrottled);
    }

    [Fact]
    public void RequestsPerSecond_EnoughWereAccepted_IsTheMeasuredRate()
    {
        for (int i = 0; i < 100; i++) Accept(100 + i, 100.5 + i);

        TurnAway(200);

        Assert.InRange(_rate.RequestsPerSecond!.Value, 0.85, 1);
    }

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);

    private long Send(double now)
    {
        Assert.True(_rate.Next() <= At(now), "it is not this request's turn");
        return _rate.Sent(At(now));
    }

    private void Accept(double sent, double accepted) => _rate.Accepted(Send(sent), At(accepted));

    private void TurnAway(double now, TimeSpan? retryAfter = null, bool isPerMinute = false) =>
        _rate.TurnedAway(_rate.Sent(At(now)), At(now), retryAfter, isPerMinute);
}
