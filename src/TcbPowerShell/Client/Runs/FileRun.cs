using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Rate;
using TcbPowerShell.Model;

namespace TcbPowerShell.Client.Runs;

/// <summary>
/// A run: file IDs in, events out, both on the pipeline thread, while workers send the batches. One batch fills while at most ThrottleLimit are in
/// flight, so memory does not grow with the input (rule 3). Not thread-safe but for <see cref="Stop"/>.
/// </summary>
internal sealed class FileRun : IDisposable
{
    private readonly TcbEnvironment _environment;
    private readonly IOperation _operation;
    private readonly RunOptions _options;
    private readonly RunContext _context;
    private readonly RequestTurns _turns;
    private readonly Recorder _recorder;
    private readonly Downloads? _downloads;
    private readonly List<PendingFile> _filling;
    private readonly List<Task> _workers = [];
    private bool _complete;
    private bool _journalEnds;
    private bool _endingJournal;
    private bool _ended;

    internal FileRun(TcbEnvironment environment, IOperation operation, RunOptions options)
    {
        _environment = environment;
        _operation = operation;
        _options = options;
        _context = new RunContext(environment.Clock, options);
        _turns = NewTurns();
        _recorder = new Recorder(options, operation, _context);
        if (options.Copies is not null) _downloads = new Downloads(environment, options, NewTurns(), _recorder, _context, file => NewBatch(file).RunAsync());
        _filling = new List<PendingFile>(options.BatchSize);
    }

    /// <summary>How many batches are in flight.</summary>
    internal int InFlight { get; private set; }

    /// <summary>The rate and the pauses that the service imposes on the run.</summary>
    internal SendingStatus Sending => _downloads?.Sending is { } storage
        ? (storage is { RequestsPerSecond: null, Pause.Ticks: 0 } ? _turns.Sending : storage) with { TimeWaited = storage.TimeWaited + _turns.Sending.TimeWaited }
        : _turns.Sending;

    /// <summary>How many bytes of files have come in.</summary>
    internal long BytesReceived => _downloads?.BytesReceived ?? 0;

    /// <summary>How many requests for files were sent.</summary>
    internal int Requests => _context.Requests;

    /// <summary>Whether nothing more is sent, because nothing more can succeed. Requests in flight are still awaited.</summary>
    internal bool EndsEarly => _context.EndReason is not null;

    // Sending is over, or the full batch has no room: only a worker can change that.
    private bool MustWait => _endingJournal || (IsBusy && (_complete || EndsEarly || IsFull || InFlight > _options.ThrottleLimit));

    private bool IsFull => _filling.Count == _options.BatchSize;

    private bool IsBusy => InFlight > 0 || _downloads?.InFlight > 0;

    // Looked-up files wait for a download, and their links expire: enough of them, and no more.
    private bool HasEnoughFound => _downloads is not null && _downloads.Waiting + (InFlight * _options.BatchSize) >= Math.Max(_options.BatchSize, _options.ThrottleLimit);

    /// <summary>Accepts a file. Call <see cref="Next"/> until it returns null before the next one.</summary>
    /// <param name="id">An ID of this environment.</param>
    /// <param name="expected">The file as a listing described it: its copy must be that file. Null if nothing is known.</param>
    internal void Add(CloudFileId id, CloudFileInfo? expected = null)
    {
        if (_recorder.Accept(id, expected) is not { } file) return;
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
    internal RunEvent? Next()
    {
        while (true)
        {
            // Even if nothing is in flight any more: a stopped run must not look complete.
            _context.Stopped.ThrowIfCancellationRequested();
            if (_complete || IsFull) Dispatch();
            if (!_context.TryTake(TimeSpan.Zero, out Func<RunEvent?>? work))
            {
                if (!MustWait)
                {
                    if (!EndJournal()) return EndRun();
                    continue;
                }
                if (!_context.TryTake(_options.Heartbeat, out work)) return RunEvent.Heartbeat.Instance;
            }
            if (work() is { } e) return e;
        }
    }

    /// <summary>Ends sending and waiting at once, from any thread.</summary>
    internal void Stop() => _context.Stop();

    /// <summary>
    /// Stops the run if it has not ended, and waits until no call of it is left: with a journal at most
    /// <see cref="RunContext.JournalGrace"/>, so that answers on their way are recorded.
    /// </summary>
    public void Dispose()
    {
        _context.Stop();
        // Workers neither throw nor wait for this thread once the run is stopped.
        Task.WaitAll([.. _workers]);
        _downloads?.Wait();
        if (!_journalEnds) EndJournalAsync().GetAwaiter().GetResult();
        _context.Dispose();
        _turns.Dispose();
        _downloads?.Dispose();
    }

    private void Dispatch()
    {
        if (_filling.Count == 0 || InFlight >= _turns.MayBegin(_options.ThrottleLimit) || HasEnoughFound || EndsEarly) return;
        Batch batch = NewBatch([.. _filling]);
        _filling.Clear();
        InFlight++;
        _workers.RemoveAll(worker => worker.IsCompleted);
        // Writing JSON on this thread would delay the pipeline.
        _workers.Add(Task.Run(() => RunAsync(batch)));
    }

    private Batch NewBatch(params PendingFile[] files) => new(files, _environment, _operation, _turns, _recorder, _context, _downloads);

    private RequestTurns NewTurns() =>
        new(new FailurePolicy(_options.Retry, _environment.Timeout), new RequestGate(_options.ThrottleLimit, _environment.Clock), _environment.Clock, _context);

    private async Task RunAsync(Batch batch)
    {
        try
        {
            await batch.RunAsync().ConfigureAwait(false);
        }
        finally
        {
            _context.PostWork(() =>
            {
                InFlight--;
                return null;
            });
        }
    }

    // Only when nothing is in flight, so that its line is the last one.
    private bool EndJournal()
    {
        if (_journalEnds || IsBusy || !(_complete || EndsEarly) || _options.Journal is null) return false;
        _journalEnds = _endingJournal = true;
        _workers.Add(Task.Run(EndJournalAsync));
        return true;
    }

    private async Task EndJournalAsync()
    {
        await _recorder.EndedAsync(isComplete: _complete).ConfigureAwait(false);
        _context.PostWork(() =>
        {
            _endingJournal = false;
            return null;
        });
    }

    private RunEvent.RunEnded? EndRun()
    {
        if (_ended || _context.EndReason is not { } reason || IsBusy) return null;
        _ended = true;
        return _recorder.End(reason);
    }
}
