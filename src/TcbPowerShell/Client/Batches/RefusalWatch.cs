using TcbPowerShell.Client.Http;

namespace TcbPowerShell.Client.Batches;

/// <summary>
/// Tells a few bad IDs from a run in which every request is refused. Until some part of a batch has been accepted, at most three batches are
/// split or given up, and other refused batches wait. When those three are through, nothing else is in flight, and nothing was accepted, the run ends.
/// So a few bad IDs, wherever they are, cost only themselves.
/// </summary>
internal sealed class RefusalWatch
{
    /// <summary>How many refused batches are worked on while nothing has been accepted.</summary>
    internal const int MostUnproven = 3;

    private readonly object _lock = new();
    private readonly TaskCompletionSource<bool> _accepted = NewSignal();
    private TaskCompletionSource<bool> _settled = NewSignal();
    private TcbException? _reason;
    private int _undecided;
    private int _refused;
    private int _working;

    /// <summary>A batch starts.</summary>
    internal void Started()
    {
        lock (_lock) _undecided++;
    }

    /// <summary>The service accepted a request, whatever it said of the files.</summary>
    internal void Accepted() => _accepted.TrySetResult(true);

    /// <summary>A whole batch was refused. Waits until it may be split or given up.</summary>
    /// <param name="reason">What the service said.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Why the run ends; null where it goes on.</returns>
    internal async Task<TcbException?> RefusedAsync(TcbException reason, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _undecided--;
            _reason = reason;
            if (_accepted.Task.IsCompleted) return null;
            if (_refused < MostUnproven)
            {
                _refused++;
                _working++;
                return null;
            }
            if (IsSettled) return _reason;
        }
        await _accepted.Task.OrCancelledAsync(cancellationToken).ConfigureAwait(false);
        return null;
    }

    /// <summary>
    /// A batch is through. One that was refused waits for the verdict, so that no further batch is sent in its place while nobody knows
    /// whether anything is accepted.
    /// </summary>
    /// <param name="wasRefused">Whether <see cref="RefusedAsync"/> let it go on.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Why the run ends; null where it goes on.</returns>
    internal async Task<TcbException?> LeftAsync(bool wasRefused, CancellationToken cancellationToken)
    {
        Task<bool> settled;
        lock (_lock)
        {
            if (wasRefused) _working--;
            else _undecided--;
            if (_accepted.Task.IsCompleted) return null;
            if (IsSettled)
            {
                if (_refused >= MostUnproven) return _reason;
                _settled.SetResult(true);
                _settled = NewSignal();
                return null;
            }
            if (!wasRefused) return null;
            settled = _settled.Task;
        }
        await Task.WhenAny(_accepted.Task, settled).OrCancelledAsync(cancellationToken).ConfigureAwait(false);
        return null;
    }

    private bool IsSettled => _undecided == 0 && _working == 0;

    private static TaskCompletionSource<bool> NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
