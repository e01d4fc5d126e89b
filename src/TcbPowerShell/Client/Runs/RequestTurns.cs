using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Rate;

namespace TcbPowerShell.Client.Runs;

/// <summary>Makes the requests of a run wait as <see cref="FailurePolicy"/> and <see cref="RequestGate"/> decide, and tells both how they end.</summary>
/// <param name="policy">Decides what follows from a failure.</param>
/// <param name="gate">Keeps the sending rate.</param>
/// <param name="clock">Time.</param>
/// <param name="run">The run.</param>
internal sealed class RequestTurns(FailurePolicy policy, RequestGate gate, Clock clock, RunContext run) : IDisposable
{
    // A timer can be a little early.
    private static readonly TimeSpan TimerError = TimeSpan.FromMilliseconds(50);

    private readonly object _lock = new();
    private TaskCompletionSource<bool> _turnsChanged = TaskWait.NewSignal();
    private CancellationTokenSource? _overdue;
    private TimeSpan _unprovenUntil;
    private bool _disposed;

    /// <summary>The rate and the pauses that the service imposes on the run.</summary>
    internal SendingStatus Sending => gate.Status;

    /// <inheritdoc cref="FailurePolicy.MayBegin"/>
    internal int MayBegin(int limit) => policy.MayBegin(limit);

    /// <inheritdoc cref="FailurePolicy.Refused"/>
    internal bool Refused() => policy.Refused();

    /// <summary>Waits until a request may be sent: for a delay of its own, its turn in an outage, and the sending rate.</summary>
    /// <exception cref="OperationCanceledException">The run ends; nothing is sent.</exception>
    internal async Task EnterAsync(RepeatedCall call)
    {
        while (true)
        {
            await WaitForTurnAsync(call).ConfigureAwait(false);
            call.Admission = await gate.EnterAsync(run.SendingCancelled).ConfigureAwait(false);
            if (policy.TrySend(call, clock.Elapsed)) return;
            // An outage has begun meanwhile.
            gate.Release(call.Admission);
        }
    }

    /// <summary>A request was accepted.</summary>
    internal void Accepted(RepeatedCall call) => Changed(policy.Accepted(call, clock.Elapsed));

    /// <summary>Bytes of a download came in, which is a reply, too.</summary>
    internal void Received() => Changed(policy.Received(clock.Elapsed));

    /// <summary>A request failed: what follows.</summary>
    internal Decision Failed(RepeatedCall call, TcbException failure, int files)
    {
        TimeSpan now = clock.Elapsed;
        Decision decision = policy.Failed(call, failure, now);
        if (decision.OutageBegan) run.Post(new RunEvent.OutageBegan(failure));
        if (decision.Step == NextStep.SendAgain) run.Post(new RunEvent.RetryWaits(files, decision.Wait, call.Failures, failure, decision.IsOutage));
        if (decision.EndsAs is null && decision.UnprovenUntil is { } end) EndUnproven(end, now);
        Changed(decision.OutageEnded);
        return decision;
    }

    /// <summary>A request ended in another way: it was cancelled, or failed inside the module.</summary>
    internal void Abandoned(RepeatedCall call)
    {
        policy.Abandoned(call);
        Changed(outageEnded: null);
    }

    /// <summary>Frees the place of a request, once its outcomes are recorded: the sending rate learns from it, and a decision to end the run is carried out.</summary>
    /// <param name="call">The call that it belongs to.</param>
    /// <param name="isAccepted">Whether the service accepted it.</param>
    /// <param name="failure">Why it leaves files open; null if it leaves none.</param>
    /// <param name="decision">The decision on the failure.</param>
    /// <param name="files">How many files it had.</param>
    internal void Leave(RepeatedCall call, bool isAccepted, TcbException? failure, in Decision decision, int files)
    {
        if (isAccepted) gate.Accepted(call.Admission);
        else if (decision.Step != NextStep.Throttled) gate.Release(call.Admission);
        else run.Post(new RunEvent.Throttled(files, gate.TurnedAway(call.Admission, failure!), failure!, decision.EndsAs is not null));
        if (decision.EndsAs is { } errorId) run.EndWith(failure!.EndingAs(errorId));
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _overdue?.Dispose();
        }
    }

    private async Task WaitForTurnAsync(RepeatedCall call)
    {
        while (true)
        {
            run.SendingCancelled.ThrowIfCancellationRequested();
            Task changed = Volatile.Read(ref _turnsChanged).Task;
            TimeSpan now = clock.Elapsed;
            TimeSpan? turn = policy.TakeTurn(call, now, out TcbException? runEnds);
            if (runEnds is not null) run.EndWith(runEnds);
            else if (turn <= now) return;
            else await clock.WaitAsync(changed, turn - now, run.SendingCancelled).ConfigureAwait(false);
        }
    }

    private void Changed(TimeSpan? outageEnded)
    {
        if (outageEnded is { } length) run.Post(new RunEvent.OutageEnded(length));
        if (outageEnded is not null || policy.IsInOutage()) Interlocked.Exchange(ref _turnsChanged, TaskWait.NewSignal()).TrySetResult(true);
    }

    // While nothing was accepted the endpoint may be wrong, and the user waits at the prompt.
    private void EndUnproven(TimeSpan end, TimeSpan now)
    {
        var timer = new CancellationTokenSource();
        timer.Token.Register(EndIfOverdue);
        lock (_lock)
        {
            if (_disposed || _unprovenUntil == end)
            {
                timer.Dispose();
                return;
            }
            _unprovenUntil = end;
            _overdue?.Dispose();
            _overdue = timer;
            clock.CancelAfter(timer, end - now + TimerError);
        }
    }

    // Waits for no request in flight.
    private void EndIfOverdue()
    {
        if (policy.Overdue(clock.Elapsed) is { } failure) run.EndAtOnceWith(failure);
    }
}
