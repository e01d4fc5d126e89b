using System.Globalization;
using TcbPowerShell.Client.Runs;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Commands;

/// <summary>The texts that differ between removing, looking up and saving files. Most are keys of Messages.resx.</summary>
/// <param name="Activity">The name of the run in the progress bar: short, because it takes its width from the counts.</param>
/// <param name="Progress">The files that succeeded, in the progress bar.</param>
/// <param name="ProgressFailed">The files that failed, in the progress bar.</param>
/// <param name="ProgressEarlier">The files that an earlier run was done with, in the progress bar.</param>
/// <param name="Request">The verbose line of a request.</param>
/// <param name="Counts">The counts in the error that ends a run.</param>
/// <param name="Continue">How to continue after an early end, if nothing was deleted.</param>
/// <param name="DryRun">The summary of a dry run.</param>
/// <param name="FileFailed">The error of a file that exists, or may exist: its ID, the facts, the attempts, the reason.</param>
/// <param name="MayHaveDeleted">Whether a file without a result may have been deleted.</param>
internal sealed record RunWords(
    string Activity, string Progress, string ProgressFailed, string ProgressEarlier, string Request, string Counts, string Continue, string DryRun, string FileFailed,
    bool MayHaveDeleted)
{
    internal static readonly RunWords Remove = new(
        Activity: nameof(Messages.RemoveActivity),
        Progress: nameof(Messages.ProgressRemoved),
        ProgressFailed: nameof(Messages.ProgressFailed),
        ProgressEarlier: nameof(Messages.ProgressEarlier),
        Request: nameof(Messages.VerboseRequest),
        Counts: nameof(Messages.RunCounts),
        Continue: nameof(Messages.ContinueWithList),
        DryRun: nameof(Messages.SummaryDryRun),
        FileFailed: nameof(Messages.FileNotRemoved),
        MayHaveDeleted: true);

    internal static readonly RunWords LookUp = new(
        Activity: nameof(Messages.LookUpActivity),
        Progress: nameof(Messages.ProgressFound),
        ProgressFailed: nameof(Messages.ProgressNotFound),
        ProgressEarlier: nameof(Messages.ProgressEarlier),
        Request: nameof(Messages.LookUpVerboseRequest),
        Counts: nameof(Messages.LookUpRunCounts),
        Continue: nameof(Messages.ContinueWithList),
        DryRun: nameof(Messages.SummaryDryRun),
        FileFailed: nameof(Messages.FileNotRead),
        MayHaveDeleted: false);

    /// <summary>Its requests are look-ups.</summary>
    internal static readonly RunWords Save = new(
        Activity: nameof(Messages.SaveActivity),
        Progress: nameof(Messages.ProgressSaved),
        ProgressFailed: nameof(Messages.ProgressFailed),
        ProgressEarlier: nameof(Messages.ProgressAlreadySaved),
        Request: nameof(Messages.LookUpVerboseRequest),
        Counts: nameof(Messages.SaveRunCounts),
        Continue: nameof(Messages.ContinueSaving),
        DryRun: nameof(Messages.SaveSummaryDryRun),
        FileFailed: nameof(Messages.FileNotSaved),
        MayHaveDeleted: false);
}

/// <summary>The summary of a run as text: a line of counts, and below it a line for each error ID with the first of its errors.</summary>
internal static class SummaryText
{
    internal static string Of(CloudFileSummary summary, RunWords words, CultureInfo language)
    {
        UserText counts = summary.IsDryRun && summary.IsEmpty ? new UserText(nameof(Messages.SummaryDryRunEmpty))
            : summary.IsDryRun ? new UserText(words.DryRun, summary.WouldProcess.Values.Sum(), ByName(summary.WouldProcess), summary.Succeeded,
                ByName(summary.Errors), summary.Skipped)
            : new UserText(nameof(Messages.Summary), ByName(summary.Outcomes), ByName(summary.Errors), summary.Open, summary.Skipped,
                summary.Requests, summary.Retries, summary.RequestsThrottled, summary.TimeThrottled.TotalSeconds, summary.Duration.TotalSeconds);
        if (summary.EndedBy is not null) counts = new UserText(nameof(Messages.SummaryEnded), counts, summary.EndedBy);
        IEnumerable<UserText> errors = summary.Errors.Select(pair => new UserText(nameof(Messages.SummaryFirstError), pair.Key, pair.Value, summary.FirstErrors[pair.Key]));
        return string.Join(Environment.NewLine + "  ", errors.Prepend(counts).Select(text => text.Format(language)));
    }

    private static object ByName(IReadOnlyDictionary<string, int> counts) =>
        counts.Count == 0 ? new UserText(nameof(Messages.None)) : string.Join(", ", counts.Select(pair => FormattableString.Invariant($"{pair.Value:N0} {pair.Key}")));
}

/// <summary>The warning that the service throttles the run.</summary>
internal static class ThrottlingText
{
    private static readonly TimeSpan WorthTelling = TimeSpan.FromSeconds(1);

    internal static UserText Of(RunEvent.Throttled throttled)
    {
        // The rest of the minute is not known, and the rate before it says nothing about the next one.
        if (throttled.Reason.ErrorCode == ServiceCode.PerMinuteLimit) return new UserText(nameof(Messages.ThrottledThisMinute), throttled.Reason.Text);
        double seconds = throttled.Status.Pause.TotalSeconds;
        if (throttled.Status.RequestsPerSecond is not { } rate)
            return throttled.Status.Pause < WorthTelling
                ? new UserText(nameof(Messages.ThrottledUnmeasured), throttled.Reason.Text)
                : new UserText(nameof(Messages.ThrottledPause), throttled.Reason.Text, seconds);
        double requests = Round(rate);
        double files = Round(rate * throttled.Files);
        return throttled.Status.Pause < WorthTelling
            ? new UserText(nameof(Messages.Throttled), throttled.Reason.Text, requests, files)
            : new UserText(nameof(Messages.ThrottledPauseAndRate), throttled.Reason.Text, seconds, requests, files);
    }

    /// <summary>A rate as precise as it is known.</summary>
    internal static double Round(double rate) => Math.Round(rate, rate < 1 ? 2 : rate < 10 ? 1 : 0);
}
