using TcbPowerShell.Client.Http;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Tests.Client.Http;

/// <summary>A run that keeps what is said, and has no pipeline thread but the caller's.</summary>
internal sealed class TestContext : ICallContext
{
    private readonly List<string> _warnings = [];
    private readonly List<string> _traffic = [];

    public CancellationToken SendingCancelled { get; init; }

    public CancellationToken CallsCancelled { get; init; }

    public CancellationToken ConnectingStopped { get; init; }

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

    public void Say(MessageStream stream, UserText text)
    {
        if (stream != MessageStream.Warning) return;
        lock (_warnings) _warnings.Add(text.ToString());
    }

    /// <summary>What becomes of work for the pipeline thread; null does it at once.</summary>
    internal Task<string>? PipelineThread { get; init; }

    public Task<string> OnPipelineThreadAsync(Func<string> work) => PipelineThread ?? Task.FromResult(work());
}
