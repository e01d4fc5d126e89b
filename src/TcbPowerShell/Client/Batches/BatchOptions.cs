using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Journal;
using TcbPowerShell.Protocol;

namespace TcbPowerShell.Client.Batches;

/// <summary>How a run sends.</summary>
internal sealed record BatchOptions
{
    /// <summary>Files in one request.</summary>
    internal int BatchSize { get; init; } = BatchRequest.MaxFiles;

    /// <summary>The most requests in flight.</summary>
    internal int ThrottleLimit { get; init; } = 5;

    /// <summary>When a failed request is repeated.</summary>
    internal RetryPolicy Retry { get; init; } = RetryPolicy.Create(maximumRetryCount: 5);

    /// <summary>Records what is sent and answered; null for none. It is the caller's to dispose.</summary>
    internal RemovalJournal? Journal { get; init; }

    /// <summary>How often the pipeline thread wakes while it waits.</summary>
    internal TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Whether requests and replies are shown.</summary>
    internal bool ShowTraffic { get; init; }
}
