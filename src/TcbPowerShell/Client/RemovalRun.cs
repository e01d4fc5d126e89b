using System.Collections.Concurrent;
using TcbPowerShell.Protocol;

namespace TcbPowerShell.Client;

/// <summary>What the workers of one run share.</summary>
internal sealed class RemovalRun : ICallContext, IDisposable
{
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
    }

    internal TcbEnvironment Environment { get; }

    internal RemovalOptions Options { get; }

    internal RequestGate Gate { get; }

    internal RunHealth Health { get; } = new();

    /// <summary>What the workers send up.</summary>
    internal BlockingCollection<RemovalEvent> Events { get; } = [];

    /// <summary>Cancelled when the run is stopped from outside.</summary>
    internal CancellationToken Stopped => _stopped.Token;

    /// <summary>Ends what waits to send: when the run is stopped, and when nothing more can succeed.</summary>
    internal CancellationToken Waits => _waits.Token;

    /// <summary>Ends calls under way: only when the run is stopped.</summary>
    internal CancellationToken Calls => _calls.Token;

    /// <summary>Why nothing more is sent; null as long as the run goes on.</summary>
    internal Tuple<FailureKind, TcbException>? End => Volatile.Read(ref _end);

    /// <summary>Whether nothing more is to be sent.</summary>
    internal bool IsOver => _waits.IsCancellationRequested;

    public bool WantsTraffic => Options.ShowTraffic;

    public void Traffic(string text) => Post(new RemovalEvent.Message(MessageKind.Traffic, text));

    public void Verbose(string text) => Post(new RemovalEvent.Message(MessageKind.Verbose, text));

    public void Warning(string text) => Post(new RemovalEvent.Message(MessageKind.Warning, text));

    public async Task<string> OnPipelineThreadAsync(Func<string> work, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(new RemovalEvent.PipelineWork(() =>
        {
            try
            {
                done.TrySetResult(work());
            }
            catch (TcbException e)
            {
                done.TrySetException(e);
            }
        }));
        using (cancellationToken.Register(() => done.TrySetCanceled()))
        {
            return await done.Task.ConfigureAwait(false);
        }
    }

    internal void Post(RemovalEvent e) => Events.Add(e, CancellationToken.None);

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
            if (_disposed) return;
            _stopped.Cancel();
            _waits.Cancel();
            _calls.Cancel();
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
