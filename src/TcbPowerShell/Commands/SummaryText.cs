using TcbPowerShell.Resources;

namespace TcbPowerShell.Commands;

/// <summary>The summary of a run as one verbose line.</summary>
internal static class SummaryText
{
    internal static UserText Of(CloudFileSummary summary) => summary.IsDryRun
        ? new UserText(nameof(Messages.SummaryDryRun), summary.WouldProcess.Values.Sum(), ByName(summary.WouldProcess), summary.Succeeded,
            ByName(summary.Errors), summary.Skipped)
        : new UserText(nameof(Messages.Summary), ByName(summary.Outcomes), ByName(summary.Errors), summary.Open, summary.Skipped,
            summary.Requests, summary.Retries, summary.RequestsThrottled, summary.TimeThrottled.TotalSeconds, summary.Duration.TotalSeconds);

    private static object ByName(IReadOnlyDictionary<string, int> counts) =>
        counts.Count == 0 ? new UserText(nameof(Messages.None)) : string.Join(", ", counts.Select(pair => FormattableString.Invariant($"{pair.Value:N0} {pair.Key}")));
}
