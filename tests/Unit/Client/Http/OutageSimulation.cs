using TcbPowerShell.Client.Http;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Tests.Client.Http;

/// <summary>
/// A run against a service that is away for a while, in virtual time: as many senders as the throttle limit allows, each with one batch after the
/// other, as <see cref="FailurePolicy"/> decides. Of the sending rate there is only the pause that a Retry-After asks for.
/// </summary>
internal sealed class OutageSimulation
{
    internal static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private const int RoundTrip = 100;

    private readonly int _throttleLimit;
    private readonly int _batches;
    private readonly Func<int, TimeSpan, Reply> _service;
    private readonly FailurePolicy _policy;
    private readonly PriorityQueue<Action, (TimeSpan On, int Order)> _events = new();
    private readonly List<Sender> _waiting = [];
    private TimeSpan _pausedUntil;
    private int _order;
    private int _begun;
    private int _next;

    /// <param name="throttleLimit">The most batches at once.</param>
    /// <param name="batches">How many batches there are.</param>
    /// <param name="retries">Retries of each batch.</param>
    /// <param name="random">The dice of the backoff.</param>
    /// <param name="service">The outcome of a request, by its batch and the time at which it is sent.</param>
    internal OutageSimulation(int throttleLimit, int batches, int retries, Random random, Func<int, TimeSpan, Reply> service)
    {
        (_throttleLimit, _batches, _service) = (throttleLimit, batches, service);
        _policy = new FailurePolicy(new RetryPolicy(retries, random.NextDouble), Timeout);
    }

    /// <summary>The time.</summary>
    internal TimeSpan Now { get; private set; }

    /// <summary>The batches that were given up.</summary>
    internal List<int> GivenUp { get; } = [];

    /// <summary>How many batches were done.</summary>
    internal int Done { get; private set; }

    /// <summary>When requests were sent.</summary>
    internal List<TimeSpan> Sent { get; } = [];

    /// <summary>Requests that were sent, less those that were answered.</summary>
    internal int InFlight { get; private set; }

    /// <summary>When the run ended early; null if it did not.</summary>
    internal TimeSpan? EndedOn { get; private set; }

    /// <summary>When so many requests were in flight for the first time after a moment.</summary>
    internal TimeSpan? FullSpeedAfter(TimeSpan moment, int inFlight) =>
        _inFlight.Where(change => change.On >= moment && change.InFlight >= inFlight).Select(change => (TimeSpan?)(change.On - moment)).FirstOrDefault();

    private readonly List<(TimeSpan On, int InFlight)> _inFlight = [];

    /// <summary>Runs until every batch is done or given up, or the run ends.</summary>
    /// <param name="until">When it has been seen enough of; null for never.</param>
    internal OutageSimulation Run(TimeSpan? until = null)
    {
        Begin();
        while (EndedOn is null && !(Now >= until) && _events.TryDequeue(out Action? work, out (TimeSpan On, int Order) at))
        {
            Now = at.On;
            work();
            Begin();
        }
        return this;
    }

    private void Begin()
    {
        while (_next < _batches && _begun < _policy.MayBegin(_throttleLimit))
        {
            _begun++;
            TakeTurn(new Sender(_next++));
        }
    }

    private void TakeTurn(Sender sender)
    {
        if (EndedOn is not null) return;
        int version = ++sender.Version;
        TimeSpan? turn = _policy.TakeTurn(sender.Call, Now, out TcbException? runEnds);
        if (runEnds is not null)
        {
            EndedOn = Now;
            return;
        }
        if (!_waiting.Contains(sender)) _waiting.Add(sender);
        if (turn is not { } on) return;
        // The pause that the gate would make.
        if (on <= Now) on = _pausedUntil;
        if (on > Now)
        {
            At(on, () =>
            {
                if (version == sender.Version && _waiting.Contains(sender)) (turn <= Now ? (Action<Sender>)Send : TakeTurn)(sender);
            });
            return;
        }
        Send(sender);
    }

    private void Send(Sender sender)
    {
        if (!_policy.TrySend(sender.Call, Now))
        {
            TakeTurn(sender);
            return;
        }
        _waiting.Remove(sender);
        sender.Version++;
        Sent.Add(Now);
        Count(+1);
        Reply reply = _service(sender.Batch, Now);
        At(Now + reply.After, () => Answer(sender, reply.Failure));
    }

    private void Answer(Sender sender, TcbException? failure)
    {
        Count(-1);
        bool wasSilent = _policy.IsInOutage();
        if (failure is null)
        {
            _policy.Accepted(sender.Call, Now);
            Done++;
            _begun--;
        }
        else
        {
            Decision decision = _policy.Failed(sender.Call, failure, Now);
            switch (decision.Step)
            {
                case NextStep.EndRun:
                    EndedOn = Now;
                    return;
                case NextStep.Throttled:
                    _pausedUntil = Now + (failure.RetryAfter ?? TimeSpan.FromSeconds(1));
                    break;
                case NextStep.GiveUp:
                    GivenUp.Add(sender.Batch);
                    _begun--;
                    break;
            }
            if (decision.Step is NextStep.SendAgain or NextStep.Throttled) TakeTurn(sender);
        }
        if (wasSilent || _policy.IsInOutage()) foreach (Sender other in _waiting.ToArray()) TakeTurn(other);
    }

    private void Count(int change) => _inFlight.Add((Now, InFlight += change));

    private void At(TimeSpan on, Action work) => _events.Enqueue(work, (on, _order++));

    /// <summary>An answer of the service.</summary>
    /// <param name="After">How long it takes.</param>
    /// <param name="Failure">Null if the request was accepted.</param>
    internal readonly record struct Reply(TimeSpan After, TcbException? Failure)
    {
        internal static readonly Reply Accepted = new(TimeSpan.FromMilliseconds(RoundTrip), null);

        /// <summary>An outage, by its kind.</summary>
        internal static Reply Of(string kind) => kind switch
        {
            "refused" => Failed(FailureCategory.ConnectionFailed, 1, wasSent: false),
            "no name" => Failed(FailureCategory.HostNotFound, 1, wasSent: false),
            "hangs" => Failed(FailureCategory.TimedOut, 30_000),
            "502" => Failed(FailureCategory.ServerError, RoundTrip),
            "503" => Failed(FailureCategory.Unavailable, RoundTrip),
            "503 at once" => Failed(FailureCategory.Unavailable, RoundTrip, retryAfter: 0),
            "429" => Failed(FailureCategory.Throttled, RoundTrip, retryAfter: 60),
            _ => throw new ArgumentException(kind),
        };

        private static Reply Failed(FailureCategory category, int milliseconds, bool wasSent = true, int? retryAfter = null) => new(
            TimeSpan.FromMilliseconds(milliseconds),
            new TcbException(new UserText(nameof(Messages.NoFileMentioned)), category)
            {
                WasSent = wasSent,
                RetryAfter = retryAfter is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            });
    }

    private sealed class Sender(int batch)
    {
        internal int Batch => batch;

        internal RepeatedCall Call { get; } = new();

        /// <summary>Tells a turn that was changed meanwhile from the one that a timer was set for.</summary>
        internal int Version { get; set; }
    }
}
