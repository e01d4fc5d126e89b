using TcbPowerShell.Protocol;

namespace TcbPowerShell.Client.Batches;

/// <summary>What the workers of a run send up to the pipeline thread.</summary>
internal abstract record RemovalEvent
{
    private RemovalEvent()
    {
    }

    /// <summary>Files got their outcomes; each occurrence of an ID stands here once.</summary>
    internal sealed record FilesDone(IReadOnlyList<FileOutcome> Files) : RemovalEvent;

    /// <summary>A request was answered.</summary>
    internal sealed record RequestAnswered(int Files, int Removed, int Failed, TimeSpan Duration, string? RequestId) : RemovalEvent;

    /// <summary>A try failed, and the rest of its batch waits for the next one.</summary>
    internal sealed record RetryWaits(int Files, TimeSpan Delay, int Attempt, TcbException Reason) : RemovalEvent;

    /// <summary>The service asked for less, and every worker slows down.</summary>
    internal sealed record SlowedDown(TimeSpan Pause, int Allowed, TcbException Reason) : RemovalEvent;

    /// <summary>A request that the service calls wrong is sent again in halves.</summary>
    internal sealed record RequestHalved(int Files, TcbException Reason) : RemovalEvent;

    /// <summary>Something to say.</summary>
    internal sealed record Message(MessageKind Kind, string Text) : RemovalEvent;

    /// <summary>Something to do on the pipeline thread.</summary>
    internal sealed record PipelineWork(Action Run) : RemovalEvent;

    /// <summary>Nothing more can succeed. The last event of a run.</summary>
    /// <param name="Kind">What the user is told.</param>
    /// <param name="Reason">What happened.</param>
    /// <param name="OpenFileIds">The accepted IDs that have no outcome, each occurrence once, in the order in which they came.</param>
    internal sealed record RunEnded(FailureKind Kind, TcbException Reason, string[] OpenFileIds) : RemovalEvent;

    /// <summary>A worker is through with its batch. The remover keeps these to itself.</summary>
    internal sealed record BatchLeft : RemovalEvent
    {
        internal static readonly BatchLeft Instance = new();
    }

    /// <summary>Files of one batch got their outcomes, duplicates not yet counted. The remover turns these into <see cref="FilesDone"/>.</summary>
    /// <param name="Files">The files.</param>
    /// <param name="Outcomes">Their outcomes, in the same order.</param>
    internal sealed record BatchAnswered(OpenFile[] Files, IReadOnlyList<FileOutcome> Outcomes) : RemovalEvent;
}

/// <summary>The stream that a message is for.</summary>
internal enum MessageKind
{
    /// <summary>Verbose.</summary>
    Verbose,

    /// <summary>Debug: the traffic.</summary>
    Traffic,

    /// <summary>Warning.</summary>
    Warning,
}
