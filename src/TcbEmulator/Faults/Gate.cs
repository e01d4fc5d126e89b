namespace TcbPowerShell.Emulation;

/// <summary>Holds requests until it is opened, so that a test decides when they go on: see <see cref="Fault.Hold"/>.</summary>
public sealed class Gate
{
    private readonly Lock _lock = new();
    private readonly Queue<TaskCompletionSource> _held = [];
    private readonly List<(int Count, TaskCompletionSource Reached)> _waiters = [];
    private int _arrived;
    private bool _open;

    /// <summary>How many requests have come to the gate so far, those let through included.</summary>
    public int Arrived
    {
        get
        {
            lock (_lock)
                return _arrived;
        }
    }

    /// <summary>Completes once that many requests have come to the gate.</summary>
    public Task WhenArrivedAsync(int count = 1, CancellationToken cancellationToken = default)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_arrived >= count)
                return Task.CompletedTask;

            _waiters.Add((count, reached));
        }

        return reached.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Lets the request go on that has waited longest; does nothing where none waits.</summary>
    public void ReleaseOne()
    {
        lock (_lock)
        {
            // One whose client has left counts for nothing.
            while (_held.TryDequeue(out TaskCompletionSource? held) && !held.TrySetResult())
            {
            }
        }
    }

    /// <summary>Lets all requests go on, those still to come too.</summary>
    public void Open()
    {
        lock (_lock)
        {
            _open = true;
            while (_held.TryDequeue(out TaskCompletionSource? held))
                held.TrySetResult();
        }
    }

    internal async Task PassAsync(CancellationToken cancellationToken)
    {
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _arrived++;
            foreach ((int count, TaskCompletionSource reached) in _waiters)
            {
                if (_arrived >= count)
                    reached.TrySetResult();
            }

            if (_open)
                return;

            _held.Enqueue(held);
        }

        using CancellationTokenRegistration leave = cancellationToken.Register(() => held.TrySetCanceled(cancellationToken));
        await held.Task;
    }
}
