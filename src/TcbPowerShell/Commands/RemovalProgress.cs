using System.Management.Automation;
using TcbPowerShell.Client.Http;

namespace TcbPowerShell.Commands;

/// <summary>The progress bar of a run: counts and rate, and how far it is where the total is known.</summary>
/// <param name="cmdlet">Where it is shown.</param>
/// <param name="environmentId">The environment.</param>
/// <param name="total">How many IDs there are; null where that is not known.</param>
/// <param name="clock">Time.</param>
internal sealed class RemovalProgress(Cmdlet cmdlet, string environmentId, int? total, Clock clock)
{
    // Windows PowerShell spends milliseconds on each update; five a second are all that an eye follows.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly TimeSpan _start = clock.Elapsed;
    private TimeSpan _last = clock.Elapsed;
    private bool _shown;

    /// <summary>What the run waits for, until it goes on. It is true before the next try as well as during it.</summary>
    internal string? Waiting { get; set; }

    /// <summary>Shows the counts, if the last time is long enough ago.</summary>
    internal void Update(RemovalTally tally)
    {
        TimeSpan now = clock.Elapsed;
        if (now - _last < Interval) return;
        _last = now;
        _shown = true;
        double seconds = (now - _start).TotalSeconds;
        string status = $"{tally.Removed} removed, {tally.Failed} failed, {tally.Done / seconds:0} files/s";
        var record = new ProgressRecord(0, $"Removing cloud files from {environmentId}", Waiting is null ? status : $"{status}, {Waiting}");
        if (total > 0 && tally.Done > 0)
        {
            record.PercentComplete = (int)(100L * Math.Min(tally.Done, total.Value) / total.Value);
            record.SecondsRemaining = (int)Math.Min(int.MaxValue, seconds / tally.Done * Math.Max(0, total.Value - tally.Done));
        }
        cmdlet.WriteProgress(record);
    }

    /// <summary>Takes the bar away.</summary>
    internal void Complete()
    {
        if (!_shown) return;
        _shown = false;
        cmdlet.WriteProgress(new ProgressRecord(0, $"Removing cloud files from {environmentId}", "Done") { RecordType = ProgressRecordType.Completed });
    }
}
