using System.Globalization;
using System.Management.Automation;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Commands;

/// <summary>
/// The progress bar of a run: the counts, what the run waits for or how it is throttled, the rate and the elapsed time. At 80 columns PowerShell 7
/// shows activity and status on one line and cuts what is too long, so whatever comes last is left out until the rest fits.
/// </summary>
/// <param name="cmdlet">The cmdlet that shows it.</param>
/// <param name="words">The texts of what the run does.</param>
/// <param name="total">How many IDs there are; null if that is not known.</param>
/// <param name="clock">Time.</param>
internal sealed class RunProgress(Cmdlet cmdlet, RunWords words, int? total, Clock clock)
{
    // The columns for the activity, the status and the seconds that remain: 80 less the brackets and spaces around them (ProgressNode.RenderAnsi in
    // PowerShell).
    private const int Width = 76;

    private const double Mega = 1_000_000;

    // Windows PowerShell spends milliseconds on each update; five a second are all that an eye follows.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly TimeSpan _start = clock.Elapsed;
    private TimeSpan _last = clock.Elapsed;
    private TimeSpan _waitEnds;
    private UserText? _reason;
    private bool _isThrottled;
    private bool _isOutage;
    private bool _shown;

    /// <summary>The rate that the service allows; null if it does not throttle, or if that is not known.</summary>
    internal double? RequestsPerSecond { get; set; }

    /// <summary>How many bytes of files have come in.</summary>
    internal long BytesReceived { get; set; }

    /// <summary>The run waits, until it goes on.</summary>
    /// <param name="delay">How long.</param>
    /// <param name="reason">Why.</param>
    /// <param name="isThrottled">Whether the service asks for it; otherwise a failed request is tried again.</param>
    /// <param name="isOutage">Whether there is an outage.</param>
    internal void Wait(TimeSpan delay, UserText reason, bool isThrottled, bool isOutage = false)
    {
        _waitEnds = clock.Elapsed + delay;
        _reason = reason;
        _isThrottled = isThrottled;
        _isOutage = isOutage;
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
        int done = counts.Succeeded + counts.Failed;
        string activity = Show(new UserText(words.Activity));
        int room = Width - WidthOf(activity);
        var record = new ProgressRecord(0, activity, Fit(room - 1, Parts(counts, now, seconds)));
        if (total > 0 && done > 0)
        {
            record.PercentComplete = (int)(100L * Math.Min(done, total.Value) / total.Value);
            double left = Math.Min(int.MaxValue, seconds / done * Math.Max(0, total.Value - done));
            // A forecast made during a pause is wrong by the length of the pause.
            if (_reason is null && WidthOf(record.StatusDescription) + FormattableString.Invariant($"  {left:0}s").Length <= room) record.SecondsRemaining = (int)left;
        }
        cmdlet.WriteProgress(record);
    }

    /// <summary>Takes the bar away.</summary>
    internal void Complete()
    {
        if (!_shown) return;
        _shown = false;
        cmdlet.WriteProgress(new ProgressRecord(0, Show(new UserText(words.Activity)), Show(new UserText(nameof(Messages.ProgressDone)))) { RecordType = ProgressRecordType.Completed });
    }

    // The most important first. Each is a list of ways to say it, the longest first.
    private IEnumerable<UserText[]> Parts(CloudFileSummary counts, TimeSpan now, double seconds)
    {
        int succeeded = counts.Succeeded - counts.Earlier;
        if (succeeded > 0) yield return [new UserText(words.Progress, succeeded)];
        if (counts.Earlier > 0) yield return [new UserText(words.ProgressEarlier, counts.Earlier)];
        if (counts.Failed > 0) yield return [new UserText(words.ProgressFailed, counts.Failed)];
        if (_reason is not null) yield return Waiting(Math.Ceiling((_waitEnds - now).TotalSeconds), _reason);
        else if (RequestsPerSecond is { } rate) yield return [new UserText(nameof(Messages.ProgressThrottled), ThrottlingText.Round(rate)), new UserText(nameof(Messages.ProgressThrottledShort))];
        if (BytesReceived > 0) yield return [Bytes(BytesReceived)];
        if (BytesReceived > 0) yield return [new UserText(nameof(Messages.ProgressByteRate), BytesReceived / Mega / seconds)];
        else if (succeeded + counts.Failed > 0) yield return [new UserText(nameof(Messages.ProgressRate), (succeeded + counts.Failed) / seconds)];
        yield return [new UserText(nameof(Messages.ProgressElapsed), Elapsed(now - _start))];
    }

