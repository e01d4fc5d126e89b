using TcbPowerShell.Model;
using TcbPowerShell.Protocol;

namespace TcbPowerShell.Client.Http;

/// <summary>
/// Decides what follows from a failed call: <see cref="FailureRule"/> says what a category of failures is, the policy what happens now. It knows the
/// calls of one run, or the one call of a connection, and neither waits nor sends. Any thread.
/// </summary>
/// <param name="retry">How often and how soon a call is repeated.</param>
/// <param name="timeout">How long one call may take; null if an outage is not waited out, and each failure costs a retry.</param>
internal sealed class FailurePolicy(RetryPolicy retry, TimeSpan? timeout)
{
    /// <summary>How many batches may be refused while nothing was accepted.</summary>
    internal const int MostRefused = 3;

    /// <summary>How many batches in a row may be given up because the replies mention none of their files.</summary>
    internal const int MostUnmentioned = 3;

    private readonly object _lock = new();
    private readonly Outage _outage = new(timeout ?? TimeSpan.Zero);
    private readonly ThrottledTime _throttled = new();
    private readonly List<RepeatedCall> _waiting = [];
    private RepeatedCall? _asking;
    private TcbException? _lastFailure;
    private TimeSpan? _lastAccepted;
    private long _sent;
    // The latest request that was answered, by its place among those that were sent.
    private long _lastAnswered;
    private int _refused;
    private int _unmentioned;

    /// <summary>The longest that a call for a token may ask to wait.</summary>
    internal TimeSpan LongestTokenWait { get; init; } = ThrottledTime.Longest;

    /// <summary>How many batches may have begun and not be finished. Those that have begun go on, however many they are.</summary>
    /// <param name="limit">The most at any time (ThrottleLimit).</param>
    internal int MayBegin(int limit)
    {
        lock (_lock) return Math.Min(_outage.MayBegin(limit), _lastAccepted is null ? MostRefused - _refused : int.MaxValue);
    }

    /// <summary>Whether there is an outage.</summary>
    internal bool IsInOutage()
    {
        lock (_lock) return _outage.IsOn;
    }

    /// <summary>Takes the turn of a call, if it has come. If an outage has lasted too long, the run ends instead.</summary>
    /// <returns>When it came or will come; null while it is another call's turn.</returns>
    internal TimeSpan? TakeTurn(RepeatedCall call, TimeSpan now, out TcbException? runEnds)
    {
        lock (_lock)
        {
            TimeSpan? end = _outage.EndsOn;
            runEnds = end <= now ? _lastFailure : null;
            if (runEnds is not null) return null;
            TimeSpan on = call.NotBefore;
            if (!_waiting.Contains(call)) _waiting.Add(call);
            if (_outage.IsOn)
            {
                // Calls take turns: the next is the one that was sent longest ago, or never.
                if (_asking is not null || _waiting.Exists(other => other.LastSent < call.LastSent)) return null;
                on = _outage.NextAsk;
                // Its own delay must not go on after the outage.
                call.NotBefore = now;
            }
            else if (call.LastSent == 0 && _outage.Failures >= Outage.Doubtful && _outage.Decidable > on) on = _outage.Decidable;
            if (on > now) return end < on ? end : on;
            _waiting.Remove(call);
            if (_outage.IsOn) _asking = call;
            return on;
        }
    }

    /// <summary>A call is sent, unless an outage has begun since its turn came.</summary>
    /// <returns>Whether it is sent.</returns>
    internal bool TrySend(RepeatedCall call, TimeSpan now)
    {
        lock (_lock)
        {
            if (_outage.IsOn && _asking != call) return false;
            if (call.LastSent == 0) call.FailedBefore = _sent + 1;
            call.LastSent = ++_sent;
            call.SentOn = now;
            _outage.Sent(now, asks: _asking == call);
            return true;
        }
    }

    /// <summary>The service accepted a call.</summary>
    /// <returns>How long the outage lasted that this ends; null if there was none.</returns>
    internal TimeSpan? Accepted(RepeatedCall call, TimeSpan now)
    {
        lock (_lock)
        {
            _lastAccepted = now;
            _throttled.Reset();
            _unmentioned = 0;
            return Reply(call, now);
        }
    }

    /// <summary>Bytes of a download came in: the storage is there. It may still finish what it has begun while it goes down, so no failing call is to blame.</summary>
    /// <inheritdoc cref="Accepted"/>
    internal TimeSpan? Received(TimeSpan now)
    {
        lock (_lock) return Reply(null, now);
    }

    /// <summary>A batch was split to its end, and no part of it was accepted.</summary>
    /// <returns>Whether that ends the run: everything is refused.</returns>
    internal bool Refused()
    {
        lock (_lock) return ++_refused >= MostRefused && _lastAccepted is null;
    }

    /// <summary>Whether an outage has lasted too long by now.</summary>
    /// <returns>The last failure; null if the run goes on.</returns>
    internal TcbException? Overdue(TimeSpan now)
    {
        lock (_lock) return _outage.EndsOn <= now ? _lastFailure : null;
    }

