using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Journal;
using TcbPowerShell.Client.Storage;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Runs;

/// <summary>
/// A run as its workers and their calls see it: whether it goes on, the reason why it ends, and the way to its pipeline thread. Thread-safe.
/// </summary>
internal sealed class RunContext : ICallContext, IDisposable
{
    /// <summary>How long calls in flight are awaited after a stop, so that the journal records their answers.</summary>
    internal static readonly TimeSpan JournalGrace = TimeSpan.FromSeconds(2);

    /// <summary>How long the journal may then still take: longer only if its disk hangs.</summary>
    private static readonly TimeSpan DiskGrace = TimeSpan.FromSeconds(1);

    private readonly Clock _clock;
    private readonly bool _hasJournal;
    private readonly CancellationTokenSource _stopped = new();
    private readonly CancellationTokenSource _sending = new();
    private readonly CancellationTokenSource _calls = new();
    private readonly CancellationTokenSource _journal = new();
    private readonly BlockingCollection<Func<RunEvent?>> _inbox = [];
    private bool _disposed;
    private TcbException? _endReason;
    private int _requests;

    internal RunContext(Clock clock, RunOptions options)
    {
        _clock = clock;
        _hasJournal = options.Journal is not null;
        WantsTraffic = options.ShowTraffic;
        Stopped = _stopped.Token;
        SendingCancelled = _sending.Token;
        CallsCancelled = _calls.Token;
        JournalAbandoned = _journal.Token;
    }

    /// <summary>Cancelled when the run is stopped from outside.</summary>
    internal CancellationToken Stopped { get; }

    public CancellationToken SendingCancelled { get; }

    public CancellationToken CallsCancelled { get; }

    /// <summary>Cancelled when a run that was stopped waits no longer for its journal, which hangs.</summary>
    internal CancellationToken JournalAbandoned { get; }

    /// <summary>The failure that ends the run early; null as long as there is none.</summary>
    internal TcbException? EndReason => Volatile.Read(ref _endReason);

    /// <summary>Whether nothing more is sent: the run was stopped, or ends early. Requests may still be in flight.</summary>
    internal bool IsEnding => SendingCancelled.IsCancellationRequested;

    public bool WantsTraffic { get; }

    /// <summary>How many requests for files were sent.</summary>
    internal int Requests => Volatile.Read(ref _requests);

    public void CountRequest() => Interlocked.Increment(ref _requests);

    public void Traffic(string text) => Post(new RunEvent.Traffic(text));

    public void Say(MessageStream stream, UserText text) => Post(new RunEvent.Said(stream, text));

    public Task<string> OnPipelineThreadAsync(Func<string> work) => PipelineCall.RunAsync(
        work,
        action => PostWork(() =>
        {
            action();
            return null;
        }),
        SendingCancelled);

    /// <summary>Sends an event to the pipeline thread.</summary>
    internal void Post(RunEvent e) => PostWork(() => e);

    /// <summary>
    /// Leaves work for the pipeline thread; what it returns is an event for the user. A call for a token may outlast the run: then its work is dropped.
    /// </summary>
    internal void PostWork(Func<RunEvent?> work)
    {
        lock (_stopped)
        {
            if (!_disposed) _inbox.Add(work, CancellationToken.None);
        }
    }

    /// <summary>Takes work that was left for the pipeline thread.</summary>
    /// <param name="most">How long to wait for it.</param>
    /// <param name="work">The work.</param>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    internal bool TryTake(TimeSpan most, [NotNullWhen(true)] out Func<RunEvent?>? work) => _inbox.TryTake(out work, (int)most.TotalMilliseconds, Stopped);

    /// <summary>Ends sending early: nothing more can succeed. The first reason counts.</summary>
    internal void EndWith(TcbException reason)
    {
        Interlocked.CompareExchange(ref _endReason, reason, null);
        _sending.Cancel();
    }

    /// <summary>Ends sending early, and waits for no request in flight.</summary>
    internal void EndAtOnceWith(TcbException reason)
    {
        lock (_stopped)
        {
            if (_disposed) return;
            EndWith(reason);
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
            if (!_hasJournal)
            {
                _calls.Cancel();
                return;
            }
            CallsCancelled.Register(AbandonJournal);
            _clock.CancelAfter(_calls, JournalGrace);
        }
    }

    private void AbandonJournal()
    {
        lock (_stopped)
        {
            if (!_disposed) _clock.CancelAfter(_journal, DiskGrace);
        }
    }

    /// <summary>Frees what the run holds, once no worker is left.</summary>
    public void Dispose()
    {
        lock (_stopped)
        {
            _disposed = true;
            _inbox.Dispose();
            _stopped.Dispose();
            _sending.Dispose();
            _calls.Dispose();
            _journal.Dispose();
        }
    }
}

/// <summary>How a run sends.</summary>
internal sealed record RunOptions
{
    /// <summary>Files in one request.</summary>
    internal int BatchSize { get; init; } = BatchRequest.MaxFiles;

    /// <summary>The most requests in flight; in a run that saves files, the most downloads.</summary>
    internal int ThrottleLimit { get; init; } = 5;

    /// <summary>When a failed request is repeated.</summary>
    internal RetryPolicy Retry { get; init; } = RetryPolicy.Create(maximumRetryCount: 5);

    /// <summary>Records what is sent and answered; null for none. It is the caller's to dispose.</summary>
    internal RemovalJournal? Journal { get; init; }

    /// <summary>The folder that copies of the files are saved in; null if nothing is downloaded. It is the caller's to dispose.</summary>
    internal CopyFolder? Copies { get; init; }

    /// <summary>Computes an MD5; null if the system forbids that.</summary>
    internal Func<IncrementalHash?> NewMd5 { get; init; } = WholeCopy.CreateMd5;

    /// <summary>How often the pipeline thread wakes while it waits.</summary>
    internal TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Whether requests and replies are shown.</summary>
    internal bool ShowTraffic { get; init; }
}
