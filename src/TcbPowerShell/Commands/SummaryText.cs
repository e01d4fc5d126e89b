using System.Globalization;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Commands;

/// <summary>The summary of a run as text: a line of counts, and below it a line for each error ID with the first of its errors.</summary>
internal static class SummaryText
{
    internal static string Of(CloudFileSummary summary, CultureInfo language)
    {
        UserText counts = summary.IsDryRun
            ? new UserText(nameof(Messages.SummaryDryRun), summary.WouldProcess.Values.Sum(), ByName(summary.WouldProcess), summary.Succeeded,
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
