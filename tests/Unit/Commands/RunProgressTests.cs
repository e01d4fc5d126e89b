using System.Management.Automation;
using System.Reflection;
using TcbPowerShell.Commands;
using TcbPowerShell.Resources;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Commands;

/// <summary>The progress bar moves while nothing arrives, says what it waits for, and promises nothing that it cannot know.</summary>
public sealed class RunProgressTests
{
    private static readonly UserText Reason = new(nameof(Messages.HttpStatus), 503, "ServiceUnavailable");

    private readonly SkippingClock _clock = new();
    private readonly CloudFileSummary _counts = new("test-env", isDryRun: false);
    private readonly Bar _bar = (Bar)(object)DispatchProxy.Create<ICommandRuntime, Bar>();
    private readonly RunProgress _progress;

    public RunProgressTests() => _progress = new RunProgress(
        new Command { CommandRuntime = (ICommandRuntime)(object)_bar }, "activity", RunWords.Remove.Progress, total: 100, _clock);

    [Fact]
    public void Update_EachSecondWithoutNews_ShowsTheElapsedTime() => Assert.Equal(
        [.. new[] { 1, 2, 3 }.Select(second => $"0 removed, 0 skipped, 0 failed, 0 files/s, elapsed 00:00:0{second}")],
        new[] { 1, 1, 1 }.Select(Status));

    [Fact]
    public void Update_Throttled_ShowsTheRateInUse_UntilThereIsNone()
    {
        _progress.RequestsPerSecond = 18.4;
        string[] shown = [Status(1), Status(1)];
        _progress.RequestsPerSecond = null;

        Assert.Equal(
            ["elapsed 00:00:01, throttled to about 18 requests/s", "elapsed 00:00:02, throttled to about 18 requests/s", "elapsed 00:00:03"],
            shown.Append(Status(1)).Select(status => status[status.IndexOf("elapsed", StringComparison.Ordinal)..]));
    }

    [Fact]
    public void Update_WithinAFifthOfASecond_ShowsNothing()
    {
        _clock.Advance(TimeSpan.FromMilliseconds(199));
        _progress.Update(_counts);

        Assert.Empty(_bar.Records);
    }

    [Fact]
    public void Update_DuringAWait_CountsDownWithTheReason_UntilTheRunGoesOn()
    {
        _progress.Wait(nameof(Messages.ProgressRetry), TimeSpan.FromSeconds(30), Reason);
        string[] shown = [Status(1), Status(1), Status(27), Status(1), Status(1)];
        _progress.GoOn();

        Assert.Equal(
            ["retrying in 29 s: HTTP 503 ServiceUnavailable", "retrying in 28 s: HTTP 503 ServiceUnavailable", "retrying in 1 s: HTTP 503 ServiceUnavailable",
             "retrying: HTTP 503 ServiceUnavailable", "retrying: HTTP 503 ServiceUnavailable"],
            shown.Select(status => status[(status.LastIndexOf("files/s, ", StringComparison.Ordinal) + 9)..]));
        Assert.EndsWith("elapsed 00:00:32", Status(1), StringComparison.Ordinal);
    }

    [Fact]
    public void Update_DuringAWait_PromisesNoEnd()
    {
        for (int i = 0; i < 50; i++) _counts.CountOutcome(nameof(CloudFileRemovalOutcome.Removed));
        Status(10);
        _progress.Wait(nameof(Messages.ProgressPause), TimeSpan.FromSeconds(60), Reason);
        Status(1);

        Assert.Equal([10, -1], _bar.Records.Select(record => record.SecondsRemaining));
        Assert.All(_bar.Records, record => Assert.Equal(50, record.PercentComplete));
    }

    [Fact]
    public void Update_PreviouslyRemoved_IsCountedApart_AndMakesNoSpeed()
    {
        foreach (string outcome in new[] { "PreviouslyRemoved", "PreviouslyRemoved", "PreviouslyRemoved", "Removed", "AlreadyGone" }) _counts.CountOutcome(outcome);

        Assert.StartsWith("2 removed, 3 skipped, 0 failed, 1 files/s", Status(2), StringComparison.Ordinal);
    }

    private string Status(int seconds)
    {
        _clock.Advance(TimeSpan.FromSeconds(seconds));
        _progress.Update(_counts);
        return _bar.Records[^1].StatusDescription;
    }

    private sealed class Command : Cmdlet;

    /// <summary>Keeps what a cmdlet writes to the bar. Nothing else of a runtime is asked for.</summary>
    public class Bar : DispatchProxy
    {
        /// <summary>What was written.</summary>
        public IList<ProgressRecord> Records { get; } = [];

        /// <inheritdoc/>
        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            Records.Add((ProgressRecord)args![0]!);
            return null;
        }
    }
}
