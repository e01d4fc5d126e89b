using System.Globalization;
using System.Management.Automation;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Commands;

/// <summary>The progress bar of a run: counts, rate and elapsed time; during a pause a countdown with the reason.</summary>
/// <param name="cmdlet">Where it is shown.</param>
/// <param name="activity">What the run does.</param>
/// <param name="countsKey">The text of the counts.</param>
/// <param name="total">How many IDs there are; null where that is not known.</param>
/// <param name="clock">Time.</param>
internal sealed class RunProgress(Cmdlet cmdlet, string activity, string countsKey, int? total, Clock clock)
{
    // Windows PowerShell spends milliseconds on each update; five a second are all that an eye follows.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly TimeSpan _start = clock.Elapsed;
    private TimeSpan _last = clock.Elapsed;
    private TimeSpan _waitEnds;
    private UserText? _reason;
    private string _waitKey = nameof(Messages.ProgressRetry);
    private bool _shown;

    /// <summary>The rate that the service allows; null where it does not throttle.</summary>
    internal double? RequestsPerSecond { get; set; }

    /// <summary>The run waits, until it goes on.</summary>
    /// <param name="key">The text: its first argument is the seconds that are left, its second the reason.</param>
    /// <param name="delay">How long.</param>
    /// <param name="reason">Why.</param>
    internal void Wait(string key, TimeSpan delay, UserText reason)
    {
        _waitKey = key;
        _waitEnds = clock.Elapsed + delay;
        _reason = reason;
    }

    /// <summary>The run goes on.</summary>
    internal void GoOn() => _reason = null;

    /// <summary>Shows the counts, if the last time is long enough ago.</summary>
    internal void Update(CloudFileSummary counts)
    {
        TimeSpan now = clock.Elapsed;
        if (now - _last < Interval) return;
        _last = now;
        _shown = true;
        double seconds = (now - _start).TotalSeconds;
        int skipped = counts.Of(CloudFileRemovalOutcome.PreviouslyRemoved);
        int done = counts.Succeeded + counts.Failed;
        var status = new UserText(countsKey, counts.Succeeded - skipped, skipped, counts.Failed, (done - skipped) / seconds, Tail(now));
        var record = new ProgressRecord(0, activity, Show(status));
        if (total > 0 && done > 0)
        {
            record.PercentComplete = (int)(100L * Math.Min(done, total.Value) / total.Value);
            // A forecast made during a pause is wrong by the length of the pause.
            if (_reason is null) record.SecondsRemaining = (int)Math.Min(int.MaxValue, seconds / done * Math.Max(0, total.Value - done));
        }
        cmdlet.WriteProgress(record);
    }

    /// <summary>Takes the bar away.</summary>
    internal void Complete()
    {
        if (!_shown) return;
        _shown = false;
        cmdlet.WriteProgress(new ProgressRecord(0, activity, Show(new UserText(nameof(Messages.ProgressDone)))) { RecordType = ProgressRecordType.Completed });
    }

    private UserText Tail(TimeSpan now)
    {
        if (_reason is null)
        {
            string elapsed = (now - _start).ToString("hh\\:mm\\:ss", CultureInfo.InvariantCulture);
            return RequestsPerSecond is { } rate
                ? new UserText(nameof(Messages.ProgressThrottled), elapsed, ThrottlingText.Round(rate))
                : new UserText(nameof(Messages.ProgressElapsed), elapsed);
        }
        double left = Math.Ceiling((_waitEnds - now).TotalSeconds);
        // The wait is over, and the request is on its way again.
        return left > 0 ? new UserText(_waitKey, left, _reason) : new UserText(nameof(Messages.ProgressBusy), _reason);
    }

    private static string Show(UserText text) => text.Format(CultureInfo.CurrentUICulture);
}
