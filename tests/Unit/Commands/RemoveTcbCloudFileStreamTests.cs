using System.Management.Automation;
using System.Text.RegularExpressions;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Commands;

/// <summary>The streams beside results and errors: progress, verbose, debug, warnings, tables.</summary>
public sealed partial class RemoveTcbCloudFileStreamTests
{
    private const string Encoding = "-Encoding UTF8";

    [Fact]
    public void Verbose_OneLineForEachRequest()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(100) });

        ScriptOutcome outcome = connected.Run("$ids | Remove-TcbCloudFile -ThrottleLimit 1 -Verbose", FileIds.Range(120));

        Assert.Equal(
            [
                "Files: 50 sent, 50 removed, 0 failed, 0 without a result; N ms, rid: none",
                "Files: 50 sent, 50 removed, 0 failed, 0 without a result; N ms, rid: none",
                "Files: 20 sent, 0 removed, 20 failed, 0 without a result; N ms, rid: none",
            ],
            OfRequests(outcome).Select(text => Milliseconds().Replace(text, "N ms")));
        Assert.Empty(outcome.Debug);
    }

    [Fact]
    public void Verbose_Retry_IsTold()
    {
        using var connected = new ConnectedSession(new EmulatorOptions
        {
            FileIds = FileIds.Range(2),
            Fault = request => request.Attempt == 1 ? Fault.Http(500, retryAfter: "7") : null,
        });

        ScriptOutcome outcome = connected.Run("$ids | Remove-TcbCloudFile -Environment $patient -Verbose", FileIds.Range(2));

        Assert.Equal("Attempt 1 failed (files: 2): HTTP 500 Internal Server Error. Retrying in 7.0 s.", OfRequests(outcome)[0]);
        Assert.Equal(2, OfRequests(outcome).Length);
        Assert.Empty(outcome.Warnings);
    }

    [Fact]
    public void Debug_ShowsTheTrafficWithoutTheToken()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(1) });

        ScriptOutcome outcome = connected.Run("$ids | Remove-TcbCloudFile -Debug", FileIds.Range(1));

        Assert.Equal(
            $$"""POST {{connected.Emulator.Endpoint}}tcb/batchdeletefile?access_token=*** {"env":"test-env","fileid_list":["{{FileIds.Of(1)}}"]}""", outcome.Debug[0]);
        Assert.Equal(
            $$"""HTTP 200 {"errcode":0,"errmsg":"ok","delete_list":[{"fileid":"{{FileIds.Of(1)}}","status":0,"errmsg":"ok"}]}""", outcome.Debug[1]);
        Assert.Equal(FileIds.Range(1), outcome.RemovedIds);
    }

    [Theory]
    [InlineData("-Debug")]
    [InlineData("-Debug -Verbose")]
    [InlineData("-Debug -Verbose:$false")]
    public void Debug_NoVerboseLineAsks(string parameters)
    {
        // A prompt that nobody answers would end the run.
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(3) });

        ScriptOutcome outcome = connected.Run(
            $"$ids + '' | Remove-TcbCloudFile -BatchSize 1 {parameters}; Connect-TcbEnvironment test-env -Endpoint $default.Endpoint -TokenProvider {{ 'x' }} {parameters} | Out-Null", FileIds.Range(3));

        Assert.Null(outcome.Terminating);
        Assert.Empty(connected.Session.Host.Prompts);
        Assert.Equal(FileIds.Range(3), outcome.RemovedIds.Order());
        string[] told = parameters == "-Debug" ? outcome.Debug : outcome.Verbose;
        string[] others = parameters == "-Debug" ? outcome.Verbose : [.. outcome.Debug.Where(text => !text.StartsWith("POST", StringComparison.Ordinal) && !text.StartsWith("HTTP", StringComparison.Ordinal))];
        Assert.Equal(parameters == "-Debug -Verbose:$false" ? 0 : 1, told.Count(text => text.StartsWith("Summary: ", StringComparison.Ordinal)));
        Assert.Equal(parameters == "-Debug -Verbose:$false" ? 0 : 3, told.Count(text => text.StartsWith("Files: 1 sent", StringComparison.Ordinal)));
        Assert.Empty(others);
    }

    [Theory]
    [InlineData("$DebugPreference = 'Continue'; $ids | Remove-TcbCloudFile", 2)]
    [InlineData("$DebugPreference = 'Continue'; $ids | Remove-TcbCloudFile -Debug:$false", 0)]
    [InlineData("$ids | Remove-TcbCloudFile", 0)]
    public void Debug_FollowsPreferenceAndParameter(string script, int lines)
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(1) });

        Assert.Equal(lines, connected.Run(script, FileIds.Range(1)).Debug.Length);
    }

    [Fact]
    public void Warning_ServiceSlowsUsDown_IsOne()
    {
        using var connected = new ConnectedSession(new EmulatorOptions
        {
            FileIds = FileIds.Range(20),
            Fault = request => request.Attempt == 1 ? Fault.ErrorCode(-501004, "too many concurrent requests") : null,
        });

        ScriptOutcome outcome = connected.Run(
            "$ids | Remove-TcbCloudFile -Environment $patient -BatchSize 5 -ThrottleLimit 1 -Verbose", FileIds.Range(20));

        string warning = Assert.Single(outcome.Warnings);
        Assert.Contains("errcode -501004: too many concurrent requests", warning, StringComparison.Ordinal);
        Assert.Equal(3, outcome.Verbose.Count(text => text.StartsWith("The service is throttling (errcode -501004", StringComparison.Ordinal)));
        Assert.Equal(FileIds.Range(20), outcome.RemovedIds);
    }

    [Fact]
    public void Warning_WarningActionStop_EndsTheRun()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { Fault = _ => Fault.Throttle });

        ScriptOutcome outcome = connected.Run("$ids | Remove-TcbCloudFile -Environment $patient -WarningAction Stop", FileIds.Range(2));

        Assert.NotNull(outcome.Terminating);
        Assert.Equal(0, connected.Emulator.Requests.InFlight);
    }

    [Fact]
    public void Warning_Encoding_OnlyOnWindowsPowerShell()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(1) });

        ScriptOutcome outcome = connected.Run(
            "$ids | Remove-TcbCloudFile -ErrorAction SilentlyContinue", FileIds.Of(1), "cloud://test-env.x/鐓х墖.png", "cloud://test-env.x/涓枃.png");

