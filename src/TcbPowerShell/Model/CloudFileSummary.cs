using TcbPowerShell.Model;

namespace TcbPowerShell;

/// <summary>
/// The summary of a run: the <c>MessageData</c> of the information record tagged <c>TcbSummary</c> that each run writes exactly once:
/// <c>-InformationVariable summary</c> catches it. <see cref="Succeeded"/>, <see cref="Failed"/>, <see cref="Open"/>, <see cref="Declined"/>,
/// <see cref="Skipped"/> and the counts of <see cref="WouldProcess"/> add up to the entries that the run received. A run that does not begin has no
/// summary (no connection, or a journal or folder that cannot be opened), and PowerShell drops that of a pipeline that ends upstream or by Ctrl+C.
/// </summary>
public sealed class CloudFileSummary
{
    /// <summary>The value of <see cref="EndedBy"/> if no error of the module ended the run.</summary>
    internal const string Stopped = "Stopped";

    private readonly SortedList<string, int> _outcomes = new(StringComparer.Ordinal);
    private readonly SortedList<string, int> _errors = new(StringComparer.Ordinal);
    private readonly SortedList<string, int> _wouldProcess = new(StringComparer.Ordinal);
    private readonly SortedList<string, string> _firstErrors = new(StringComparer.Ordinal);
    private int _received;

    internal CloudFileSummary(string? environmentId, bool isDryRun)
    {
        EnvironmentId = environmentId;
        IsDryRun = isDryRun;
    }

    /// <summary>When the run started, in UTC.</summary>
    public DateTimeOffset StartedOn { get; internal init; }

    /// <summary>The address that the run's requests went to; null for a dry run without a connection.</summary>
    public Uri? Endpoint { get; internal init; }

    /// <summary>The full path of the journal; null without one.</summary>
    public string? JournalPath { get; internal set; }

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

    /// <summary>The number of IDs for which <c>-Confirm</c> was answered with No.</summary>
    public int Declined { get; internal set; }

    /// <summary>
    /// The number of IDs that were received and came out neither as a result nor as an error, because the run ended early. Files that were sent may
    /// have been deleted.
    /// </summary>
    public int Open { get; private set; }

    /// <summary>
    /// The reason why the run ended early: an error ID, also that of the error at which <c>-ErrorAction Stop</c> stopped; <c>Stopped</c> if something else
    /// stopped the pipeline, for example <c>-WarningAction Stop</c> or <c>Select-Object -First</c>. Null for a run that was completed.
    /// </summary>
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

    /// <summary>The number of files that an earlier run was done with.</summary>
    internal int Earlier => Of(nameof(CloudFileRemovalOutcome.PreviouslyRemoved)) + Of(nameof(SavedCloudFileOutcome.AlreadySaved));

    /// <summary>The number of files with an outcome.</summary>
    internal int Of(string outcome) => _outcomes.TryGetValue(outcome, out int count) ? count : 0;

    internal void CountOutcome(string name) => Count(_outcomes, name);

    /// <summary>The message of the first error with each error ID.</summary>
    internal IReadOnlyDictionary<string, string> FirstErrors => _firstErrors;

    internal void CountReceived(IReadOnlyCollection<string?> entries)
    {
        int blank = entries.Count(string.IsNullOrWhiteSpace);
        Skipped += blank;
        _received += entries.Count - blank;
    }

    internal void CountError(ErrorId errorId, string message)
    {
        Count(_errors, errorId.ToString());
        if (!_firstErrors.ContainsKey(errorId.ToString())) _firstErrors.Add(errorId.ToString(), message);
    }

    internal void CountWouldProcess(string environmentId) => Count(_wouldProcess, environmentId);

    /// <summary>Whether nothing came in.</summary>
    internal bool IsEmpty => Skipped == 0 && _received == 0;

    /// <summary>Whether all that came in was null, empty or white space.</summary>
    internal bool IsAllBlank => Skipped > 0 && _received == 0;

    /// <summary>Computes <see cref="Open"/>: all that was received, less the outcomes.</summary>
    internal void CountOpen() => Open = _received - Succeeded - Failed - Declined - _wouldProcess.Values.Sum();

    private static void Count(SortedList<string, int> counts, string name) =>
        counts[name] = counts.TryGetValue(name, out int count) ? count + 1 : 1;
}