    private static UserText Bytes(long bytes) => bytes < 1000 * Mega
        ? new UserText(nameof(Messages.ProgressBytes), bytes / Mega, "MB")
        : new UserText(nameof(Messages.ProgressBytes), bytes / Mega / 1000, "GB");

    private UserText[] Waiting(double left, UserText reason)
    {
        // The wait is over, and the request is on its way again.
        if (left <= 0) return WithReason(new UserText(nameof(Messages.ProgressBusy)), reason);
        UserText[] wait = WithReason(
            new UserText(_isOutage ? nameof(Messages.ProgressOutage) : _isThrottled ? nameof(Messages.ProgressPause) : nameof(Messages.ProgressRetry), left), reason);
        return [.. wait, new UserText(nameof(Messages.ProgressWait), left)];
    }

    private static UserText[] WithReason(UserText text, UserText reason) => [new UserText(nameof(Messages.ProgressReason), text, reason), text];

    // "hh" alone starts again at 0 after a day.
    private static string Elapsed(TimeSpan time) => FormattableString.Invariant($"{(long)time.TotalHours:00}:{time.Minutes:00}:{time.Seconds:00}");

    private static string Fit(int room, IEnumerable<UserText[]> parts)
    {
        string status = string.Empty;
        foreach (UserText[] part in parts)
        {
            status = part.Select(way => status.Length == 0 ? Show(way) : Show(new UserText(nameof(Messages.ProgressAnd), status, way)))
                .FirstOrDefault(longer => WidthOf(longer) <= room) ?? status;
        }
        return status;
    }

    // The columns of a terminal: Chinese characters and full-width marks take two, each half of an emoji one.
    private static int WidthOf(string text) => text.Sum(c => c is >= '\u1100' and <= '\u115f' or >= '\u2e80' and <= '\ua4cf' or >= '\uac00' and <= '\ud7a3'
        or >= '\uf900' and <= '\ufaff' or >= '\ufe30' and <= '\ufe6f' or >= '\uff00' and <= '\uff60' or >= '\uffe0' and <= '\uffe6' ? 2 : 1);

    private static string Show(UserText text) => text.Format(CultureInfo.CurrentUICulture);
}

/// <summary>The progress bar of a listing: files and bytes found.</summary>
/// <param name="cmdlet">The cmdlet that shows it.</param>
/// <param name="environment">The connection.</param>
internal sealed class FindProgress(Cmdlet cmdlet, TcbEnvironment environment)
{
    // Five updates a second are all that an eye follows.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly Clock _clock = environment.Clock;
    private readonly string _activity = new UserText(nameof(Messages.FindActivity), environment.EnvironmentId).Format(CultureInfo.CurrentUICulture);
    private TimeSpan _last = environment.Clock.Elapsed;
    private long _files;
    private long _bytes;
    private bool _shown;

    /// <summary>A file was found.</summary>
    internal void Add(long bytes)
    {
        _files++;
        _bytes += bytes;
        // The clock is read once for 16 files.
        if (_files % 16 != 0 || _clock.Elapsed - _last < Interval) return;
        _last = _clock.Elapsed;
        _shown = true;
        cmdlet.WriteProgress(new ProgressRecord(0, _activity, new UserText(nameof(Messages.FindProgress), _files, _bytes / 1_000_000d).Format(CultureInfo.CurrentUICulture)));
    }

    /// <summary>Takes the bar away.</summary>
    internal void Complete()
    {
        if (_shown) cmdlet.WriteProgress(new ProgressRecord(0, _activity, new UserText(nameof(Messages.ProgressDone)).Format(CultureInfo.CurrentUICulture)) { RecordType = ProgressRecordType.Completed });
    }
}