    /// <summary>A call that was sent is given up without a decision: it was cancelled, or failed inside the module.</summary>
    internal void Abandoned(RepeatedCall call)
    {
        lock (_lock) Release(call);
    }

    /// <summary>Decides on a failed call.</summary>
    internal Decision Failed(RepeatedCall call, TcbException failure, TimeSpan now)
    {
        lock (_lock)
        {
            bool asked = Release(call);
            if (failure.Category is null) return Decision.End(failure.ErrorId);
            if (ThrottledTime.Includes(failure, now - _lastAccepted))
            {
                _outage.Throttled(now);
                return new Decision(NextStep.Throttled) { EndsAs = _throttled.IsTooLong(failure, now) ? ErrorId.ServiceThrottled : null };
            }
            _throttled.Reset();
            // No request can be accepted before that.
            if (failure.IsTokenCall && failure.RetryAfter > LongestTokenWait) return Decision.End(ErrorId.ServiceThrottled);
            bool hadOutage = _outage.IsOn;
            TimeSpan? ended = IsReply(failure) ? Reply(call, now) : null;
            if (!failure.Rule.IsAnswer && timeout is not null)
            {
                _lastFailure = failure;
                _outage.Failed(call.SentOn, now, asked, failure.RetryAfter);
            }
            Decision decision = Decide(call, failure, now);
            return decision with { OutageEnded = ended, OutageBegan = _outage.IsOn && !hadOutage, UnprovenUntil = _outage.UnprovenUntil };
        }
    }

    private Decision Decide(RepeatedCall call, TcbException failure, TimeSpan now)
    {
        // If the reply also calls files done, they are in doubt, and the user must hear of it: sending them again could hide that.
        if (failure.Category is FailureCategory.TokenRefused or FailureCategory.LinkRefused && !call.HasNewToken && failure.FilesInDoubt.Count == 0)
        {
            call.HasNewToken = true;
            call.NotBefore = now;
            return new Decision(NextStep.OtherToken);
        }
        if (failure.Rule.Ends == Ending.AtOnce || (failure.Rule.Ends == Ending.WhileNothingIsAccepted && _lastAccepted is null)) return Decision.End(failure.ErrorId);
        if (_outage.EndsOn <= now) return Decision.End(failure.ErrorId);
        if (failure.Category == FailureCategory.RequestInvalid) return new Decision(NextStep.Split);
        // The service accepted the token, so the next refusal counts as the first.
        if (IsReply(failure)) call.HasNewToken = false;
        if (IsOneTooMany(call, failure))
        {
            return failure.Category == FailureCategory.NoAnswer && ++_unmentioned >= MostUnmentioned ? Decision.End(failure.ErrorId) : new Decision(NextStep.GiveUp);
        }
        call.Failures++;
        TimeSpan wait = retry.Delay(failure, call.Failures);
        // An answer to a call for a token says nothing about the outage. Its wait is that of any retry, at least.
        if (_outage.IsOn) wait = _outage.AskAgain(now, failure.Rule.IsAnswer ? wait : TimeSpan.Zero);
        call.NotBefore = now + wait;
        return new Decision(NextStep.SendAgain) { Wait = wait, IsOutage = _outage.IsOn };
    }

    // Counts the failure against the retries of the call.
    private bool IsOneTooMany(RepeatedCall call, TcbException failure)
    {
        // Only answers to later requests count: a service that goes down may still finish what it has begun.
        bool othersAnswered = _lastAnswered > call.FailedBefore;
        call.FailedBefore = call.LastSent;
        int retries = retry.RetriesOf(failure);
        if (timeout is null || IsReply(failure)) return ++call.Retries > retries;
        // Without retries nothing is sent again that may have been carried out.
        if (retry.MaximumRetryCount == 0 && failure.OutcomeUnknown) return true;
        if (_outage.IsOn) return false;
        if (failure.Rule.Retry == Retry.Never) return true;
        bool counts = othersAnswered || failure.Rule.IsAnswer;
        if (counts || failure.WasSent) call.Retries++;
        // If no other request is answered either, the next failures show whether the service or this call is to blame.
        return counts && call.Retries > retries;
    }

    // Only a reply about a request shows that the service is there; one to a call for a token does not.
    private static bool IsReply(TcbException failure) => failure.Rule.IsAnswer && !failure.IsTokenCall;

    private TimeSpan? Reply(RepeatedCall? call, TimeSpan now)
    {
        TimeSpan? length = _outage.IsOn ? _outage.LengthAt(now) : null;
        _lastAnswered = Math.Max(_lastAnswered, call?.LastSent ?? 0);
        _outage.Replied(now, _lastAccepted is not null);
        _asking = null;
        return length;
    }

    private bool Release(RepeatedCall call)
    {
        if (_asking != call) return false;
        _asking = null;
        return true;
    }
}
