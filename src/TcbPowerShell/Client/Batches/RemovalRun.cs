using System.Collections.Concurrent;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Protocol;

namespace TcbPowerShell.Client.Batches;

/// <summary>What the workers of one run share.</summary>
internal sealed class RemovalRun : ICallContext, IDisposable
{
    /// <summary>How long calls under way may still be answered after a stop, for the journal's sake.</summary>
    internal static readonly TimeSpan JournalGrace = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stopped = new();
    private readonly CancellationTokenSource _waits = new();
    private readonly CancellationTokenSource _calls = new();
    private bool _disposed;
    private Tuple<FailureKind, TcbException>? _end;

    internal RemovalRun(TcbEnvironment environment, RemovalOptions options)
    {
        Environment = environment;
        Options = options;
        Gate = new RequestGate(options.ThrottleLimit, environment.Clock);
        Stopped = _stopped.Token;
        Waits = _waits.Token;
        Calls = _calls.Token;
    }

    internal TcbEnvironment Environment { get; }

    internal RemovalOptions Options { get; }

    internal RequestGate Gate { get; }

    internal RunHealth Health { get; } = new();

    /// <summary>What the workers send up.</summary>
    internal BlockingCollection<RemovalEvent> Events { get; } = [];

    /// <summary>Cancelled when the run is stopped from outside.</summary>
    internal CancellationToken Stopped { get; }

    public CancellationToken Waits { get; }

    public CancellationToken Calls { get; }

    /// <summary>Why nothing more is sent; null as long as the run goes on.</summary>
    internal Tuple<FailureKind, TcbException>? End => Volatile.Read(ref _end);

    /// <summary>Whether nothing more is to be sent.</summary>
    internal bool IsOver => Waits.IsCancellationRequested;

    public bool WantsTraffic => Options.ShowTraffic;

    public void Traffic(string text) => Post(new RemovalEvent.Message(MessageKind.Traffic, text));

    public void Verbose(string text) => Post(new RemovalEvent.Message(MessageKind.Verbose, text));

    public void Warning(string text) => Post(new RemovalEvent.Message(MessageKind.Warning, text));

    public async Task<string> OnPipelineThreadAsync(Func<string> work)
    {
        var done = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(new RemovalEvent.PipelineWork(() => PipelineCall.Run(work, done)));
        return await done.Task.OrCancelledAsync(Waits).ConfigureAwait(false);
    }

    /// <summary>Sends an event up. A call for a token may outlast the run: then nobody listens.</summary>
    internal void Post(RemovalEvent e)
    {
        lock (_stopped)
        {
            if (!_disposed) Events.Add(e, CancellationToken.None);
        }
    }

    /// <summary>Ends sending: nothing more can succeed. The first reason counts.</summary>
    internal void EndWith(FailureKind kind, TcbException reason)
    {
        Interlocked.CompareExchange(ref _end, Tuple.Create(kind, reason), null);
        _waits.Cancel();
    }

    /// <summary>Ends sending and waiting at once. Any thread, any number of times.</summary>
    internal void Stop()
    {
        lock (_stopped)
        {
            if (_disposed || _stopped.IsCancellationRequested) return;
            _stopped.Cancel();
            _waits.Cancel();
            if (Options.Journal is null) _calls.Cancel();
            else Environment.Clock.CancelAfter(_calls, JournalGrace);
        }
    }

    /// <summary>Frees what the run holds, once no worker is left.</summary>
    public void Dispose()
    {
        lock (_stopped)
        {
            _disposed = true;
            Events.Dispose();
            _stopped.Dispose();
            _waits.Dispose();
            _calls.Dispose();
        }
    }
}
