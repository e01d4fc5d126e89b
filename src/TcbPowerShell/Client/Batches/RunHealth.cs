
namespace TcbPowerShell.Client.Batches;

/// <summary>
/// Notices that nothing more of a run can succeed though no answer says so: a service that no longer answers, or one that finds fault with
/// everything from the start.
/// </summary>
internal sealed class RunHealth
{
    /// <summary>Batches that got no answer, one after the other, until the service counts as dead.</summary>
    internal const int DeadBatches = 3;

    /// <summary>Tries that failed, one after the other, until the service counts as dead: three batches without retries are too few.</summary>
    internal const int DeadTries = 10;

    /// <summary>Batches refused as a whole, with none accepted before, until the run counts as wrong.</summary>
    internal const int RefusedBatches = 3;

    private readonly object _lock = new();
    private int _failedTries;
    private int _failedBatches;
    private int _refusedBatches;
    private bool _accepted;

    /// <summary>The service answered: whatever it said, it lives.</summary>
    /// <param name="accepted">Whether it took the request as such.</param>
    internal void Answered(bool accepted)
    {
        lock (_lock)
        {
            _failedTries = 0;
            _failedBatches = 0;
            _accepted |= accepted;
        }
    }

    /// <summary>A try got no answer.</summary>
    internal void TryFailed()
    {
        lock (_lock) _failedTries++;
    }

    /// <summary>A batch got no answer and is given up.</summary>
    /// <returns>Whether the service counts as dead.</returns>
    internal bool BatchFailed()
    {
        lock (_lock) return ++_failedBatches >= DeadBatches && _failedTries >= DeadTries;
    }

    /// <summary>A whole batch was called wrong.</summary>
    /// <returns>Whether the run as such counts as wrong.</returns>
    internal bool BatchRefused()
    {
        lock (_lock) return ++_refusedBatches >= RefusedBatches && !_accepted;
    }
}
