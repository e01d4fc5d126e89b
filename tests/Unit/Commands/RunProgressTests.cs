using System.Globalization;
using System.Management.Automation;
using System.Reflection;
using TcbPowerShell.Commands;
using TcbPowerShell.Model;
using TcbPowerShell.Resources;
using TcbPowerShell.Tests.Client.Http;
using Xunit;

namespace TcbPowerShell.Tests.Commands;

/// <summary>The progress bar moves while nothing arrives, says what it waits for, and promises nothing that it cannot know.</summary>
public sealed class RunProgressTests
{
    private static readonly UserText Reason = new(nameof(Messages.HttpStatus), "503 Service Unavailable");

    private readonly ManualClock _clock = new();
    private readonly CloudFileSummary _counts = new("test-env", isDryRun: false);
    private readonly Bar _bar = (Bar)(object)DispatchProxy.Create<ICommandRuntime, Bar>();
    private readonly RunProgress _progress;

    public RunProgressTests() => _progress = Make(RunWords.Remove);

    [Fact]
    public void Update_EachSecondWithoutNews_ShowsTheElapsedTime() =>
        Assert.Equal(["elapsed 00:00:01", "elapsed 00:00:02", "elapsed 00:00:03"], new[] { 1, 1, 1 }.Select(Status));

    [Fact]
    public void Update_AfterADay_CountsItsHours()
    {
        string[] shown = [Status((24 * 60 * 60) - 1), Status(1), Status(60 * 60), Status(99 * 60 * 60)];

        Assert.Equal(["elapsed 23:59:59", "elapsed 24:00:00", "elapsed 25:00:00", "elapsed 124:00:00"], shown);
    }

    [Fact]
    public void Update_Throttled_ShowsTheRateInUse_UntilThereIsNone()
    {
        _progress.RequestsPerSecond = 18.4;
        string[] shown = [Status(1), Status(1)];
        _progress.RequestsPerSecond = null;

        Assert.Equal(
            ["throttled to about 18 requests/s, elapsed 00:00:01", "throttled to about 18 requests/s, elapsed 00:00:02", "elapsed 00:00:03"],
            shown.Append(Status(1)));
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
        _progress.Wait(TimeSpan.FromSeconds(30), Reason, isThrottled: false);
        string[] shown = [Status(1), Status(1), Status(27), Status(1), Status(1)];
        _progress.GoOn();

        Assert.Equal(
            ["retrying in 29 s: HTTP 503 Service Unavailable", "retrying in 28 s: HTTP 503 Service Unavailable", "retrying in 1 s: HTTP 503 Service Unavailable",
             "retrying: HTTP 503 Service Unavailable", "retrying: HTTP 503 Service Unavailable"],
            shown.Select(status => status.Split(", ")[0]));
        Assert.Equal("elapsed 00:00:32", Status(1));
    }

    [Fact]
    public void Update_DuringAWait_PromisesNoEnd()
    {
        Count("Removed", 50);
        Status(10);
        _progress.Wait(TimeSpan.FromSeconds(60), Reason, isThrottled: true);
        Status(1);

        Assert.Equal([10, -1], _bar.Records.Select(record => record.SecondsRemaining));
        Assert.All(_bar.Records, record => Assert.Equal(50, record.PercentComplete));
    }

    [Fact]
    public void Update_RemovedEarlier_IsCountedApart_AndMakesNoSpeed()
    {
        foreach (string outcome in new[] { "PreviouslyRemoved", "PreviouslyRemoved", "PreviouslyRemoved", "Removed", "AlreadyGone" }) _counts.CountOutcome(outcome);

        Assert.Equal("2 removed, 3 earlier, 1 files/s, elapsed 00:00:02", Status(2));
    }

    [Fact]
    public void Update_NoRoom_LeavesOutTheLeastImportantPart()
    {
        Count("Removed", 300_000);
        Fail(1234);
        _progress.RequestsPerSecond = 70;

        Assert.Equal("300,000 removed, 1,234 failed, throttled", Status(90)[..40]);
        Assert.Equal("Removing files", _bar.Records[^1].Activity);
    }

    [Fact]
    public void Update_WhileFilesComeIn_ShowsBytesAndTheirRate_AlsoDuringOneLongDownload()
    {
        RunProgress progress = Make(RunWords.Save);
        string[] shown = [Received(progress, 1, 12_345_678), Received(progress, 1, 24_000_000)];
        Count("Saved", 1234);
        Count("AlreadySaved", 50);
        Fail(3);

        Assert.Equal(["12.3 MB, 12.3 MB/s, elapsed 00:00:01", "24.0 MB, 12.0 MB/s, elapsed 00:00:02"], shown);
        Assert.Equal("1,234 saved, 50 earlier, 3 failed, 5.7 GB, 56.8 MB/s", Received(progress, 98, 5_678_901_234));
        Assert.Equal("Saving files", _bar.Records[^1].Activity);
    }

