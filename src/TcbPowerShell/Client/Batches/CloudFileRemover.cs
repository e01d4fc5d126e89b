
namespace TcbPowerShell.Client.Batches;

/// <summary>
/// The engine: file IDs in, events out, both on the pipeline thread; requests under way on workers. One batch fills while at most
/// ThrottleLimit are in flight, so memory does not grow with the input. Not thread-safe but for <see cref="Stop"/>.
/// </summary>
internal sealed class CloudFileRemover : IDisposable
{
    private readonly RemovalRun _run;
    private readonly Dictionary<string, OpenFile> _open = new(StringComparer.Ordinal);
    private readonly List<Task> _workers = [];
    private readonly List<OpenFile> _filling;
    private long _accepted;
    private bool _complete;
    private bool _ended;

    internal CloudFileRemover(TcbEnvironment environment, RemovalOptions options)
    {
        _run = new RemovalRun(environment, options);
        _filling = new List<OpenFile>(options.BatchSize);
    }

    /// <summary>How many batches are in flight.</summary>
    internal int InFlight { get; private set; }

    // Sending is over, or there is no room: nothing can be done before an event comes.
    private bool MustWait =>
        InFlight > 0 && (_complete || _run.End is not null || (InFlight == _run.Options.ThrottleLimit && IsFull));

    private bool IsFull => _filling.Count == _run.Options.BatchSize;

    /// <summary>Accepts a file. Call <see cref="Next"/> until it gives null before the next one.</summary>
    /// <param name="fileId">A well-formed ID of this environment.</param>
    internal void Add(string fileId)
    {
        if (_open.TryGetValue(fileId, out OpenFile? first))
        {
            first.Occurrences++;
            return;
        }
        var file = new OpenFile(fileId, _accepted++) { OutcomeUnknown = _run.Options.Journal?.IsUnanswered(fileId) ?? false };
        _open.Add(fileId, file);
        _filling.Add(file);
        if (IsFull) Dispatch();
    }

    /// <summary>Says that no more files come. Call <see cref="Next"/> until it gives null.</summary>
    internal void Complete()
    {
        _complete = true;
        Dispatch();
    }

    /// <summary>
    /// What has arrived from the workers. Waits only while nothing else can be done: no room for another file, or no more files.
    /// </summary>
    /// <returns>The next event; null when there is none for now, after <see cref="Complete"/> when there will be none.</returns>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    internal RemovalEvent? Next()
    {
        while (true)
        {
            // Also where everything has left already: whether a stop is seen must not hang on which came first.
            _run.Stopped.ThrowIfCancellationRequested();
            if (!_run.Events.TryTake(out RemovalEvent? e))
            {
                if (!MustWait) return EndRun();
                e = _run.Events.Take(_run.Stopped);
            }
            switch (e)
            {
                case RemovalEvent.BatchLeft:
                    InFlight--;
                    if (_complete || IsFull) Dispatch();
                    break;
                case RemovalEvent.BatchAnswered answered:
                    return Close(answered);
                default:
                    return e;
            }
        }
    }

    /// <summary>Ends sending and waiting at once, from any thread.</summary>
    internal void Stop() => _run.Stop();

    /// <summary>
    /// Stops the run, where it has not ended, and waits until no call of it is left: with a journal at most
    /// <see cref="RemovalRun.JournalGrace"/>, so that answers on their way are recorded.
    /// </summary>
    public void Dispose()
    {
        _run.Stop();
        // Workers neither throw nor wait for this thread once the run is stopped.
        Task.WaitAll([.. _workers]);
        _run.Dispose();
    }

    private void Dispatch()
    {
        if (_filling.Count == 0 || InFlight == _run.Options.ThrottleLimit || _run.End is not null) return;
        var batch = new RemovalBatch(_run, [.. _filling]);
        _filling.Clear();
        InFlight++;
        _workers.RemoveAll(worker => worker.IsCompleted);
        // Not on this thread, even up to the first wait: it would write JSON here instead of reading the pipeline.
        _workers.Add(Task.Run(batch.RunAsync));
    }

    private RemovalEvent.FilesDone Close(RemovalEvent.BatchAnswered answered)
    {
        foreach (OpenFile file in answered.Files) _open.Remove(file.FileId);
        // Nearly always each ID came once, and what the worker has made goes on as it is.
        if (Array.TrueForAll(answered.Files, file => file.Occurrences == 1)) return new RemovalEvent.FilesDone(answered.Outcomes);
        IEnumerable<IEnumerable<FileOutcome>> each = answered.Files.Zip(answered.Outcomes, (file, outcome) => Enumerable.Repeat(outcome, file.Occurrences));
        return new RemovalEvent.FilesDone([.. each.SelectMany(outcomes => outcomes)]);
    }

    private RemovalEvent.RunEnded? EndRun()
    {
        if (_ended || _run.End is not { } end || InFlight > 0) return null;
        _ended = true;
        IEnumerable<string> open = _open.Values.OrderBy(file => file.Ordinal).SelectMany(file => Enumerable.Repeat(file.FileId, file.Occurrences));
        return new RemovalEvent.RunEnded(end.Item1, end.Item2, [.. open]);
    }
}