#if DESKTOP
        Assert.Contains(Encoding, Assert.Single(outcome.Warnings), StringComparison.Ordinal);
#else
        Assert.DoesNotContain(outcome.Warnings, text => text.Contains(Encoding, StringComparison.Ordinal));
#endif
    }

    [Theory]
    // Most are there, and: all are missing but ASCII.
    [InlineData("cloud://test-env.x/照片.png", "cloud://test-env.x/二.png", "cloud://test-env.x/三.png")]
    [InlineData("cloud://test-env.x/x.png", "cloud://test-env.x/y.png", "cloud://test-env.x/z.png")]
    public void Warning_Encoding_IsNotGivenWithoutReason(params string[] ids)
    {
        using var connected = new ConnectedSession(new EmulatorOptions
        {
            FileIds = ["cloud://test-env.x/照片.png", "cloud://test-env.x/二.png"],
        });

        Assert.Empty(connected.Run("$ids | Get-TcbCloudFile -ErrorAction SilentlyContinue", ids).Warnings);
        Assert.Empty(connected.Run("$ids | Remove-TcbCloudFile -ErrorAction SilentlyContinue", ids).Warnings);
    }

    [Theory]
    [InlineData("$ids | Remove-TcbCloudFile", false)]
    [InlineData("Remove-TcbCloudFile $ids", true)]
    public void Progress_AtMostFiveUpdatesASecond_AndCompletedLast(string script, bool totalIsKnown)
    {
        // Each answer takes a tenth of a second of the clock that the cmdlet looks at.
        ConnectedSession? connected = null;
        using (connected = new ConnectedSession(new EmulatorOptions
        {
            FileIds = FileIds.Range(40),
            RequestCompleted = _ => connected!.Clock.Advance(TimeSpan.FromMilliseconds(100)),
        }))
        {
            ScriptOutcome outcome = connected.Run($"{script} -Environment $patient -BatchSize 1 -ThrottleLimit 1", FileIds.Range(40));

            Assert.Equal(TimeSpan.FromSeconds(4), connected.Clock.Passed);
            Assert.InRange(outcome.Progress.Length, 5, 21);
            Assert.Equal(ProgressRecordType.Completed, outcome.Progress[^1].RecordType);
            ProgressRecord[] updates = outcome.Progress[..^1];
            Assert.All(updates, record => Assert.Equal(ProgressRecordType.Processing, record.RecordType));
            Assert.Single(outcome.Progress.Select(record => record.ActivityId).Distinct());
            Assert.Contains("Removing files", updates[0].Activity, StringComparison.Ordinal);
            Assert.Matches("^[0-9]+ removed, [0-9]+ files/s, elapsed 00:00:0[0-4]$", updates[0].StatusDescription);
            Assert.All(updates, record => Assert.Equal(totalIsKnown, record.PercentComplete >= 0));
            Assert.Equal(updates.Select(record => record.PercentComplete).Order(), updates.Select(record => record.PercentComplete));
        }
    }

    [Fact]
    public void Progress_ShortRun_ShowsNone()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(200) });

        Assert.Empty(connected.Run("$ids | Remove-TcbCloudFile -Environment $patient", FileIds.Range(200)).Progress);
    }

    [Fact]
    public void Progress_RunEndedByAnError_IsCompletedToo()
    {
        ConnectedSession? connected = null;
        using (connected = new ConnectedSession(new EmulatorOptions
        {
            FileIds = FileIds.Range(9),
            RequestCompleted = _ => connected!.Clock.Advance(TimeSpan.FromSeconds(1)),
            Fault = request => request.Ordinal == 9 ? Fault.ErrorCode(45009) : null,
        }))
        {
            ScriptOutcome outcome = connected.Run(
                "$ids | Remove-TcbCloudFile -Environment $patient -BatchSize 1 -ThrottleLimit 1", FileIds.Range(9));

            Assert.NotNull(outcome.Terminating);
            Assert.Equal(ProgressRecordType.Completed, outcome.Progress[^1].RecordType);
            Assert.Single(outcome.Progress, record => record.RecordType == ProgressRecordType.Completed);
        }
    }

    [Trait("status", "503")]
    [Fact]
    public void Progress_WaitForARetry_IsShown()
    {
        ConnectedSession? session = null;
        using var connected = new ConnectedSession(new EmulatorOptions
        {
            FileIds = FileIds.Range(3),
            Fault = request =>
            {
                // So that it is time for an update when the reply comes.
                session!.Clock.Advance(TimeSpan.FromSeconds(1));
                return request.Attempt == 1 ? Fault.Http(503, retryAfter: "30") : null;
            },
        });
        session = connected;

        ScriptOutcome outcome = connected.Run(
            "$ids | Remove-TcbCloudFile -Environment $patient -BatchSize 1 -ThrottleLimit 1", FileIds.Range(3));

        Assert.Contains(outcome.Progress, record => record.StatusDescription.Contains("throttled, continuing in 30 s: HTTP 503", StringComparison.Ordinal));
    }

    [Fact]
    public void Secret_IsInNoStreamAndNoProperty()
    {
        string token = ConnectedSession.Token;
        Fault?[] faults =
        [
            null, Fault.Http(502, token), Fault.Drop, Fault.Throttle, Fault.Body($"<html>{token}"), Fault.FileStatus(-999, $"odd {token}", _ => true),
            Fault.Redirect(new Uri($"http://127.0.0.1:9/?access_token={token}")), Fault.ErrorCode(12345, $"what is {token}"), Fault.OmitEntry,
            Fault.ErrorCode(40097, $"wrong: {token}"), Fault.ErrorCode(40001, $"invalid credential {token}"),
        ];
        using var connected = new ConnectedSession(new EmulatorOptions
        {
            FileIds = FileIds.Range(100),
            Fault = request => faults[Math.Min(request.Ordinal - 1, faults.Length - 1)],
        });

        ScriptOutcome outcome = connected.Run(
            "$patient; Get-TcbEnvironment; try { $ids | Remove-TcbCloudFile -Environment $patient -BatchSize 4 -ThrottleLimit 1 -MaximumRetryCount 0 -WarningAction Continue -Verbose -Debug }"
            + "catch { $_; $_ | Out-Default }; $Error; Get-TcbEnvironment | Out-Default",
            FileIds.Range(100));

        Assert.NotEmpty(outcome.Debug);
        Assert.NotEmpty(outcome.Errors);
        Assert.Contains(outcome.Output, item => item.BaseObject is ErrorRecord);
        Assert.DoesNotContain(token, outcome.AllText(), StringComparison.Ordinal);
        Assert.DoesNotContain(token, connected.Session.Host.Shown, StringComparison.Ordinal);
        Assert.Contains("***", outcome.AllText(), StringComparison.Ordinal);
        Assert.All(connected.Emulator.Requests.Snapshot(), request => Assert.Equal(token, request.Token));
    }

    [Fact]
    public void View_Removal_IsATable()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(1) });

        connected.Run("$ids | Remove-TcbCloudFile -IgnoreMissing | Out-Default", FileIds.Range(2));

        string[] lines = Lines(connected.Session.Host.Shown);
        (string bucket, string first) = Split(FileIds.Of(1));
        Assert.Matches($"^ *Bucket: {bucket}$", lines[0]);
        Assert.Matches("^Outcome +Attempts +Path$", lines[1]);
        Assert.Matches($"^Removed +1 +{first}$", lines[3]);
        Assert.Matches($"^AlreadyGone +1 +{Split(FileIds.Of(2)).Path}$", lines[4]);

        static (string Bucket, string Path) Split(string id) => (id[..(id.IndexOf('/', "cloud://".Length) + 1)], id[(id.IndexOf('/', "cloud://".Length) + 1)..]);
    }

    [Fact]
    public void View_Environment_IsATable()
    {
        using var connected = new ConnectedSession();

        connected.Run("Get-TcbEnvironment | Out-Default");

        string[] lines = Lines(connected.Session.Host.Shown);
        Assert.Matches("^EnvironmentId +Authentication +TokenExpiresOn +Endpoint$", lines[0]);
        Assert.Matches($"^test-env +AccessToken +{connected.Emulator.Endpoint}$", lines[2]);
    }

    // ShouldProcess itself says each file that it lets through; the summary has tests of its own.
    private static string[] OfRequests(ScriptOutcome outcome) =>
    [
        .. outcome.Verbose.Where(text =>
            !text.StartsWith("Performing the operation", StringComparison.Ordinal) && !text.StartsWith("Summary: ", StringComparison.Ordinal)),
    ];

    private static string[] Lines(string shown) =>
        [.. Escapes().Replace(shown, string.Empty).Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0)];

    [GeneratedRegex("[0-9]+ ms")]
    private static partial Regex Milliseconds();

    [GeneratedRegex("\u001b\\[[0-9;]*m")]
    private static partial Regex Escapes();
}
