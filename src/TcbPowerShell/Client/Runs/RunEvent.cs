using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Rate;
using TcbPowerShell.Model;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Runs;

/// <summary>An event of a run, for the pipeline thread.</summary>
internal abstract record RunEvent
{
    private RunEvent()
    {
    }

    /// <summary>Files got their outcomes; each occurrence of an ID stands here once.</summary>
    internal sealed record FilesDone(IReadOnlyList<PendingFile> Files) : RunEvent;

    /// <summary>A request was accepted.</summary>
    internal sealed record RequestAnswered(int Files, int Succeeded, int Failed, TimeSpan Duration, string? RequestId) : RunEvent;

    /// <summary>A request failed, and is repeated after a backoff or, in an outage, when it is its turn to ask.</summary>
    internal sealed record RetryWaits(int Files, TimeSpan Delay, int Attempt, TcbException Reason, bool IsOutage = false) : RunEvent;

    /// <summary>The service does not answer any more.</summary>
    internal sealed record OutageBegan(TcbException Reason) : RunEvent;

    /// <summary>The service answers again.</summary>
    internal sealed record OutageEnded(TimeSpan Length) : RunEvent;

    /// <summary>The service turned a request away: it goes back and sending slows down, unless that ends the run.</summary>
    internal sealed record Throttled(int Files, SendingStatus Status, TcbException Reason, bool EndsRun) : RunEvent;

    /// <summary>An invalid request is sent again in halves.</summary>
    internal sealed record RequestSplit(int Files, TcbException Reason) : RunEvent;

    /// <summary>A text for the verbose or the warning stream.</summary>
    internal sealed record Said(MessageStream Stream, UserText Text) : RunEvent;

    /// <summary>A request or a reply, without secrets.</summary>
    internal sealed record Traffic(string Text) : RunEvent;

    /// <summary>Nothing has come in for a second: time to show that the run is alive.</summary>
    internal sealed record Heartbeat : RunEvent
    {
        internal static readonly Heartbeat Instance = new();
    }

    /// <summary>Nothing more can succeed. The last event of a run.</summary>
    /// <param name="Reason">The failure that ended it.</param>
    /// <param name="OpenFileIds">The accepted IDs that have no outcome, each occurrence once, in the order in which they came.</param>
    /// <param name="SomeInDoubt">Whether one of them may have been deleted unseen.</param>
    internal sealed record RunEnded(TcbException Reason, string[] OpenFileIds, bool SomeInDoubt) : RunEvent
    {
        /// <summary>The error.</summary>
        internal ErrorId ErrorId => Reason.ErrorId;
    }
}
