using System.Security.Cryptography;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Rate;
using TcbPowerShell.Client.Storage;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Runs;

/// <summary>
/// The second half of a run that saves files: files that were looked up wait here, and at most ThrottleLimit workers download them. Their requests go to
/// the storage, which has limits and outages of its own.
/// </summary>
internal sealed class Downloads : IDisposable
{
    private readonly TcbEnvironment _environment;
    private readonly RunOptions _options;
    private readonly RequestTurns _turns;
    private readonly Recorder _recorder;
    private readonly RunContext _run;
    private readonly Func<PendingFile, Task> _lookUp;
    private readonly CopyMaker _maker;
    private readonly Queue<PendingFile> _waiting = new();
    private readonly List<Task> _workers = [];
    private int _working;
    private long _bytesReceived;
    private int _warnedOfMd5;

    /// <param name="environment">The connection.</param>
    /// <param name="options">The options of the run.</param>
    /// <param name="turns">Makes the requests to the storage wait.</param>
    /// <param name="recorder">Records the outcomes.</param>
    /// <param name="run">The run.</param>
    /// <param name="lookUp">Looks a file up again: it then has another link, or an outcome, or the run ends.</param>
    internal Downloads(TcbEnvironment environment, RunOptions options, RequestTurns turns, Recorder recorder, RunContext run, Func<PendingFile, Task> lookUp)
    {
        _environment = environment;
        _options = options;
        _turns = turns;
        _recorder = recorder;
        _run = run;
        _lookUp = lookUp;
        _maker = new CopyMaker(environment.Clock, options.Copies!.Overwrites, NewMd5, Receive, run.CallsCancelled);
    }

    /// <summary>How many workers there are. Only on the pipeline thread.</summary>
    internal int InFlight { get; private set; }

    /// <summary>How many files wait for a worker.</summary>
    internal int Waiting
    {
        get
        {
            lock (_waiting) return _waiting.Count;
        }
    }

    /// <summary>How many bytes of files have come, those of downloads that failed included.</summary>
    internal long BytesReceived => Interlocked.Read(ref _bytesReceived);

    /// <summary>The rate and the pauses that the storage imposes on the run.</summary>
    internal SendingStatus Sending => _turns.Sending;

    /// <summary>Takes the files that were found. A worker that has looked its file up again goes on with it.</summary>
    /// <param name="files">The files that a request has settled.</param>
    /// <returns>The others, which have an outcome.</returns>
    internal IReadOnlyList<PendingFile> Take(IReadOnlyList<PendingFile> files)
    {
        PendingFile[] others;
        lock (_waiting)
        {
            // First, because a worker can fail one of the found files at any moment.
            others = [.. files.Where(file => file.Result is not CloudFile)];
            foreach (PendingFile file in files)
            {
                if (file.Result is not CloudFile found) continue;
                if (file.Copy!.Link is null) _waiting.Enqueue(file);
                file.Copy.Link = found;
            }
            _workers.RemoveAll(worker => worker.IsCompleted);
            for (int idle = Math.Min(_options.ThrottleLimit - _working, _waiting.Count); idle > 0 && !_run.IsEnding; idle--)
            {
                _working++;
                // Counted before the worker or the batch can end: in between, the run must not look complete.
                _run.PostWork(() => Count(1));
                _workers.Add(Task.Run(WorkAsync));
            }
        }
        return others;
    }

    /// <summary>Waits until no worker is left, once the run was stopped and its batches have ended.</summary>
    internal void Wait() => Task.WaitAll([.. _workers]);

    public void Dispose() => _turns.Dispose();

    private async Task WorkAsync()
    {
        try
        {
            while (Next() is { } file)
            {
                // Wakes the pipeline thread: there may be room for another batch.
                _run.PostWork(() => null);
                bool isSettled = await new FileDownload(file, _environment, _options.Copies!, _maker, _turns, _run, _lookUp).RunAsync().ConfigureAwait(false);
                if (isSettled) await _recorder.FinishedAsync([file]).ConfigureAwait(false);
            }
        }
        finally
        {
            _run.PostWork(() => Count(-1));
        }
    }

    private PendingFile? Next()
    {
        lock (_waiting)
        {
            if (_waiting.Count > 0 && !_run.IsEnding) return _waiting.Dequeue();
            _working--;
            return null;
        }
    }

    private RunEvent? Count(int workers)
    {
        InFlight += workers;
        return null;
    }

    private void Receive(int bytes)
    {
        Interlocked.Add(ref _bytesReceived, bytes);
        _turns.Received();
    }

    private IncrementalHash? NewMd5()
    {
        IncrementalHash? md5 = _options.NewMd5();
        if (md5 is null && Interlocked.Exchange(ref _warnedOfMd5, 1) == 0) _run.Say(MessageStream.Warning, new UserText(nameof(Messages.WarningNoMd5)));
        return md5;
    }
}
