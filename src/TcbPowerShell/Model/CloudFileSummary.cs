using TcbPowerShell.Model;

namespace TcbPowerShell;

/// <summary>
/// What a run did, as the <c>MessageData</c> of the information record tagged <c>TcbSummary</c> that each run writes exactly once:
/// <c>-InformationVariable summary</c> catches it. A run that does not begin has none: without a connection, or with a journal that cannot be
/// opened. PowerShell may drop that of a pipeline that is stopped from outside.
/// </summary>
public sealed class CloudFileSummary
{
    private readonly SortedList<string, int> _outcomes = new(StringComparer.Ordinal);
    private readonly SortedList<string, int> _errors = new(StringComparer.Ordinal);
    private readonly SortedList<string, int> _wouldProcess = new(StringComparer.Ordinal);

    internal CloudFileSummary(string? environmentId, bool isDryRun)
    {
        EnvironmentId = environmentId;
        IsDryRun = isDryRun;
    }

    /// <summary>The environment; null for a dry run without a connection.</summary>
    public string? EnvironmentId { get; }

    /// <summary>The ID of the run, which its journal also names.</summary>
    public string RunId { get; } = Guid.NewGuid().ToString();

    /// <summary>Whether the run was a dry run (<c>-WhatIf</c>), which sends nothing.</summary>
    public bool IsDryRun { get; }

    /// <summary>The number of files by outcome, for example <c>Removed</c>.</summary>
    public IReadOnlyDictionary<string, int> Outcomes => _outcomes;

    /// <summary>The number of IDs by error ID, for example <c>CloudFileNotFound</c>.</summary>
    public IReadOnlyDictionary<string, int> Errors => _errors;

    /// <summary>In a dry run: the number of files that would be processed, by environment.</summary>
    public IReadOnlyDictionary<string, int> WouldProcess => _wouldProcess;

    /// <summary>The number of IDs that ended in a result.</summary>
    public int Succeeded => _outcomes.Values.Sum();

    /// <summary>The number of IDs that ended in a non-terminating error.</summary>
    public int Failed => _errors.Values.Sum();

    /// <summary>The number of null, empty and white-space entries in the input.</summary>
    public int Skipped { get; internal set; }

    /// <summary>The number of accepted IDs without an outcome, because the run ended early.</summary>
    public int Open { get; internal set; }

    /// <summary>The error ID that ended the run early; null where it came to its end.</summary>
    public string? EndedBy { get; internal set; }

    /// <summary>The number of requests for files. Requests for tokens are not counted.</summary>
    public int Requests { get; internal set; }

    /// <summary>The number of requests that were repeated after a failure, throttling not included.</summary>
    public int Retries { get; internal set; }

    /// <summary>The number of requests that the service turned away because of its rate limits.</summary>
    public int RequestsThrottled { get; internal set; }

    /// <summary>How long sending paused or was slowed down because of the service's rate limits.</summary>
    public TimeSpan TimeThrottled { get; internal set; }

    /// <summary>How long the run took.</summary>
    public TimeSpan Duration { get; internal set; }

    /// <summary>The summary as one line, in the language of the session.</summary>
    internal string Line { get; set; } = string.Empty;

    /// <summary>The summary as one line.</summary>
    /// <returns>The line that the run wrote to the verbose stream.</returns>
    public override string ToString() => Line;

    /// <summary>The number of files with an outcome.</summary>
    internal int Of(CloudFileRemovalOutcome outcome) => _outcomes.TryGetValue(outcome.ToString(), out int count) ? count : 0;

    internal void CountOutcome(string name) => Count(_outcomes, name);

    internal void CountError(ErrorId errorId) => Count(_errors, errorId.ToString());

    internal void CountWouldProcess(string environmentId) => Count(_wouldProcess, environmentId);

    private static void Count(SortedList<string, int> counts, string name) =>
        counts[name] = counts.TryGetValue(name, out int count) ? count + 1 : 1;
}
