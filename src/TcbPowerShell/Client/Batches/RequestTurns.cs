using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Rate;

namespace TcbPowerShell.Client.Batches;

/// <summary>Makes the requests of a run wait as <see cref="FailurePolicy"/> and <see cref="RequestGate"/> decide, and reports their ends to the policy.</summary>
/// <param name="run">The run.</param>
internal sealed class RequestTurns(BatchRun run) : IDisposable
{
    // A timer can be a little early.
    private static readonly TimeSpan TimerError = TimeSpan.FromMilliseconds(50);

    private readonly object _lock = new();
    private TaskCompletionSource<bool> _turnsChanged = TaskWait.NewSignal();
    private CancellationTokenSource? _overdue;
    private TimeSpan _unprovenUntil;
    private bool _disposed;

    /// <summary>Waits until a request may be sent: for a delay of its own, its turn in an outage, and the sending rate.</summary>
    /// <exception cref="OperationCanceledException">The run is over; nothing is sent.</exception>
    internal async Task<SentRequest> EnterAsync(RepeatedCall call)
    {
        while (true)
        {
            await WaitForTurnAsync(call).ConfigureAwait(false);
            SentRequest request = await run.Gate.EnterAsync(run.SendingCancelled).ConfigureAwait(false);
            if (run.Policy.TrySend(call, run.Environment.Clock.Elapsed)) return request;
            // An outage has begun meanwhile.
            run.Gate.Release(request);
        }
    }

    /// <summary>A request was accepted.</summary>
    internal void Accepted(RepeatedCall call) => Changed(run.Policy.Accepted(call, run.Environment.Clock.Elapsed));

    /// <summary>A request failed: what follows.</summary>
    internal Decision Failed(RepeatedCall call, TcbException failure, int files)
    {
        TimeSpan now = run.Environment.Clock.Elapsed;
        Decision decision = run.Policy.Failed(call, failure, now);
        if (decision.OutageBegan) run.Post(new BatchEvent.OutageBegan(failure));
        if (decision.Step == NextStep.SendAgain) run.Post(new BatchEvent.RetryWaits(files, decision.Wait, call.Failures, failure, decision.IsSilent));
        if (decision.EndsAs is null && decision.UnprovenUntil is { } end) EndUnproven(end, now);
        Changed(decision.OutageEnded);
        return decision;
    }

    /// <summary>A request ended in another way: it was cancelled, or failed inside the module.</summary>
    internal void Abandoned(RepeatedCall call)
    {
        run.Policy.Abandoned(call);
        Changed(outageEnded: null);
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
            TimeSpan now = run.Environment.Clock.Elapsed;
            Turn turn = run.Policy.TakeTurn(call, now);
            if (turn.RunEnds is { } failure) run.EndWith(failure.ErrorId, failure);
            else if (turn.On <= now) return;
            else await run.Environment.Clock.WaitAsync(changed, turn.On - now, run.SendingCancelled).ConfigureAwait(false);
        }
    }

    private void Changed(TimeSpan? outageEnded)
    {
        if (outageEnded is { } length) run.Post(new BatchEvent.OutageEnded(length));
        if (outageEnded is not null || run.Policy.IsInOutage()) Interlocked.Exchange(ref _turnsChanged, TaskWait.NewSignal()).TrySetResult(true);
    }

    // While nothing was accepted the endpoint may be wrong, and the user waits at the prompt.
    private void EndUnproven(TimeSpan end, TimeSpan now)
    {
        var timer = new CancellationTokenSource();
        timer.Token.Register(run.EndIfOverdue);
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
            run.Environment.Clock.CancelAfter(timer, end - now + TimerError);
        }
    }
}
