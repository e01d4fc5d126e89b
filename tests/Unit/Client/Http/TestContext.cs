using System.Collections.Concurrent;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Tests.Client.Http;

/// <summary>A run that keeps what is said, and has no pipeline thread but the caller's.</summary>
internal sealed class TestContext : ICallContext
{
    private readonly List<string> _warnings = [];
    private readonly List<string> _traffic = [];
    private readonly ConcurrentQueue<Action> _work = new();

    public CancellationToken SendingCancelled { get; init; }

    public CancellationToken CallsCancelled { get; init; }

    public bool WantsTraffic { get; init; } = true;

    internal IReadOnlyList<string> Warnings
    {
        get
        {
            lock (_warnings) return [.. _warnings];
        }
    }

    internal IReadOnlyList<string> AllTraffic
    {
        get
        {
            lock (_traffic) return [.. _traffic];
        }
    }

    public void CountRequest()
    {
    }

    public void Traffic(string text)
    {
        lock (_traffic) _traffic.Add(text);
    }

    /// <summary>Called when something is said that is no warning.</summary>
    internal Action? OnVerbose { get; init; }

    public void Say(MessageStream stream, UserText text)
    {
        if (stream != MessageStream.Warning)
        {
            OnVerbose?.Invoke();
            return;
        }
        lock (_warnings) _warnings.Add(text.ToString());
    }

    /// <summary>Whether the pipeline thread is busy: work for it waits for <see cref="Pump"/>. Otherwise it is done at once.</summary>
    internal bool IsBusy { get; init; }

    public Task<string> OnPipelineThreadAsync(Func<string> work) => PipelineCall.RunAsync(work, Post, SendingCancelled);

    /// <summary>Does the work that waits.</summary>
    internal void Pump()
    {
        while (_work.TryDequeue(out Action? work)) work();
    }

    private void Post(Action work)
    {
        if (IsBusy) _work.Enqueue(work);
        else work();
    }
}
