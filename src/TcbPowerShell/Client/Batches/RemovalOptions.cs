using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Journal;
using TcbPowerShell.Protocol;

namespace TcbPowerShell.Client.Batches;

/// <summary>How a run removes files.</summary>
internal sealed record RemovalOptions
{
    /// <summary>Files in one request.</summary>
    internal int BatchSize { get; init; } = DeleteRequest.MaxFiles;

    /// <summary>Requests under way at once.</summary>
    internal int ThrottleLimit { get; init; } = 5;

    /// <summary>When a failed try is repeated.</summary>
    internal RetryPolicy Retry { get; init; } = RetryPolicy.Create(maximumRetryCount: 5);

    /// <summary>Whether a file that does not exist counts as gone.</summary>
    internal bool IgnoreMissing { get; init; }

    /// <summary>Records what is sent and answered; null for none. It is the caller's to dispose.</summary>
    internal RemovalJournal? Journal { get; init; }

    /// <summary>Whether requests and replies are shown.</summary>
    internal bool ShowTraffic { get; init; }
}
