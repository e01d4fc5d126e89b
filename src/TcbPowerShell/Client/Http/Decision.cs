using TcbPowerShell.Model;

namespace TcbPowerShell.Client.Http;

/// <summary>The decision on a failed call.</summary>
/// <param name="Step">The next step of the call.</param>
internal readonly record struct Decision(NextStep Step)
{
    /// <summary>How long the call waits before it is sent again.</summary>
    internal TimeSpan Wait { get; init; }

    /// <summary>The error that ends the run; null if it goes on.</summary>
    internal ErrorId? EndsAs { get; init; }

    /// <summary>Whether the call waits because of an outage.</summary>
    internal bool IsOutage { get; init; }

    /// <summary>Whether this failure shows that there is an outage.</summary>
    internal bool OutageBegan { get; init; }

    /// <summary>How long the outage lasted that this reply ends; null if there was none.</summary>
    internal TimeSpan? OutageEnded { get; init; }

    /// <summary>When the run gives up even its requests in flight, because nothing was ever accepted; null if it does not.</summary>
    internal TimeSpan? UnprovenUntil { get; init; }

    internal static Decision End(ErrorId errorId) => new(NextStep.EndRun) { EndsAs = errorId };
}

/// <summary>The next step of a failed call.</summary>
internal enum NextStep
{
    /// <summary>Nothing more: the run ends.</summary>
    EndRun,

    /// <summary>It is sent again after a wait.</summary>
    SendAgain,

    /// <summary>It is sent again when the sending rate allows it. That uses up no retry.</summary>
    Throttled,

    /// <summary>It is sent again at once, with another token or, for a download, another link.</summary>
    OtherToken,

    /// <summary>Its halves are sent, one after the other.</summary>
    Split,

    /// <summary>It is given up.</summary>
    GiveUp,
}

/// <summary>A call that is repeated until it succeeds or is given up, as the policy remembers it.</summary>
internal sealed class RepeatedCall
{
    /// <summary>Failures so far, throttling not included.</summary>
    internal int Failures { get; set; }

    /// <summary>Retries that are used up.</summary>
    internal int Retries { get; set; }

    /// <summary>Whether its token or link was refused, and the next attempt has another one.</summary>
    internal bool HasNewToken { get; set; }

    /// <summary>Its place among all requests when it last failed, or was first sent. If a later request is answered, others are served.</summary>
    internal long FailedBefore { get; set; }

    /// <summary>Its place among all requests when it was last sent; 0 before.</summary>
    internal long LastSent { get; set; }

    /// <summary>When it was last sent.</summary>
    internal TimeSpan SentOn { get; set; }

    /// <summary>When it may be sent again.</summary>
    internal TimeSpan NotBefore { get; set; }
}

/// <summary>When a call may be sent.</summary>
/// <param name="On">A time, which may have passed; null while it is another call's turn.</param>
/// <param name="RunEnds">Why the run ends instead; null if it goes on.</param>
internal readonly record struct Turn(TimeSpan? On, TcbException? RunEnds);
