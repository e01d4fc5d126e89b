using System.Management.Automation;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Commands;

/// <summary>Looking files up: what comes out, and that nothing changes.</summary>
public sealed class GetTcbCloudFileCommandTests
{
    [Fact]
    public void LookUp_ExistingAndMissing_AreAResultAndAnError_AndStay()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(118) });

        ScriptOutcome outcome = connected.Run("$ids | Get-TcbCloudFile", FileIds.Range(120));

        Assert.Null(outcome.Terminating);
        Assert.Equal(FileIds.Range(118).Order(), outcome.Found.Select(file => file.FileId).Order());
        Assert.Equal(FileIds.Range(2, from: 119), outcome.FailedIds.Order());
        Assert.All(outcome.Errors, error => Assert.Equal("CloudFileNotFound,TcbPowerShell.GetTcbCloudFileCommand", error.FullyQualifiedErrorId));
        Assert.Equal(118, connected.Emulator.Files.Count);
        Assert.Equal([50, 50, 20], connected.Emulator.Requests.Snapshot().Select(request => request.FileIds.Count).OrderDescending());
        Assert.All(connected.Emulator.Requests.Snapshot(), request => Assert.Equal(RequestKind.Lookup, request.Kind));
    }

    [Fact]
    public async Task LookUp_Result_HasTheFactsAndALinkThatDownloads()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(1) });

        CloudFile file = Assert.Single(connected.Run("$ids | Get-TcbCloudFile -Environment $patient -LinkLifetime 00:10:00", FileIds.Of(1)).Found);

        Assert.Equal(
            (FileIds.Of(1), FileIds.Environment, 0, "ok", 1, FileIds.Of(1)),
            (file.FileId, file.EnvironmentId, file.Status, file.Message, file.Attempts, file.ToString()));
        // The clock of this connection stands still.
        Assert.Equal(connected.Clock.UtcNow.AddMinutes(10), file.ExpiresOn);
        using var http = new HttpClient();
        Assert.NotEmpty(await http.GetByteArrayAsync(new Uri(file.DownloadUrl)));
    }

    [Theory]
    [InlineData("", 7200)]
    [InlineData("-LinkLifetime 00:00:01", 1)]
    [InlineData("-LinkLifetime ([TimeSpan]::FromDays(1))", 86400)]
    [InlineData("-LinkLifetime 1.00:00:00", 86400)]
    [InlineData("-LinkLifetime '1:00:00'", 3600)]
    [InlineData("-LinkLifetime ([TimeSpan]::FromDays(30))", 2592000)]
    [InlineData("-LinkLifetime ([psobject] '00:10:00')", 600)]
    public void LinkLifetime_IsSentInSeconds(string parameter, int seconds)
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(2) });

        ScriptOutcome outcome = connected.Run($"$DebugPreference = 'Continue'; $ids | Get-TcbCloudFile {parameter}", FileIds.Range(2));

        Assert.Equal(2, outcome.Found.Length);
        Assert.Contains(outcome.Debug, text => text.Contains($"\"max_age\":{seconds}}}]", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("3600", "3600 is not a valid lifetime of a link. Write it as hours:minutes:seconds or days.hours:minutes:seconds, for example 01:00:00")]
    [InlineData("'3600'", "for example 01:00:00")]
    [InlineData("([psobject] '86400')", "for example 1.00:00:00")]
    [InlineData("24:00:00", "24:00:00 is not a valid lifetime of a link. Write it as hours:minutes:seconds or days.hours:minutes:seconds, for example 1.00:00:00")]
    [InlineData("'48:30:00'", "for example 2.00:30:00")]
    [InlineData("'00:90:00'", "for example 01:30:00")]
    [InlineData("7200.5", "for example 02:00:00")]
    [InlineData("'00:10'", "for example 02:00:00")]
    [InlineData("'1:2:3:4'", "for example 02:00:00")]
    [InlineData("'two hours'", "System.String is not a valid lifetime")]
    [InlineData("$null", "$null is not a valid lifetime")]
    [InlineData("0", "100 nanoseconds")]
    [InlineData("00:00:00", "from 00:00:01")]
    [InlineData("00:00:00.5", "from 00:00:01")]
    [InlineData("'-00:00:01'", "from 00:00:01")]
    [InlineData("([TimeSpan]::FromTicks(36000000001))", "from 00:00:01")]
    [InlineData("([TimeSpan]::MaxValue)", "to 30.00:00:00")]
    [InlineData("30.00:00:01", "to 30.00:00:00")]
    [InlineData("31.00:00:00", "to 30.00:00:00")]
    [InlineData("2592001", "to 30.00:00:00")]
    public void LinkLifetime_ThatCannotBeOne_IsRefusedBeforeAnythingIsSent(string value, string says)
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(1) });

        ScriptOutcome outcome = connected.Run($"$ids | Get-TcbCloudFile -LinkLifetime {value}", FileIds.Of(1));

        Assert.StartsWith("ParameterArgumentTransformationError,", outcome.Terminating!.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains(says, outcome.Terminating.Exception.Message, StringComparison.Ordinal);
        Assert.Equal(0, connected.Emulator.Requests.Count);
    }

    [Theory]
    [InlineData("https://bucket.example/a.png", false)]
    [InlineData("http://bucket.example/a.png?", false)]
    [InlineData("https://bucket.example/%E4%B8%AD+1.png?sign=a%2Fb&t=1", true)]
    public void Link_IsGivenVerbatim_AndExpiresWhereItIsSigned(string link, bool expires)
    {
        using ConnectedSession connected = Linking(link);

        CloudFile file = Assert.Single(connected.Run("$ids | Get-TcbCloudFile", FileIds.Of(1)).Found);

        Assert.Equal((link, expires), (file.DownloadUrl, file.ExpiresOn is not null));
    }

    [Theory]
    [InlineData("a#b.png")]
    [InlineData("x?y.png")]
    [InlineData("two  spaces.png")]
    [InlineData("100%25.png")]
    public async Task Link_ThatIsNotEncoded_LeadsToTheFile_AndExpires(string name)
    {
        string id = $"cloud://{FileIds.Environment}.7465-{FileIds.Environment}/{name}";
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = [id], RawLinks = true });
        using var http = new HttpClient();

        CloudFile file = Assert.Single(connected.Run("$ids | Get-TcbCloudFile", id).Found);

        Assert.NotNull(file.ExpiresOn);
        // In memory each file holds its own ID.
        Assert.Equal(id, await http.GetStringAsync(new Uri(file.DownloadUrl)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("bucket.example/a.png")]
    [InlineData("/download/a.png")]
    [InlineData("ftp://bucket.example/a.png")]
    [InlineData("file:///a.png")]
    [InlineData("https://")]
    [InlineData("https://bucket.example/a b.png")]
    public void Link_ThatIsNone_IsNeverAFileThatExists(string link)
    {
        using ConnectedSession connected = Linking(link);

        ScriptOutcome outcome = connected.Run("$ids | Get-TcbCloudFile", FileIds.Of(1));

        Assert.Empty(outcome.Output);
        Assert.Equal("CloudFileNotRead,TcbPowerShell.GetTcbCloudFileCommand", Assert.Single(outcome.Errors).FullyQualifiedErrorId);
    }

    [Fact]
    public void Found_PipesIntoRemove_AndWhatWasMissingIsNotSent()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(3) });

        ScriptOutcome outcome = connected.Run("$ids | Get-TcbCloudFile -ErrorAction SilentlyContinue | Remove-TcbCloudFile", FileIds.Range(5));

        Assert.Equal(FileIds.Range(3), outcome.RemovedIds.Order());
        Assert.Empty(connected.Emulator.Files.Remaining);
        Assert.Equal(3, connected.Emulator.Requests.Snapshot().Where(request => request.Kind == RequestKind.Delete).Sum(request => request.FileIds.Count));
    }

    [Fact]
    public void WhatIfPreference_ChangesNothing()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(1) });

        Assert.Single(connected.Run("$WhatIfPreference = $true; $ids | Get-TcbCloudFile", FileIds.Of(1)).Found);
    }

    [Fact]
    public void LostReplies_LeaveNoDoubt()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { Fault = request => request.Ordinal == 1 ? Fault.Drop.AfterWork() : null });

        ScriptOutcome outcome = connected.Run("$ids | Get-TcbCloudFile -Environment $patient", FileIds.Of(1));

        string message = Assert.Single(outcome.Errors).Exception.Message;
        Assert.Contains("attempts: 2", message, StringComparison.Ordinal);
        Assert.DoesNotContain("delete", message, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("removed", message, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("-IgnoreMissing", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(" ", "it ends with a space (U+0020)")]
    [InlineData("，", "it ends with U+FF0C")]
    [InlineData("cloud://test-env.x/b.png", "it contains cloud:// twice")]
    public void DamagedId_ThatIsMissing_SaysSo(string tail, string says)
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(1) });

        ErrorRecord error = Assert.Single(connected.Run("$ids | Get-TcbCloudFile", FileIds.Of(1) + tail).Errors);

        Assert.Equal("CloudFileNotFound,TcbPowerShell.GetTcbCloudFileCommand", error.FullyQualifiedErrorId);
        Assert.Contains(says, error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains("The intended file may still exist", error.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DamagedId_ThatExists_IsFound()
    {
        string id = FileIds.Of(1) + " ";
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = [id] });

        Assert.Equal(id, Assert.Single(connected.Run("$ids | Get-TcbCloudFile", id).Found).FileId);
    }

    [Fact]
    public void ObjectsAndHashtables_BindByTheirId()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(4) });

        ScriptOutcome outcome = connected.Run(
            "@{ FileId = $ids[0] }, [pscustomobject]@{ Id = $ids[1] }, @{ ID = $ids[2] }, $null, '', [pscustomobject]@{ Name = 'x' }, $ids[3] | Get-TcbCloudFile",
            FileIds.Range(4));

        Assert.Equal(FileIds.Range(4), outcome.Found.Select(file => file.FileId).Order());
        Assert.Equal("InvalidFileId,TcbPowerShell.GetTcbCloudFileCommand", Assert.Single(outcome.Errors).FullyQualifiedErrorId);
    }

    /// <summary>The codes that end a run, and a service that is away: none of their texts may speak of deletion.</summary>
    [Trait("status", "503")]
    [Theory]
    [InlineData(40001, "TokenRejected")]
    [InlineData(41001, "EnvironmentRefused")]
    [InlineData(44002, "RequestRefused")]
    [InlineData(45009, "QuotaExhausted")]
    [InlineData(-501000, "EnvironmentRefused")]
    [InlineData(503, "ServiceUnreachable")]
    [InlineData(407, "ProxyRefused")]
    [InlineData(200, "UnexpectedResponder")]
    public void EarlyEnd_SpeaksOfLookingUpOnly(int code, string errorId)
    {
        Fault fault = code switch
        {
            200 => Fault.Body("<!DOCTYPE html><html></html>"),
            407 or 503 => Fault.Http(code),
            _ => Fault.ErrorCode(code, "odd"),
        };
        using var connected = new ConnectedSession(new EmulatorOptions { Fault = request => request.Ordinal == 1 ? Fault.Drop.AfterWork() : fault });

        ScriptOutcome outcome = connected.Run("$ids | Get-TcbCloudFile -Environment $patient -BatchSize 1 -ThrottleLimit 1", FileIds.Range(4));

        Assert.Equal(errorId + ",TcbPowerShell.GetTcbCloudFileCommand", outcome.Terminating!.FullyQualifiedErrorId);
        Assert.Contains("Get-TcbCloudFile changed nothing.", outcome.Terminating.Exception.Message, StringComparison.Ordinal);
        foreach (string word in (string[])["delet", "remov", "gone", "-IgnoreMissing", "-JournalPath"])
        {
            Assert.DoesNotContain(word, outcome.AllText(), StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public void EarlyEnd_SaysThatNothingChanged_AndListsWhatIsOpen()
    {
        using var connected = new ConnectedSession(new EmulatorOptions
        {
            FileIds = FileIds.Range(50),
            Fault = request => request.Ordinal switch { 1 => null, 2 => Fault.Drop.AfterWork(), _ => Fault.ErrorCode(45009, "reach max api daily quota limit") },
        });

        ScriptOutcome outcome = connected.Run("$ids | Get-TcbCloudFile -Environment $patient -ThrottleLimit 1", FileIds.Range(100));

        Assert.Equal("QuotaExhausted,TcbPowerShell.GetTcbCloudFileCommand", outcome.Terminating!.FullyQualifiedErrorId);
        Assert.Equal(50, outcome.Found.Length);
        Assert.Equal(FileIds.Range(50, from: 51), outcome.OpenIds);
        string message = outcome.Terminating.Exception.Message;
        Assert.Contains("50 found, 0 not found or failed, 50 without a result. Get-TcbCloudFile changed nothing.", message, StringComparison.Ordinal);
        Assert.DoesNotContain("-IgnoreMissing", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Streams_SpeakOfLookingUp()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(2) });

        ScriptOutcome outcome = connected.Run("$ids | Get-TcbCloudFile -Verbose -ErrorAction SilentlyContinue -InformationVariable summary", FileIds.Range(3));

        Assert.Contains(outcome.Verbose, text => text.StartsWith("Files: 3 sent, 2 found, 1 not found or failed, 0 without a result", StringComparison.Ordinal));
        Assert.DoesNotContain(outcome.Verbose, text => text.Contains("removed", StringComparison.Ordinal));
        var summary = (CloudFileSummary)PSObject.AsPSObject(connected.Run("$summary.MessageData").Output.Single()).BaseObject;
        Assert.Equal((2, 1, 2), (summary.Succeeded, summary.Failed, summary.Outcomes["Found"]));
    }

    [Fact]
    public void Run_OneInvalidId_SplitsUntilItStandsAlone()
    {
        string odd = FileIds.Of(37);
        using var connected = new ConnectedSession(new EmulatorOptions
        {
            FileIds = FileIds.Range(200),
            Fault = request => request.FileIds.Contains(odd) ? Fault.ErrorCode(40097, "invalid args") : null,
        });

        ScriptOutcome outcome = connected.Run("$ids | Get-TcbCloudFile", FileIds.Range(200));

        Assert.Equal(("RequestRefused,TcbPowerShell.GetTcbCloudFileCommand", odd), (outcome.Errors.Single().FullyQualifiedErrorId, outcome.Errors[0].TargetObject));
        Assert.Equal(199, outcome.Found.Length);
    }

    [Trait("status", "503")]
    [Fact]
    public void EveryId_ComesOutExactlyOnce()
    {
        string[] input = [.. FileIds.Range(200), .. FileIds.Range(20), "cloud://", "cloud://other.x/a.png", FileIds.Of(3)];
        Fault?[] faults =
        [
            Fault.OmitEntry, Fault.Reorder, Fault.Drop.AfterWork(), Fault.NullList, Fault.ContradictEntry, Fault.DuplicateEntry, Fault.ForeignEntry,
            Fault.Http(503), Fault.Truncate, null,
        ];
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(150), Fault = request => faults[request.Ordinal % faults.Length] });

        ScriptOutcome outcome = connected.Run("$ids | Get-TcbCloudFile -Environment $patient -BatchSize 20 -MaximumRetryCount 100", input);

        Assert.Null(outcome.Terminating);
        Assert.Equal(input.Order(), outcome.Found.Select(file => file.FileId).Concat(outcome.FailedIds).Order());
        Assert.Equal(150, connected.Emulator.Files.Count);
    }

    [Fact]
    public void Component_UsesItsOwnPath()
    {
        var options = new EmulatorOptions { FileIds = FileIds.Range(1) };
        using var connected = new ConnectedSession(options);

        ScriptOutcome outcome = connected.Session.Run(
            "$null = Connect-TcbEnvironment test-env -Endpoint $endpoint -ComponentAccessToken $token; Get-TcbCloudFile $id",
            ("endpoint", connected.Emulator.Endpoint), ("token", options.ComponentAccessToken), ("id", FileIds.Of(1)));

        Assert.Single(outcome.Found);
        Assert.Equal("/componenttcb/batchdownloadfile", connected.Emulator.Requests.Snapshot().Single().Path);
    }

    private static ConnectedSession Linking(string link) => new(new EmulatorOptions
    {
        FileIds = FileIds.Range(1),
        Fault = _ => Fault.FileList(entries => entries.Select(entry => entry with { DownloadUrl = link })),
    });
}