    [Fact]
    public void Update_FilesSavedWithoutBytes_ShowsFiles()
    {
        RunProgress progress = Make(RunWords.Save);
        Count("AlreadySaved", 50);

        Assert.Equal("50 earlier, elapsed 00:00:02", Received(progress, 2, 0));
    }

    public static TheoryData<string, string, int, int, int, string> Bars
    {
        get
        {
            (int, int, int)[] counts = [(0, 0, 0), (3, 0, 0), (999_999, 0, 0), (0, 999_999, 1), (300_000, 200_000, 12_345), (4_000_000, 0, 99_999)];
            var bars = new TheoryData<string, string, int, int, int, string>();
            foreach ((int succeeded, int earlier, int failed) in counts)
            {
                foreach (string state in new[] { "free", "throttled", "pause", "retry", "busy" })
                {
                    foreach (string run in new[] { "remove", "look up", "save" })
                    {
                        if (earlier > 0 && run == "look up") continue;
                        bars.Add("en-US", run, succeeded, earlier, failed, state);
                        bars.Add("zh-CN", run, succeeded, earlier, failed, state);
                    }
                }
            }
            return bars;
        }
    }

    /// <summary>At 80 columns PowerShell 7 shows "activity [status seconds]" and cuts what is wider.</summary>
    [Theory]
    [MemberData(nameof(Bars))]
    public void Update_AtEightyColumns_NothingIsCut_AndTheCountsAndTheStateAreThere(string culture, string run, int succeeded, int earlier, int failed, string state)
    {
        CultureInfo language = CultureInfo.CurrentUICulture;
        CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(culture);
        try
        {
            RunProgress progress = Make(run switch { "look up" => RunWords.LookUp, "save" => RunWords.Save, _ => RunWords.Remove }, total: 5_000_000);
            if (run == "save") progress.BytesReceived = 999_999_999_999;
            Count(run == "save" ? "Saved" : "Removed", succeeded);
            Count(run == "save" ? "AlreadySaved" : "PreviouslyRemoved", earlier);
            Fail(failed);
            UserText lost = new(nameof(Messages.ConnectionFailed), new string('x', 100));
            if (state == "throttled") progress.RequestsPerSecond = 1234;
            if (state is "pause" or "retry") progress.Wait(TimeSpan.FromSeconds(899), lost, state == "pause");
            if (state == "busy") progress.Wait(TimeSpan.Zero, lost, isThrottled: false);
            _clock.Advance(TimeSpan.FromSeconds(1));
            progress.Update(_counts);

            ProgressRecord bar = _bar.Records[^1];
            string seconds = bar.SecondsRemaining >= 0 ? $"{bar.SecondsRemaining}s" : string.Empty;
            Assert.InRange(Columns($"{bar.Activity} [{bar.StatusDescription} {seconds}]"), 1, 79);
            Assert.All(new[] { succeeded, earlier, failed }.Where(count => count > 0), count => Assert.Contains($"{count:N0}", bar.StatusDescription, StringComparison.Ordinal));
            string[] says = state switch
            {
                "throttled" => ["throttled", "限流"],
                "pause" or "retry" => ["898"],
                "busy" => ["retrying", "正在重试"],
                _ when run == "save" => ["1,000.0 GB"],
                _ when failed == 0 => ["files/s", "个文件", "elapsed", "已用时"],
                _ => [string.Empty],
            };
            Assert.True(says.Any(text => bar.StatusDescription.Contains(text, StringComparison.Ordinal)), bar.StatusDescription);
        }
        finally
        {
            CultureInfo.CurrentUICulture = language;
        }
    }

    // As a terminal counts.
    private static int Columns(string text) => text.Sum(c => c > '\u2e80' ? 2 : 1);

    private RunProgress Make(RunWords words, int total = 100) => new(new Command { CommandRuntime = (ICommandRuntime)(object)_bar }, words, total, _clock);

    // As often as that, but at once.
    private void Count(string outcome, int files) => ((IDictionary<string, int>)_counts.Outcomes)[outcome] = files;

    private void Fail(int files) => ((IDictionary<string, int>)_counts.Errors)[nameof(ErrorId.CloudFileNotFound)] = files;

    private string Received(RunProgress progress, int seconds, long bytes)
    {
        _clock.Advance(TimeSpan.FromSeconds(seconds));
        progress.BytesReceived = bytes;
        progress.Update(_counts);
        return _bar.Records[^1].StatusDescription;
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
        /// <summary>The progress records that were written.</summary>
        public IList<ProgressRecord> Records { get; } = [];

        /// <inheritdoc/>
        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            Records.Add((ProgressRecord)args![0]!);
            return null;
        }
    }
}
