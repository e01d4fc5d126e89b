using TcbPowerShell.Client.Batches;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Commands;

/// <summary>The warning that the service throttles the run.</summary>
internal static class ThrottlingText
{
    private static readonly TimeSpan WorthTelling = TimeSpan.FromSeconds(1);

    internal static UserText Of(BatchEvent.Throttled throttled)
    {
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
