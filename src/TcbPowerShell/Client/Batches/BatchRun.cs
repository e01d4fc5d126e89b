using System.Collections.Concurrent;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Rate;
using TcbPowerShell.Model;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Batches;

/// <summary>The state that the workers of one run share.</summary>
internal sealed class BatchRun : ICallContext, IDisposable
{
    /// <summary>How long calls in flight are awaited after a stop, so that the journal records their answers.</summary>
    internal static readonly TimeSpan JournalGrace = TimeSpan.FromSeconds(2);

    /// <summary>How long the journal may then still take: longer only if its disk hangs.</summary>
    private static readonly TimeSpan DiskGrace = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stopped = new();
    private readonly CancellationTokenSource _sending = new();
    private readonly CancellationTokenSource _calls = new();
    private readonly CancellationTokenSource _journal = new();
    private bool _disposed;
    private RunEnd? _end;
    private int _requests;

    internal BatchRun(TcbEnvironment environment, IOperation operation, BatchOptions options)
    {
        Environment = environment;
        Operation = operation;
        Options = options;
        Gate = new RequestGate(options.ThrottleLimit, environment.Clock);
        Recorder = new Recorder(this);
        Stopped = _stopped.Token;
        SendingCancelled = _sending.Token;
        CallsCancelled = _calls.Token;
        JournalAbandoned = _journal.Token;
        Policy = new FailurePolicy(options.Retry, environment.Timeout);
        Turns = new RequestTurns(this);
    }

    internal TcbEnvironment Environment { get; }

    internal IOperation Operation { get; }

    internal BatchOptions Options { get; }

    internal RequestGate Gate { get; }

    internal Recorder Recorder { get; }

    internal FailurePolicy Policy { get; }

    internal RequestTurns Turns { get; }

    internal PendingFiles Pending { get; } = new();

    /// <summary>Work that workers leave for the pipeline thread. It may produce an event for the user.</summary>
    internal BlockingCollection<Func<BatchEvent?>> Inbox { get; } = [];

    /// <summary>Cancelled when the run is stopped from outside.</summary>
    internal CancellationToken Stopped { get; }

    public CancellationToken SendingCancelled { get; }

    public CancellationToken CallsCancelled { get; }

    /// <summary>Cancelled when a run that was stopped waits no longer for its journal, which hangs.</summary>
    internal CancellationToken JournalAbandoned { get; }

    /// <summary>Why nothing more is sent; null as long as the run goes on.</summary>
    internal RunEnd? End => Volatile.Read(ref _end);

    /// <summary>Whether nothing more is to be sent.</summary>
    internal bool IsOver => SendingCancelled.IsCancellationRequested;

    public bool WantsTraffic => Options.ShowTraffic;

    /// <summary>How many requests for files were sent.</summary>
    internal int Requests => Volatile.Read(ref _requests);

    public void CountRequest() => Interlocked.Increment(ref _requests);

    public void Traffic(string text) => Post(new BatchEvent.Traffic(text));

    public void Say(MessageStream stream, UserText text) => Post(new BatchEvent.Said(stream, text));

    public Task<string> OnPipelineThreadAsync(Func<string> work) => PipelineCall.RunAsync(
        work,
        action => PostWork(() =>
        {
            action();
            return null;
        }),
        SendingCancelled);

    /// <summary>Sends an event to the pipeline thread.</summary>
    internal void Post(BatchEvent e) => PostWork(() => e);

    /// <summary>Queues work for the pipeline thread. A call for a token may outlast the run: then its work is dropped.</summary>
    internal void PostWork(Func<BatchEvent?> work)
    {
        lock (_stopped)
        {
            if (!_disposed) Inbox.Add(work, CancellationToken.None);
        }
    }

    /// <summary>Ends sending: nothing more can succeed. The first reason counts.</summary>
    internal void EndWith(ErrorId errorId, TcbException reason)
    {
        Interlocked.CompareExchange(ref _end, new RunEnd(errorId, reason), null);
        _sending.Cancel();
    }

    /// <summary>Ends the run if nothing was ever accepted and time is up: then not even the requests in flight are waited for.</summary>
    internal void EndIfOverdue()
    {
        lock (_stopped)
        {
            if (_disposed || Policy.Overdue(Environment.Clock.Elapsed) is not { } failure) return;
            EndWith(failure.ErrorId, failure);
            _calls.Cancel();
        }
    }

    /// <summary>Ends sending and waiting at once. Any thread, any number of times.</summary>
    internal void Stop()
    {
        lock (_stopped)
        {
            if (_disposed || _stopped.IsCancellationRequested) return;
            _stopped.Cancel();
            _sending.Cancel();
            if (Options.Journal is null)
            {
                _calls.Cancel();
                return;
            }
            CallsCancelled.Register(AbandonJournal);
            Environment.Clock.CancelAfter(_calls, JournalGrace);
        }
    }

    private void AbandonJournal()
    {
        lock (_stopped)
        {
            if (!_disposed) Environment.Clock.CancelAfter(_journal, DiskGrace);
        }
    }

    /// <summary>Frees what the run holds, once no worker is left.</summary>
    public void Dispose()
    {
        lock (_stopped)
        {
            _disposed = true;
            Inbox.Dispose();
            _stopped.Dispose();
            _sending.Dispose();
            _calls.Dispose();
            _journal.Dispose();
        }
        Turns.Dispose();
    }
}

/// <summary>Why a run ended early.</summary>
/// <param name="ErrorId">The error.</param>
/// <param name="Reason">The failure.</param>
internal sealed record RunEnd(ErrorId ErrorId, TcbException Reason);
