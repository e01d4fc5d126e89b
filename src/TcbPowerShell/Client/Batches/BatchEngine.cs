using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Journal;
using TcbPowerShell.Client.Rate;
using TcbPowerShell.Model;
using TcbPowerShell.Protocol;

namespace TcbPowerShell.Client.Batches;

/// <summary>
/// The engine: file IDs in, events out, both on the pipeline thread; requests in flight on workers. One batch fills while at most ThrottleLimit are
/// in flight, so memory does not grow with the input (rule 3). Not thread-safe but for <see cref="Stop"/>.
/// </summary>
internal sealed class BatchEngine : IDisposable
{
    private readonly BatchRun _run;
    private readonly List<Task> _workers = [];
    private readonly List<PendingFile> _filling;
    private bool _complete;
    private bool _journalEnds;
    private bool _endingJournal;
    private bool _ended;

    internal BatchEngine(TcbEnvironment environment, IOperation operation, BatchOptions options)
    {
        _run = new BatchRun(environment, operation, options);
        _filling = new List<PendingFile>(options.BatchSize);
    }

    /// <summary>How many batches are in flight.</summary>
    internal int InFlight { get; private set; }

    /// <summary>The rate and the pauses that the service imposes on the run.</summary>
    internal SendingStatus Sending => _run.Gate.Status;

    /// <summary>How many requests for files were sent.</summary>
    internal int Requests => _run.Requests;

    /// <summary>Whether nothing more is sent, because nothing more can succeed. Requests in flight are still awaited.</summary>
    internal bool EndsEarly => _run.End is not null;

    // Sending is over, or the full batch has no room: only a worker can change that.
    private bool MustWait =>
        _endingJournal || (InFlight > 0 && (_complete || EndsEarly || IsFull || InFlight > _run.Options.ThrottleLimit));

    private bool IsFull => _filling.Count == _run.Options.BatchSize;

    /// <summary>Accepts a file. Call <see cref="Next"/> until it returns null before the next one.</summary>
    /// <param name="id">An ID of this environment.</param>
    internal void Add(CloudFileId id)
    {
        if (_run.Pending.Add(id) is not { } file) return;
        if (_run.Options.Journal?.IsUnanswered(id) ?? false) file.MarkInDoubt();
        _filling.Add(file);
        if (IsFull) Dispatch();
    }

    /// <summary>Says that no more files come. Call <see cref="Next"/> until it returns null.</summary>
    internal void Complete()
    {
        _complete = true;
        Dispatch();
    }

    /// <summary>
    /// Takes the next event from the workers. Waits only if there is no room for another file, or if no more files come; and returns at least once
    /// a second, so that the progress bar moves.
    /// </summary>
    /// <returns>The next event; null when there is none for now, after <see cref="Complete"/> when there will be none.</returns>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    internal BatchEvent? Next()
    {
        while (true)
        {
            // Even if nothing is in flight any more: a stopped run must not look complete.
            _run.Stopped.ThrowIfCancellationRequested();
            if (_complete || IsFull) Dispatch();
            if (!_run.Inbox.TryTake(out Func<BatchEvent?>? work))
            {
                if (!MustWait)
                {
                    if (!EndJournal()) return EndRun();
                    continue;
                }
                if (!_run.Inbox.TryTake(out work, (int)_run.Options.Heartbeat.TotalMilliseconds, _run.Stopped)) return BatchEvent.Heartbeat.Instance;
            }
            if (work() is { } e) return e;
        }
    }

    /// <summary>Ends sending and waiting at once, from any thread.</summary>
    internal void Stop() => _run.Stop();

    /// <summary>
    /// Stops the run if it has not ended, and waits until no call of it is left: with a journal at most
    /// <see cref="BatchRun.JournalGrace"/>, so that answers on their way are recorded.
    /// </summary>
    public void Dispose()
    {
        _run.Stop();
        // Workers neither throw nor wait for this thread once the run is stopped.
        Task.WaitAll([.. _workers]);
        if (!_journalEnds) EndJournalAsync().GetAwaiter().GetResult();
        _run.Dispose();
    }

    private void Dispatch()
    {
        if (_filling.Count == 0 || InFlight >= _run.Policy.MayBegin(_run.Options.ThrottleLimit) || EndsEarly) return;
        var batch = new Batch(_run, [.. _filling]);
        _filling.Clear();
        InFlight++;
        _workers.RemoveAll(worker => worker.IsCompleted);
        // Writing JSON on this thread would delay the pipeline.
        _workers.Add(Task.Run(() => RunAsync(batch)));
    }

    private async Task RunAsync(Batch batch)
    {
        try
        {
            await batch.RunAsync().ConfigureAwait(false);
        }
        finally
        {
            _run.PostWork(Leave);
        }
    }

    private BatchEvent? Leave()
    {
        InFlight--;
        return null;
    }

    // Only when nothing is in flight, so that its line is the last one.
    private bool EndJournal()
    {
        if (_journalEnds || InFlight > 0 || !(_complete || EndsEarly) || _run.Options.Journal is null) return false;
        _journalEnds = _endingJournal = true;
        _workers.Add(Task.Run(EndJournalAsync));
        return true;
    }

    private async Task EndJournalAsync()
    {
        await _run.Recorder.EndedAsync(isComplete: _complete).ConfigureAwait(false);
        _run.PostWork(() =>
        {
            _endingJournal = false;
            return null;
        });
    }

    private BatchEvent.RunEnded? EndRun()
    {
        if (_ended || _run.End is not { } end || InFlight > 0) return null;
        _ended = true;
        return _run.Pending.End(end);
    }
}

/// <summary>How a run sends.</summary>
internal sealed record BatchOptions
{
    /// <summary>Files in one request.</summary>
    internal int BatchSize { get; init; } = BatchRequest.MaxFiles;

    /// <summary>The most requests in flight.</summary>
    internal int ThrottleLimit { get; init; } = 5;

    /// <summary>When a failed request is repeated.</summary>
    internal RetryPolicy Retry { get; init; } = RetryPolicy.Create(maximumRetryCount: 5);

    /// <summary>Records what is sent and answered; null for none. It is the caller's to dispose.</summary>
    internal RemovalJournal? Journal { get; init; }

    /// <summary>How often the pipeline thread wakes while it waits.</summary>
    internal TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Whether requests and replies are shown.</summary>
    internal bool ShowTraffic { get; init; }
}
