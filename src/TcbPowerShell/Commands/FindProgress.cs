using System.Globalization;
using System.Management.Automation;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Commands;

/// <summary>The progress bar of a listing: files and bytes found.</summary>
/// <param name="cmdlet">The cmdlet that shows it.</param>
/// <param name="environment">The connection.</param>
internal sealed class FindProgress(Cmdlet cmdlet, TcbEnvironment environment)
{
    // As often as an eye follows.
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
        // The clock is read once for some files.
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
