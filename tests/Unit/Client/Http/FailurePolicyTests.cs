using CsCheck;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Model;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;
using Xunit;
using static TcbPowerShell.Protocol.FailureCategory;

namespace TcbPowerShell.Tests.Client.Http;

/// <summary>Rules 7, 9 and 10 (docs/design.md): what follows from a failure, decided by itself, in a time that the test sets.</summary>
[Trait("rule", "7")]
[Trait("rule", "9")]
[Trait("rule", "10")]
public sealed class FailurePolicyTests
{
    private static readonly TimeSpan Timeout = Seconds(30);

    private readonly RepeatedCall _call = new();
    private readonly RepeatedCall _other = new();
    private FailurePolicy _policy = Create();
    private TimeSpan _now = TimeSpan.FromHours(1);

    [Theory]
    [InlineData(nameof(Transient))]
    [InlineData(nameof(Incomplete))]
    [InlineData(nameof(TransientOnce))]
    public void Failed_ReplyOfTheService_UsesUpARetryEachTime(string category)
    {
        _policy = Create(retries: 3);
        int retries = 0;
        while (Fail(_call, category).Step == NextStep.SendAgain) retries++;

        Assert.Equal(category == nameof(TransientOnce) ? 1 : 3, retries);
    }

    [Theory]
    [InlineData(nameof(ConnectionFailed), true)]
    [InlineData(nameof(ServerError), true)]
    [InlineData(nameof(TimedOut), true)]
    [InlineData(nameof(ConnectionFailed), false)]
    public void Failed_OthersAreAnswered_IsGivenUpAfterItsRetries(string category, bool wasSent)
    {
        _policy = Create(retries: 3);
        int retries = 0;
        Accept(_other);
        Send(_call);
        do Accept(_other);
        while (Fail(_call, category, wasSent).Step == NextStep.SendAgain && ++retries < 10);

        Assert.Equal(3, retries);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Failed_NoRequestAnswered_IsNotGivenUp(bool wasSent)
    {
        _policy = Create(retries: 1);
        Accept(_other);

        for (int i = 0; i < 10; i++) Assert.Equal(NextStep.SendAgain, Fail(_call, nameof(ServerError), wasSent).Step);
    }

    [Trait("status", "503")]
    [Theory]
    [InlineData(nameof(ServerError), true, NextStep.GiveUp)]
    [InlineData(nameof(TimedOut), true, NextStep.GiveUp)]
    [InlineData(nameof(ConnectionFailed), false, NextStep.SendAgain)]
    [InlineData(nameof(Unavailable), true, NextStep.SendAgain)] // nothing was done
    internal void Failed_NoRetriesWanted_OnlyIfItMayHaveBeenCarriedOut(string category, bool wasSent, NextStep expected)
    {
        _policy = Create(retries: 0);
        Accept(_other);
        _now += Seconds(120);

        Assert.Equal(expected, Fail(_call, category, wasSent).Step);
        _now += Seconds(1);
        for (int i = 0; i < 5; i++) Fail(_other, nameof(ConnectionFailed), wasSent: false);
        Assert.True(_policy.IsInOutage());
        Assert.Equal(expected, Fail(_call, category, wasSent).Step);
    }

    [Theory]
    [InlineData(2, 60, false)]
    [InlineData(3, 1.9, false)]
    [InlineData(3, 2, true)]
    [InlineData(50, 1.9, false)]
    public void Failed_ThreeInARowAndTwoSeconds_IsAnOutage(int failures, double seconds, bool expected)
    {
        Accept(_other);
        for (int i = 1; i < failures; i++) Fail(_call, nameof(ServerError));
        Send(_call);
        _now += Seconds(seconds);

        Assert.Equal(expected, Fail(_call, nameof(ServerError)).OutageBegan);
        Assert.Equal(expected, _policy.IsInOutage());
    }

    [Fact]
    public void Failed_AReplyBetween_CountsFromTheStartAgain()
    {
        Accept(_other);
        Fail(_call, nameof(ServerError), times: 2);
        _now += Seconds(5);

        Fail(_call, nameof(Transient));

        Fail(_call, nameof(ServerError), times: 2);
        Assert.False(_policy.IsInOutage());
        Accept(_other);
        Assert.Equal(5, _policy.MayBegin(5));
    }

    [Fact]
    public void MayBegin_SecondFailureInARow_NothingNewUntilAReply()
    {
        Accept(_other);
        Fail(_call, nameof(ServerError));
        Assert.Equal(64, _policy.MayBegin(64));

        Fail(_call, nameof(ServerError));

        Assert.Equal(1, _policy.MayBegin(64));
        Accept(_other);
        Assert.Equal(64, _policy.MayBegin(64));
    }

    [Fact]
    public void MayBegin_Outage_TwoTakeTurns_HoweverFewAreAllowed()
    {
        BeginOutage();

        Assert.Equal((2, 2), (_policy.MayBegin(1), _policy.MayBegin(64)));
    }

    [Fact]
    public void MayBegin_NothingAccepted_ThreeLessThoseThatWereRefused()
    {
        Assert.Equal((1, 3, 3), (_policy.MayBegin(1), _policy.MayBegin(5), _policy.MayBegin(64)));
        Assert.False(_policy.Refused());
        Assert.Equal((1, 2), (_policy.MayBegin(1), _policy.MayBegin(64)));
        Assert.False(_policy.Refused());
        Assert.Equal(1, _policy.MayBegin(64));

        Assert.True(_policy.Refused());
    }

    [Fact]
    public void Refused_SomethingWasAccepted_NeverEndsTheRun()
    {
        _policy.Refused();
        _policy.Refused();
        Accept(_other);

        for (int i = 0; i < 10; i++) Assert.False(_policy.Refused());
        Assert.Equal(64, _policy.MayBegin(64));
    }

    [Fact]
    public void Refused_AnySchedule_EveryBatchBegins_AndTheRunEndsWithTheThirdRefusedIfNothingWasAccepted() =>
        Gen.Select(Gen.Bool.Array[0, 12], Gen.Int[1, 8], Gen.Int[0, int.MaxValue]).Sample(
            (accepted, throttleLimit, seed) =>
            {
                FailurePolicy policy = Create();
                var random = new Random(seed);
                var begun = new List<bool>();
                (int next, int refused, bool anyAccepted, bool ended) = (0, 0, false, false);
                while (!ended && (next < accepted.Length || begun.Count > 0))
                {
                    bool mayBegin = next < accepted.Length && begun.Count < policy.MayBegin(throttleLimit);
                    Assert.InRange(begun.Count, mayBegin ? 0 : 1, anyAccepted ? throttleLimit : Math.Min(throttleLimit, 3 - refused));
                    int chosen = random.Next(begun.Count + (mayBegin ? 1 : 0));
                    if (chosen == begun.Count)
                    {
                        begun.Add(accepted[next++]);
                        continue;
                    }
                    if (begun[chosen])
                    {
                        anyAccepted = true;
                        policy.Accepted(new RepeatedCall(), _now);
                    }
                    else
                    {
                        ended = policy.Refused();
                        refused++;
                        Assert.Equal(refused == 3 && !anyAccepted, ended && !anyAccepted);
                        Assert.False(ended && anyAccepted);
                    }
                    begun.RemoveAt(chosen);
                }
                Assert.Equal(refused >= 3 && !anyAccepted, ended);
                if (!ended) Assert.Equal(accepted.Length, next);
            },
            iter: 3_000, threads: 1);

    [Fact]
    public void TurnOf_Outage_OneAsks_AfterOneSecondDoublingToThirty()
    {
        BeginOutage();
        var gaps = new List<double>();
        for (TimeSpan last = _now; gaps.Count < 8; last = _now)
        {
            _now = _policy.TakeTurn(_call, _now, out _)!.Value;
            Assert.Equal(_now, _policy.TakeTurn(_call, _now, out _));
            Assert.True(_policy.TrySend(_call, _now));
            gaps.Add((_now - last).TotalSeconds);
            Fail(_call, nameof(ServerError));
        }

        Assert.Equal([1, 2, 4, 8, 16, 30, 30, 30], gaps);
    }

    [Fact]
    public void TurnOf_Outage_AnAskThatHangs_IsFollowedByTheNextASecondLater()
    {
        BeginOutage();
        for (int i = 0; i < 3; i++)
        {
            _now = _policy.TakeTurn(_call, _now, out _)!.Value;
            _policy.TakeTurn(_call, _now, out _);
            Send(_call);
            _now += Timeout;
            Fail(_call, nameof(TimedOut));

            Assert.Equal(Seconds(1), _policy.TakeTurn(_call, _now, out _) - _now);
        }
    }

    [Fact]
    public void TurnOf_Outage_WaitingCallsTakeTurns()
    {
        BeginOutage();
        RepeatedCall[] calls = [_call, new(), new()];
        var turns = new List<int>();
        while (turns.Count < 9)
        {
            foreach (RepeatedCall call in calls) _policy.TakeTurn(call, _now, out _);
            int next = Array.FindIndex(calls, call => _policy.TakeTurn(call, _now, out _) is not null);
            _now = _policy.TakeTurn(calls[next], _now, out _)!.Value;
            Assert.Equal(_now, _policy.TakeTurn(calls[next], _now, out _));
            Assert.All(calls.Where((_, i) => i != next), call => Assert.Null(_policy.TakeTurn(call, _now, out _)));
            Send(calls[next]);
            turns.Add(next);
            Assert.False(_policy.TrySend(calls[(next + 1) % 3], _now));
            Fail(calls[next], nameof(ServerError));
        }

        Assert.Equal([1, 2, 0, 1, 2, 0, 1, 2, 0], turns);
    }

    [Fact]
    public void Failed_AnOldRequestDuringAnOutage_DoesNotPutTheNextAskOff()
    {
        Send(_other);
        BeginOutage();
        TimeSpan next = _policy.TakeTurn(_call, _now, out _)!.Value;
        _now += Seconds(0.5);

        Fail(_other, nameof(TimedOut));

        Assert.Equal(next, _policy.TakeTurn(_call, _now, out _));
    }

    [Fact]
    public void Left_TheOneThatAsks_TheTurnPasses()
    {
        BeginOutage();
        _now = _policy.TakeTurn(_call, _now, out _)!.Value;
        _policy.TakeTurn(_call, _now, out _);
        Send(_call);
        Assert.Null(_policy.TakeTurn(_other, _now, out _));

        _policy.Abandoned(_call);

        Assert.NotNull(_policy.TakeTurn(_other, _now, out _));
    }

    [Theory]
    [InlineData(nameof(Transient), true)]
    [InlineData(nameof(TokenRefused), true)]
    [InlineData(nameof(RequestInvalid), true)]
    [InlineData(nameof(Unlisted), true)]
    [InlineData(nameof(Throttled), false)]
    [InlineData(nameof(ServerError), false)]
    [InlineData(nameof(HttpRefused), false)]
    public void Failed_DuringAnOutage_OnlyAReplyAboutTheRequestEndsIt(string category, bool ends)
    {
        BeginOutage();

        Decision decision = Fail(_other, category);

        Assert.Equal((ends, !ends), (decision.OutageEnded is not null, _policy.IsInOutage()));
    }

    [Fact]
    public void Failed_TokenCallAnsweredDuringAnOutage_DoesNotEndIt()
    {
        BeginOutage();

        Decision decision = _policy.Failed(_call, Failure(nameof(Transient)).ForToken(), _now);

        Assert.Equal((NextStep.SendAgain, true), (decision.Step, _policy.IsInOutage()));
    }

    [Fact]
    public void Accepted_DuringOutage_EndsItAndGivesItsLength()
    {
        Accept(_other);
        _now += Seconds(10);
        Fail(_call, nameof(ServerError), times: 3);
        _now += Seconds(90);

        Assert.Equal(Seconds(90), Accept(_other));
        Assert.InRange(_policy.TakeTurn(new RepeatedCall(), _now, out _)!.Value, TimeSpan.Zero, _now);
        Assert.Equal(5, _policy.MayBegin(5));
    }

    [Fact]
    public void Failed_FiveMinutesOfOutage_EndsTheRun()
    {
        BeginOutage();
        TimeSpan end = _now + TimeSpan.FromMinutes(5);
        Assert.Equal(NextStep.SendAgain, Fail(_call, nameof(ServerError)).Step);
        _now = end - Seconds(1);
        Assert.Null(RunEnds(_call));
        Assert.Equal(NextStep.SendAgain, Fail(_call, nameof(ServerError)).Step);

        // The next request would go after that: the end does not wait for it.
        Assert.Equal(end, _policy.TakeTurn(_call, _now, out _));
        _now = end;

        Assert.Equal(ServerError, RunEnds(_call)?.Category);
        Assert.Equal(ErrorId.ServiceUnreachable, Fail(_other, nameof(ServerError)).EndsAs);
    }

    [Theory]
    [InlineData(3, 29.9, false)]
    [InlineData(3, 30, true)]
    [InlineData(2, 30, false)]
    [InlineData(2, 59.9, false)]
    [InlineData(2, 60, true)]
    [InlineData(1, 60, true)]
    public void TurnOf_NothingAccepted_EndsAfterThreeAttemptsAndHalfAMinute_OrWithOneMoreTimeout(int attempts, double seconds, bool ends)
    {
        Fail(_call, nameof(ServerError), times: attempts);

        _now += Seconds(seconds);

        Assert.Equal(ends, RunEnds(_call) is not null);
        Assert.Equal(ends, _policy.Overdue(_now) is not null);
    }

    [Fact]
    public void Failed_NothingAccepted_TheFirstRequestHung_EndsOneMinuteAfterItLeft()
    {
        TimeSpan start = _now;
        Send(_call);
        _now += Timeout;

        Decision decision = Fail(_call, nameof(TimedOut));

        Assert.Equal((NextStep.SendAgain, start + Seconds(60)), (decision.Step, decision.UnprovenUntil));
    }

    [Fact]
    public void Failed_ThrottledDuringAnOutage_StopsItsClock()
    {
        BeginOutage();
        _now += Seconds(200);
        Assert.Equal(NextStep.Throttled, Fail(_call, nameof(Throttled), retryAfter: 250).Step);
        Assert.Equal(_now, _policy.TakeTurn(_other, _now, out _));
        _now += Seconds(250);
        Assert.Null(RunEnds(_other));

        Fail(_other, nameof(ServerError));

        Assert.True(_policy.IsInOutage());
        _now += Seconds(99);
        Assert.Null(RunEnds(_other));
        _now += Seconds(1);
        Assert.NotNull(RunEnds(_other));
    }

    [Theory]
    [InlineData("CertificateNotTrusted", "CertificateNotTrusted")]
    [InlineData("ProxyRefused", "ProxyRefused")]
    [InlineData("HostNotFound", "ServiceUnreachable")]
    [InlineData("WebPage", "UnexpectedResponder")]
    public void Failed_CannotPass_EndsAtOnceWhileNothingIsAccepted(string category, string errorId)
    {
        Assert.Equal(errorId, Fail(_call, category).EndsAs?.ToString());
        Accept(_other);
        Assert.Null(Fail(_call, category).EndsAs);
        _now += Seconds(2);
        Fail(_call, category, times: 2);
        _now += TimeSpan.FromMinutes(5);

        Assert.Equal(errorId, Fail(_call, category).EndsAs?.ToString());
    }

    [Fact]
    public void Failed_ProxyLogIn_EndsAlwaysAtOnce()
    {
        Accept(_other);

        Assert.Equal(ErrorId.ProxyRefused, Fail(_call, nameof(ProxyLogInRefused)).EndsAs);
    }

    [Fact]
    public void Failed_TokenRefused_AnotherTokenOnce_ThenTheEnd()
    {
        Assert.Equal(NextStep.OtherToken, Fail(_call, nameof(TokenRefused)).Step);
        Assert.Equal(_now, _policy.TakeTurn(_call, _now, out _));
        Assert.Equal((NextStep.EndRun, ErrorId.TokenRejected), (Fail(_call, nameof(TokenRefused)).Step, ErrorId.TokenRejected));
    }

    [Fact]
    public void Failed_TokenRefused_AfterTheOtherTokenWasTaken_IsTheFirstAgain()
    {
        Fail(_call, nameof(TokenRefused));
        Fail(_call, nameof(ServerError));
        Assert.True(_call.HasNewToken);
        Fail(_call, nameof(Transient));

        Assert.Equal(NextStep.OtherToken, Fail(_call, nameof(TokenRefused)).Step);
    }

    [Fact]
    public void Failed_RequestInvalid_IsSplit() => Assert.Equal(NextStep.Split, Fail(_call, nameof(RequestInvalid)).Step);

    [Fact]
    public void Failed_ThrottledForFifteenMinutes_Ends()
    {
        Assert.Equal(new Decision(NextStep.Throttled), Fail(_call, nameof(Throttled)));
        _now += TimeSpan.FromMinutes(14.9);
        Assert.Equal(new Decision(NextStep.Throttled), Fail(_call, nameof(Throttled)));
        _now += TimeSpan.FromMinutes(0.1);
        Assert.Equal(new Decision(NextStep.Throttled) { EndsAs = ErrorId.ServiceThrottled }, Fail(_call, nameof(Throttled)));
    }

    [Fact]
    public void Failed_ThrottledWithRetryAfterBeyondTheLimit_EndsAtOnce()
    {
        Fail(_call, nameof(Throttled));
        _now += TimeSpan.FromMinutes(9);

        Assert.Null(Fail(_call, nameof(Throttled), retryAfter: 300).EndsAs);
        Assert.Equal(ErrorId.ServiceThrottled, Fail(_call, nameof(Throttled), retryAfter: 361).EndsAs);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData(900, null)]
    [InlineData(901, "ServiceThrottled")]
    public void Failed_TokenCallThrottled_UsesUpRetries_AndEndsOnlyIfNothingCanBeAcceptedForTooLong(int? retryAfter, string? endsAs)
    {
        Accept(_other);

        Decision decision = _policy.Failed(_call, Failure(nameof(Throttled), retryAfter: retryAfter).ForToken(), _now);

        Assert.Equal((endsAs is null ? NextStep.SendAgain : NextStep.EndRun, endsAs), (decision.Step, decision.EndsAs?.ToString()));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Failed_AnythingButThrottlingBetween_CountsTheMinutesAnew(bool accepted)
    {
        Fail(_call, nameof(Throttled));
        _now += TimeSpan.FromMinutes(10);

        if (accepted) Accept(_other);
        else Fail(_call, nameof(Transient));

        _now += TimeSpan.FromMinutes(6);
        Assert.Null(Fail(_call, nameof(Throttled)).EndsAs);
        _now += TimeSpan.FromMinutes(15);
        Assert.Equal(ErrorId.ServiceThrottled, Fail(_call, nameof(Throttled)).EndsAs);
    }

    [Trait("status", "503")]
    [Theory]
    [InlineData(null, null, false)]
    [InlineData(null, 5, true)]
    [InlineData(null, 0, false)]
    [InlineData(60, null, true)]
    [InlineData(60, 0, true)]
    [InlineData(61, null, false)]
    [InlineData(61, 0, false)]
    [InlineData(61, 5, true)]
    public void Failed_503_IsThrottling_IfTheServiceAsksToWait_OrServedAMinuteAgo(int? acceptedSecondsAgo, int? retryAfter, bool throttling)
    {
        if (acceptedSecondsAgo is { } seconds)
        {
            Accept(_other);
            _now += Seconds(seconds);
        }

        Assert.Equal(throttling, Fail(_call, nameof(Unavailable), retryAfter: retryAfter).Step == NextStep.Throttled);
    }

    [Fact]
    public void Failed_JournalCannotBeWritten_Ends() => Assert.Equal(
        ErrorId.JournalUnavailable,
        _policy.Failed(_call, new TcbException(new UserText(nameof(Messages.NoFileMentioned))) { ErrorId = ErrorId.JournalUnavailable }, _now).EndsAs);

    [Fact]
    public void Failed_OutagesAreNotWaitedOut_EachFailureCostsARetry()
    {
        _policy = new FailurePolicy(new RetryPolicy(3, () => 0.5), timeout: null);

        Decision[] decisions = [.. Enumerable.Range(0, 4).Select(_ => _policy.Failed(_call, Failure(nameof(ConnectionFailed), wasSent: false), _now += Seconds(60)))];

        Assert.Equal([NextStep.SendAgain, NextStep.SendAgain, NextStep.SendAgain, NextStep.GiveUp], decisions.Select(decision => decision.Step));
        Assert.Equal([0.5, 1, 2], decisions.Take(3).Select(decision => decision.Wait.TotalSeconds));
    }

    private static FailurePolicy Create(int retries = 5) => new(new RetryPolicy(retries, () => 0.5), Timeout);

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    private static TcbException Failure(string category, bool wasSent = true, int? retryAfter = null) =>
        new(new UserText(nameof(Messages.NoFileMentioned)), Enum.Parse<FailureCategory>(category))
        {
            WasSent = wasSent,
            RetryAfter = retryAfter is { } seconds ? Seconds(seconds) : null,
        };

    private void BeginOutage()
    {
        Accept(_other);
        _now += Seconds(2);
        Fail(_call, nameof(ServerError), times: 3);
        Assert.True(_policy.IsInOutage());
    }

    private TcbException? RunEnds(RepeatedCall call)
    {
        _policy.TakeTurn(call, _now, out TcbException? reason);
        return reason;
    }

    private void Send(RepeatedCall call) => _policy.TrySend(call, _now);

    private TimeSpan? Accept(RepeatedCall call)
    {
        Send(call);
        return _policy.Accepted(call, _now);
    }

    // The time of the failure is the test's: a call that was sent before keeps the time at which it was sent.
    private Decision Fail(RepeatedCall call, string category, bool wasSent = true, int times = 1, int? retryAfter = null)
    {
        Decision last = default;
        for (int i = 0; i < times; i++)
        {
            if (call.LastSent == 0) Send(call);
            last = _policy.Failed(call, Failure(category, wasSent, retryAfter), _now);
        }
        return last;
    }
}
