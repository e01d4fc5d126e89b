using TcbPowerShell.Client.Rate;
using Xunit;

namespace TcbPowerShell.Tests.Client.Rate;

/// <summary>Rule 7 (docs/design.md): single steps of the controller. How fast it is, the simulation says.</summary>
public sealed class SendingRateTests
{
    private readonly SendingRate _rate = new(5);

    [Fact]
    public void PerMinute_WaitsUntilAMinuteAfterTheFirstAcceptedRequest_AndNoLonger()
    {
        Accept(100, 100.5);
        Accept(110, 110.5);
        TurnAway(130, isPerMinute: true);
        TurnAway(131, isPerMinute: true);

        Assert.Equal(At(160.5), _rate.Next(At(131)));
        Assert.Equal(TimeSpan.FromSeconds(29.5), _rate.PauseAt(At(131)));
    }

    [Fact]
    public void PerMinute_NextMinute_TheSameNumberLeavesAtOnce_AndThenOneByOne()
    {
        Accept(100, 100.5);
        Accept(110, 110.5);
        TurnAway(130, isPerMinute: true);

        SentRequest first = Send(161);
        SentRequest second = Send(161);
        Assert.Null(_rate.Next(At(161)));
        _rate.Accepted(first, At(162));
        _rate.Accepted(second, At(162));
        Send(162);
        Assert.Null(_rate.Next(At(162)));
    }

    [Fact]
    public void PerMinute_NothingAccepted_WaitsForAMinute()
    {
        TurnAway(130, isPerMinute: true);

        Assert.Equal(At(190), _rate.Next(At(131)));
    }

    [Fact]
    public void RetryAfter_StopsEverybody_ExactlySoLong()
    {
        Accept(100, 100.5);
        TurnAway(110, TimeSpan.FromSeconds(7));

        Assert.Equal(At(117), _rate.Next(At(111)));
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
            Assert.True(_rate.Next(now) <= now);
            SentRequest probe = _rate.Sent(now);
            if (i > 1) Assert.Null(_rate.Next(now));
            _rate.TurnedAway(probe, now, null, isPerMinute: false);
            TimeSpan next = _rate.Next(now)!.Value;
            gaps.Add(Math.Round((next - now).TotalSeconds, 3));
            now = next > now ? next : now;
        }

        Assert.Equal(30, gaps[^1]);
        Assert.Equal(gaps[2..].Order(), gaps[2..]);
    }

    [Fact]
    public void Release_SaysNothingOfLimits()
    {
        for (int i = 0; i < 100; i++) _rate.Release(Send(100 + i));

        Assert.False(_rate.IsThrottled);
        Assert.Equal((0, TimeSpan.Zero), (_rate.InFlight, _rate.PauseAt(At(200))));
        for (int i = 0; i < 5; i++) Send(200);
        Assert.Null(_rate.Next(At(200)));
    }

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);

    private SentRequest Send(double now)
    {
        Assert.True(_rate.Next(At(now)) <= At(now), "it is not this request's turn");
        return _rate.Sent(At(now));
    }

    private void Accept(double sent, double accepted) => _rate.Accepted(Send(sent), At(accepted));

    private void TurnAway(double now, TimeSpan? retryAfter = null, bool isPerMinute = false) =>
        _rate.TurnedAway(_rate.Sent(At(now)), At(now), retryAfter, isPerMinute);
}
