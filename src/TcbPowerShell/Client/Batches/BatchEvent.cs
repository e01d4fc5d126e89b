using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Rate;
using TcbPowerShell.Model;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Batches;

/// <summary>An event of a run, for the pipeline thread.</summary>
internal abstract record BatchEvent
{
    private BatchEvent()
    {
    }

    /// <summary>Files got their outcomes; each occurrence of an ID stands here once.</summary>
    internal sealed record FilesDone(IReadOnlyList<FileOutcome> Files) : BatchEvent;

    /// <summary>A request was accepted.</summary>
    internal sealed record RequestAnswered(int Files, int Succeeded, int Failed, TimeSpan Duration, string? RequestId) : BatchEvent;

    /// <summary>A request failed, and is repeated after a backoff or, in an outage, when it is its turn to ask.</summary>
    internal sealed record RetryWaits(int Files, TimeSpan Delay, int Attempt, TcbException Reason, bool IsOutage = false) : BatchEvent;

    /// <summary>The service does not answer any more.</summary>
    internal sealed record OutageBegan(TcbException Reason) : BatchEvent;

    /// <summary>The service answers again.</summary>
    internal sealed record OutageEnded(TimeSpan Length) : BatchEvent;

    /// <summary>The service turned a request away: it goes back and sending slows down, unless that ends the run.</summary>
    internal sealed record Throttled(int Files, SendingStatus Status, TcbException Reason, bool EndsRun) : BatchEvent;

    /// <summary>An invalid request is sent again in halves.</summary>
    internal sealed record RequestSplit(int Files, TcbException Reason) : BatchEvent;

    /// <summary>Something to say.</summary>
    internal sealed record Said(MessageStream Stream, UserText Text) : BatchEvent;

    /// <summary>A request or a reply, without secrets.</summary>
    internal sealed record Traffic(string Text) : BatchEvent;

    /// <summary>Nothing has come in for a second: time to show that the run is alive.</summary>
    internal sealed record Heartbeat : BatchEvent
    {
        internal static readonly Heartbeat Instance = new();
    }

    /// <summary>Nothing more can succeed. The last event of a run.</summary>
    /// <param name="ErrorId">The error.</param>
    /// <param name="Reason">The failure.</param>
    /// <param name="OpenFileIds">The accepted IDs that have no outcome, each occurrence once, in the order in which they came.</param>
    /// <param name="SomeInDoubt">Whether one of them may have been deleted unseen.</param>
    internal sealed record RunEnded(ErrorId ErrorId, TcbException Reason, string[] OpenFileIds, bool SomeInDoubt) : BatchEvent;
}
