using System.Management.Automation;
using System.Text;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Commands;

/// <summary>Saving files at the prompt: what comes out, what reaches the next command, and that nothing is deleted or lost.</summary>
public sealed class SaveTcbCloudFileCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tcb-save-").FullName;

    private string Backup => Path.Combine(_folder, "backup");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Save_ExistingAndMissing_AreAWholeCopyAndAnError_AndStay()
    {
        using ConnectedSession connected = Connect(files: 118);

        ScriptOutcome outcome = Run(connected, "$ids | Save-TcbCloudFile $backup", FileIds.Range(120));

        Assert.Null(outcome.Terminating);
        Assert.Equal(FileIds.Range(118).Order(), outcome.Saved.Select(file => file.FileId).Order());
        Assert.All(outcome.Saved, file => Assert.Equal(file.FileId, File.ReadAllText(file.Path)));
        Assert.Equal(FileIds.Range(2, from: 119), outcome.FailedIds.Order());
        Assert.All(outcome.Errors, error => Assert.Equal("CloudFileNotFound,TcbPowerShell.SaveTcbCloudFileCommand", error.FullyQualifiedErrorId));
        Assert.Equal(118, connected.Emulator.Files.Count);
        Assert.DoesNotContain(connected.Emulator.Requests.Snapshot(), request => request.Kind == RequestKind.Delete);
    }

    [Fact]
    public void Save_Result_HasTheFactsOfTheCopy()
    {
        using ConnectedSession connected = Connect(files: 0);
        var written = new DateTimeOffset(2020, 1, 2, 3, 4, 6, TimeSpan.Zero);
        connected.Emulator.Files.Put(FileIds.Of(1), "content"u8.ToArray(), written);

        SavedCloudFile file = Assert.Single(Run(connected, "$ids | Save-TcbCloudFile $backup", FileIds.Of(1)).Saved);

        Assert.Equal(
            (FileIds.Of(1), FileIds.Environment, 7L, SavedCloudFileOutcome.Saved, 1, FileIds.Of(1)),
            (file.FileId, file.EnvironmentId, file.Length, file.Outcome, file.Attempts, file.ToString()));
        Assert.StartsWith(Backup + Path.DirectorySeparatorChar, file.Path, StringComparison.Ordinal);
        Assert.Equal(("content", written.UtcDateTime), (File.ReadAllText(file.Path), File.GetLastWriteTimeUtc(file.Path)));
    }

    [Theory]
    [InlineData("$ids | Save-TcbCloudFile $backup")]
    [InlineData("Save-TcbCloudFile $backup $ids")]
    [InlineData("Save-TcbCloudFile -FileId $ids -Destination $backup")]
    [InlineData("Save-TcbCloudFile -FileId $ids $backup")]
    [InlineData("Save-TcbCloudFile -Id $ids $backup")]
    [InlineData("$ids | ForEach-Object { [pscustomobject] @{ FileId = $_ } } | Save-TcbCloudFile $backup")]
    [InlineData("$ids | ForEach-Object { @{ id = $_ } } | Save-TcbCloudFile $backup")]
    [InlineData("$ids | ForEach-Object { [pscustomobject] @{ file = $_ } } | Save-TcbCloudFile $backup -FileId { $_.file }")]
    [InlineData("$ids | Get-TcbCloudFile | Save-TcbCloudFile $backup")]
    [InlineData("Find-TcbCloudFile a/ | Save-TcbCloudFile $backup")]
    [InlineData("Save-TcbCloudFile $backup (Find-TcbCloudFile a/)")]
    [InlineData(", @(Find-TcbCloudFile a/) | Save-TcbCloudFile $backup")]
    [InlineData("$ids | Save-TcbCloudFile $backup -BatchSize 1 -ThrottleLimit 1 -MaximumRetryCount 0")]
    public void Save_EachWayToPassIds_SavesThem(string script)
    {
        using ConnectedSession connected = Connect(files: 3);

        ScriptOutcome outcome = Run(connected, script, FileIds.Range(3));

        Assert.Null(outcome.Terminating);
        Assert.Empty(outcome.Errors);
        Assert.Equal(FileIds.Range(3), outcome.Saved.Select(file => file.FileId).Order());
    }

    [Fact]
    public void Pipeline_OfThreeVerbs_DeletesOnlyWhatWasSaved()
    {
        using ConnectedSession connected = Connect(files: 60);
        string inTheWay = Assert.Single(Run(connected, "$ids | Save-TcbCloudFile $backup", FileIds.Of(7)).Saved).Path;
        File.WriteAllText(inTheWay, "the user's own");

        ScriptOutcome outcome = Run(connected, "Find-TcbCloudFile a/ | Save-TcbCloudFile $backup | Remove-TcbCloudFile");

        Assert.Equal(FileIds.Range(60).Where(id => id != FileIds.Of(7)).Order(), outcome.RemovedIds.Order());
        Assert.Equal([FileIds.Of(7)], connected.Emulator.Files.Remaining);
        ErrorRecord error = Assert.Single(outcome.Errors);
        Assert.Equal(("CloudFileNotSaved,TcbPowerShell.SaveTcbCloudFileCommand", FileIds.Of(7)), (error.FullyQualifiedErrorId, error.TargetObject));
        Assert.Equal(ErrorCategory.WriteError, error.CategoryInfo.Category);
        Assert.Contains("was not saved, and it was not deleted", error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains("-Force", error.Exception.Message, StringComparison.Ordinal);
        Assert.Equal("the user's own", File.ReadAllText(inTheWay));
    }

    [Fact]
    public void SecondRun_IsAlreadySaved_AndForceOverwritesWhatDiffers()
    {
        using ConnectedSession connected = Connect(files: 3);
        SavedCloudFile[] first = Run(connected, "$ids | Save-TcbCloudFile $backup", FileIds.Range(3)).Saved;
        File.WriteAllText(first.Single(file => file.FileId == FileIds.Of(1)).Path, "other");

        ScriptOutcome second = Run(connected, "$ids | Save-TcbCloudFile $backup -InformationVariable summary", FileIds.Range(3));
        ScriptOutcome third = Run(connected, "$ids | Save-TcbCloudFile $backup -Force", FileIds.Range(3));

        Assert.Equal([FileIds.Of(2), FileIds.Of(3)], second.Saved.Select(file => file.FileId).Order());
        Assert.All(second.Saved, file => Assert.Equal(SavedCloudFileOutcome.AlreadySaved, file.Outcome));
        Assert.Equal([FileIds.Of(1)], second.FailedIds);
        Assert.Equal(2, Assert.Single(second.Summaries).Outcomes["AlreadySaved"]);
        Assert.Equal([FileIds.Of(1)], third.Saved.Where(file => file.Outcome == SavedCloudFileOutcome.Saved).Select(file => file.FileId));
        Assert.Equal(first.Select(file => (file.FileId, file.Path)).Order(), third.Saved.Select(file => (file.FileId, file.Path)).Order());
        Assert.All(third.Saved, file => Assert.Equal(file.FileId, File.ReadAllText(file.Path)));
    }

    /// <summary>The files change after they were listed: only a run that knows the listing can notice.</summary>
    [Theory]
    [InlineData("$found | Save-TcbCloudFile $backup", true)]
    [InlineData("Save-TcbCloudFile $backup $found", true)]
    [InlineData("Save-TcbCloudFile $backup @($found, $null, '')", true)]
    [InlineData(", $found | Save-TcbCloudFile $backup", true)]
    [InlineData(", @(, $found) | Save-TcbCloudFile $backup", true)]
    [InlineData("$found | ForEach-Object { [psobject]::AsPSObject($_) } | Save-TcbCloudFile $backup", true)]
    [InlineData("$found | ForEach-Object { $_.PSObject.Properties.Add([psnoteproperty]::new('Note', 1)); $_ } | Save-TcbCloudFile $backup", true)]
    [InlineData("$found | Save-TcbCloudFile $backup -FileId { $_ }", true)]
    [InlineData("$found | Save-TcbCloudFile $backup -FileId { $_.FileId }", true)]
    [InlineData("$found | ForEach-Object { [pscustomobject] @{ FileId = $_ } } | Save-TcbCloudFile $backup -FileId { $_.FileId }", true)]
    [InlineData("$found | ForEach-Object { $_; $_.FileId } | Save-TcbCloudFile $backup", true)]
    [InlineData("$found.FileId | Save-TcbCloudFile $backup", false)]
    [InlineData("$found | ForEach-Object { \"$_\" } | Save-TcbCloudFile $backup", false)]
    [InlineData("Save-TcbCloudFile $backup $found.FileId", false)]
    [InlineData("$null = $found | Save-TcbCloudFile $backup -WhatIf; $found.FileId | Save-TcbCloudFile $backup", false)]
    [InlineData("$found | ForEach-Object { [pscustomobject] @{ FileId = $_.FileId; Length = $_.Length; ETag = $_.ETag; Key = $_.Key } } | Save-TcbCloudFile $backup", false)]
    [InlineData("$found | ForEach-Object { @{ FileId = $_.FileId; Length = $_.Length; ETag = $_.ETag } } | Save-TcbCloudFile $backup", false)]
    [InlineData("$found | ForEach-Object { [Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize($_)) } | Save-TcbCloudFile $backup", false)]
    public void ListedFile_OfItsType_BringsItsFacts(string script, bool brings)
    {
        using ConnectedSession connected = Connect(files: 2);
        Run(connected, "$found = @(Find-TcbCloudFile a/)");
        foreach (string id in FileIds.Range(2)) connected.Emulator.Files.Put(id, Encoding.UTF8.GetBytes("changed: " + id));

        ScriptOutcome outcome = Run(connected, script);

        Assert.Null(outcome.Terminating);
        Assert.Equal(brings ? FileIds.Range(2) : [], outcome.FailedIds.Distinct().Order());
        Assert.All(outcome.Errors, error => Assert.StartsWith("CloudFileNotSaved,", error.FullyQualifiedErrorId, StringComparison.Ordinal));
        Assert.Equal(brings ? [] : FileIds.Range(2), outcome.Saved.Select(file => file.FileId).Order());
    }

    [Fact]
    public void ListedFiles_Unchanged_AreSaved()
    {
        using ConnectedSession connected = Connect(files: 3);

        ScriptOutcome outcome = Run(connected, "Save-TcbCloudFile $backup (Find-TcbCloudFile a/); Find-TcbCloudFile a/ | Save-TcbCloudFile $backup");

        Assert.Empty(outcome.Errors);
        Assert.Equal([.. Enumerable.Repeat("Saved", 3), .. Enumerable.Repeat("AlreadySaved", 3)], outcome.Saved.Select(file => file.Outcome.ToString()));
    }

    [Theory]
    [InlineData("$ids | Save-TcbCloudFile $backup -WhatIf")]
    [InlineData("Save-TcbCloudFile $backup $ids -WhatIf")]
    [InlineData("$WhatIfPreference = $true; $ids | Save-TcbCloudFile $backup")]
    [InlineData("$ids | Save-TcbCloudFile $backup -WhatIf -Confirm")]
    [InlineData("$WhatIfPreference = $true; $ids | Save-TcbCloudFile $backup | Remove-TcbCloudFile -WhatIf:$false")]
    [InlineData("$ids | Save-TcbCloudFile $backup -WhatIf | Remove-TcbCloudFile")]
    public void WhatIf_SendsNothing_MakesNothing_AndPassesNothingOn(string script)
    {
        using ConnectedSession connected = Connect(files: 3);

        ScriptOutcome outcome = Run(connected, script, FileIds.Range(3));

        Assert.Empty(outcome.Output);
        Assert.Empty(outcome.Errors);
        Assert.Equal((0, 3), (connected.Emulator.Requests.Count, connected.Emulator.Files.Count));
        Assert.False(Directory.Exists(Backup));
        foreach (string id in FileIds.Range(3))
            Assert.Contains($"\"Save cloud file in {Backup}\" on target \"{id}\"", connected.Session.Host.Shown, StringComparison.Ordinal);
        Assert.Contains(
            "Summary: 3 would be saved (by environment: 3 test-env); errors: none; empty entries skipped: 0. Nothing was sent or written.",
            outcome.Summaries.Select(summary => summary.ToString()));
    }

    [Fact]
    public void WhatIf_NeedsNoConnection_OrOneForDryRuns()
    {
        using var session = new PowerShellSession();

        ScriptOutcome outcome = session.Run(
            "$ids | Save-TcbCloudFile $backup -WhatIf; $null = Connect-TcbEnvironment test-env -AccessToken x -WhatIf; $ids | Save-TcbCloudFile $backup -WhatIf; $ids | Save-TcbCloudFile $backup",
            ("ids", FileIds.Range(2)), ("backup", Backup));

        Assert.Equal([2, 2], outcome.Summaries.Select(summary => summary.WouldProcess.Values.Sum()));
        Assert.Equal("NotConnected,TcbPowerShell.SaveTcbCloudFileCommand", outcome.Terminating!.FullyQualifiedErrorId);
        Assert.False(Directory.Exists(Backup));
    }

    [Theory]
    [InlineData("YNY", "13")]
    [InlineData("A", "123")]
    [InlineData("L", "")]
    [InlineData("NYL", "2")]
    public void Confirm_Answers_DecideFileByFile(string answers, string saved)
    {
        string[] expected = [.. saved.Select(digit => FileIds.Of(digit - '0'))];
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(3) }, answers.ToCharArray());

        ScriptOutcome outcome = Run(connected, "$ids | Save-TcbCloudFile $backup -Confirm", FileIds.Range(3));

        Assert.Equal(expected, outcome.Saved.Select(file => file.FileId).Order());
        Assert.Equal(3 - expected.Length, Assert.Single(outcome.Summaries).Declined);
        Assert.Equal(expected, Copies().Order());
    }

    [Theory]
    [InlineData("Low", 1)]
    [InlineData("Medium", 0)]
    [InlineData("High", 0)]
    public void ConfirmPreference_AgainstImpactLow_DecidesWhetherToAsk(string preference, int questions)
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(2) }, 'A');

        ScriptOutcome outcome = Run(connected, $"$ConfirmPreference = '{preference}'; $ids | Save-TcbCloudFile $backup", FileIds.Range(2));

        Assert.Equal((questions, 2), (connected.Session.Host.Prompts.Count, outcome.Saved.Length));
    }

    [Theory]
    [InlineData("backup")]
    [InlineData("./backup")]
    [InlineData("backup/")]
    [InlineData("deep/er/backup")]
    [InlineData("[b]ack*up?")]
    [InlineData("T:/backup")]
    [InlineData("Microsoft.PowerShell.Core\\FileSystem::FOLDER/backup")]
    public void Destination_AsPowerShellWritesPaths_IsTheFolder(string destination)
    {
        if (OperatingSystem.IsWindows() && destination.Contains('*', StringComparison.Ordinal)) return;
        using ConnectedSession connected = Connect(files: 1);

        ScriptOutcome outcome = connected.Session.Run(
            """
            $null = $ExecutionContext.SessionState.Drive.New([Management.Automation.PSDriveInfo]::new('T', $ExecutionContext.SessionState.Provider.GetOne('FileSystem'), $folder, '', $null), 'Global')
            $null = $ExecutionContext.SessionState.Path.SetLocation($folder)
            $ids | Save-TcbCloudFile $destination
            """,
            ("folder", _folder), ("ids", FileIds.Range(1)), ("destination", destination.Replace("FOLDER", _folder, StringComparison.Ordinal)));

        string name = destination[(destination.LastIndexOfAny([':']) + 1)..].TrimStart('.', '/').TrimEnd('/');
        string folder = destination.Contains("FOLDER", StringComparison.Ordinal) ? Backup : Path.Combine(_folder, name);
        Assert.StartsWith(Path.GetFullPath(folder) + Path.DirectorySeparatorChar, Assert.Single(outcome.Saved).Path, StringComparison.Ordinal);
        Assert.Equal([FileIds.Of(1)], Copies());
    }

    [Fact]
    public void Destination_Tilde_IsTheHomeOfTheProvider()
    {
        using ConnectedSession connected = Connect(files: 1);

        ScriptOutcome outcome = Run(connected, "$ExecutionContext.SessionState.Provider.GetOne('FileSystem').Home = $folder; $ids | Save-TcbCloudFile ~/backup", FileIds.Of(1));

        Assert.StartsWith(Backup + Path.DirectorySeparatorChar, Assert.Single(outcome.Saved).Path, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("$null", "ParameterArgumentValidationError")]
    [InlineData("''", "ParameterArgumentValidationError")]
    [InlineData("' '", "InvalidPath")]
    [InlineData("\"`t\"", "InvalidPath")]
    [InlineData("\"a`0b\"", "DestinationUnavailable")]
    [InlineData("Variable:x", "InvalidPath")]
    [InlineData("Function:\\", "InvalidPath")]
    [InlineData("Nowhere:\\x", "DriveNotFound")]
    [InlineData("$file", "DestinationUnavailable")]
    [InlineData("$file/below", "DestinationUnavailable")]
    public void Destination_ThatIsNoFolder_IsRefusedBeforeAnythingIsSent(string destination, string errorId)
    {
        using ConnectedSession connected = Connect(files: 1);
        string file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "the user's own");

        ScriptOutcome outcome = connected.Session.Run($"$ids | Save-TcbCloudFile {(destination.StartsWith("$file/", StringComparison.Ordinal) ? $"\"{destination}\"" : destination)}", ("ids", FileIds.Range(1)), ("file", file));

        Assert.Equal(errorId, outcome.Terminating!.FullyQualifiedErrorId.Split(',')[0]);
        Assert.Equal(0, connected.Emulator.Requests.Count);
        Assert.Equal("the user's own", File.ReadAllText(file));
        Assert.Empty(outcome.Summaries);
        if (errorId != "DestinationUnavailable") return;
        Assert.StartsWith("Nothing was downloaded: ", outcome.Terminating.Exception.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorCategory.WriteError, outcome.Terminating.CategoryInfo.Category);
    }

    [Fact]
    public void Destination_InUse_IsRefused_AndFreeAfterwards()
    {
        using ConnectedSession connected = Connect(files: 2);

        ScriptOutcome outcome = Run(connected, "$ids | Save-TcbCloudFile $backup -BatchSize 1 -ThrottleLimit 1 | ForEach-Object { try { $ids | Save-TcbCloudFile $backup } catch { $_ } }; Save-TcbCloudFile $backup $ids", FileIds.Range(2));

        Assert.Null(outcome.Terminating);
        ErrorRecord[] refused = [.. outcome.Output.Select(item => item.BaseObject).OfType<ErrorRecord>()];
        Assert.Equal(2, refused.Length);
        Assert.All(refused, error => Assert.StartsWith("DestinationUnavailable,", error.FullyQualifiedErrorId, StringComparison.Ordinal));
        Assert.Equal(2, outcome.Output.Count(item => item.BaseObject is SavedCloudFile));
    }

    [Fact]
    public void ErrorActionStop_StopsAtTheFirstFile_AndTheFolderIsFree()
    {
        using ConnectedSession connected = Connect(files: 3);

        ScriptOutcome stopped = Run(connected, "$ids | Save-TcbCloudFile $backup -ErrorAction Stop | Remove-TcbCloudFile", FileIds.Of(99), FileIds.Of(1), FileIds.Of(2));
        ScriptOutcome again = Run(connected, "$ids | Save-TcbCloudFile $backup", FileIds.Of(3));

        Assert.StartsWith("CloudFileNotFound,", stopped.Terminating!.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal("CloudFileNotFound", stopped.Summaries.Select(summary => summary.EndedBy).First(ended => ended is not null));
        Assert.Single(again.Saved);
    }

    [Fact]
    public void FirstOnly_StopsTheRun_AndTheNextOneGoesOn()
    {
        using ConnectedSession connected = Connect(files: 120);

        ScriptOutcome first = Run(connected, "$ids | Save-TcbCloudFile $backup -ThrottleLimit 1 | Select-First 3", FileIds.Range(120));
        ScriptOutcome all = Run(connected, "$ids | Save-TcbCloudFile $backup", FileIds.Range(120));

        Assert.Equal(3, first.Saved.Length);
        Assert.Equal(120, all.Saved.Length);
        Assert.All(first.Saved, file => Assert.Equal(SavedCloudFileOutcome.AlreadySaved, all.Saved.Single(one => one.FileId == file.FileId).Outcome));
        Assert.Equal(FileIds.Range(120).Order(), Copies().Order());
    }

    [Fact]
    public async Task Stop_LeavesNoHalfCopy_AndAFreeFolder()
    {
        var gate = new Gate();
        using var connected = new ConnectedSession(new EmulatorOptions
        {
            FileIds = FileIds.Range(5),
            DownloadFault = request => request.FileIds[0] == FileIds.Of(5) ? Fault.Hold(gate) : null,
        });

        Task<ScriptOutcome> run = connected.Session.StartAsync("$ids | Save-TcbCloudFile $backup", ("ids", FileIds.Range(5)), ("backup", Backup));
        await gate.WhenArrivedAsync().WaitAsync(PowerShellSession.Patience);
        await connected.Session.StopAsync();
        ScriptOutcome stopped = await run;
        gate.Open();

        Assert.True(stopped.IsStopped);
        Assert.DoesNotContain(FileIds.Of(5), Copies());
        Assert.Equal(5, Run(connected, "$ids | Save-TcbCloudFile $backup", FileIds.Range(5)).Saved.Length);
        Assert.Equal(FileIds.Range(5), Copies().Order());
    }

    public static TheoryData<string, ErrorCategory, string> FailedDownloads => new()
    {
        { "wrong-etag", ErrorCategory.ReadError, "(the content does not match the MD5 that the storage sent with it; attempts: 3): its download failed. Run the command again later with this ID." },
        { "expire", ErrorCategory.PermissionDenied, "(HTTP 403 Forbidden; attempts: 2): the storage refused its download link, and a fresh one, too. Check the access rules" },
        { "http-404", ErrorCategory.WriteError, "(attempts: 1): the storage has no such file (HTTP 404 Not Found), although the service gave a link to it." },
        { "garbage", ErrorCategory.WriteError, "(attempts: 1): a web page arrived instead of the file, probably from a proxy" },
        { "login", ErrorCategory.WriteError, "(attempts: 1): the storage answered with a redirect (HTTP 302 Found), which is not followed." },
    };

    [Theory]
    [MemberData(nameof(FailedDownloads))]
    public void DownloadThatFails_IsAnErrorWithReasonAndAdvice_AndTheFileStays(string fault, ErrorCategory category, string says)
    {
        using var connected = new ConnectedSession(new EmulatorOptions
        {
            FileIds = FileIds.Range(4),
            DownloadFault = request => request.FileIds[0] == FileIds.Of(2) ? FaultPlan.Parse(0, fault)(request) : null,
        });

        ScriptOutcome outcome = Run(connected, "$ids | Save-TcbCloudFile $backup -Environment $patient -MaximumRetryCount 2 | Remove-TcbCloudFile", FileIds.Range(4));

        Assert.Null(outcome.Terminating);
        ErrorRecord error = Assert.Single(outcome.Errors);
        Assert.Equal(("CloudFileNotSaved,TcbPowerShell.SaveTcbCloudFileCommand", FileIds.Of(2)), (error.FullyQualifiedErrorId, error.TargetObject));
        Assert.Equal(category, error.CategoryInfo.Category);
        Assert.StartsWith($"'{FileIds.Of(2)}' was not saved, and it was not deleted {says}", error.Exception.Message, StringComparison.Ordinal);
        Assert.Equal([FileIds.Of(2)], connected.Emulator.Files.Remaining);
    }

    /// <summary>None of the texts may say that something was or may have been deleted.</summary>
    [Theory]
    [InlineData(40001, "TokenRejected")]
    [InlineData(45009, "QuotaExhausted")]
    [InlineData(-501000, "EnvironmentRefused")]
    [InlineData(503, "ServiceUnreachable")]
    public void EarlyEnd_SaysThatNothingWasDeleted_AndHowToGoOn(int code, string errorId)
    {
        Fault fault = code == 503 ? Fault.Http(code) : Fault.ErrorCode(code, "odd");
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(4), Fault = _ => fault });

        ScriptOutcome outcome = Run(connected, "$ids | Save-TcbCloudFile $backup -Environment $patient -BatchSize 1", FileIds.Range(4));

        Assert.Equal(errorId + ",TcbPowerShell.SaveTcbCloudFileCommand", outcome.Terminating!.FullyQualifiedErrorId);
        Assert.Equal(FileIds.Range(4), outcome.OpenIds.Order());
        Assert.Contains("0 saved, 0 already saved, 0 failed, 4 without a result. Save-TcbCloudFile deleted nothing. Run the same command again", outcome.Terminating.Exception.Message, StringComparison.Ordinal);
        foreach (string word in (string[])["may have been deleted", "removed", "-IgnoreMissing", "-JournalPath"])
            Assert.DoesNotContain(word, outcome.AllText(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Streams_SpeakOfSaving()
    {
        using ConnectedSession connected = Connect(files: 2);

        ScriptOutcome outcome = Run(connected, "$ids | Save-TcbCloudFile $backup -Verbose -ErrorAction SilentlyContinue", FileIds.Range(3));

        Assert.Contains(outcome.Verbose, text => text.StartsWith("Files: 3 sent, 2 found, 1 not found or failed, 0 without a result", StringComparison.Ordinal));
        Assert.Contains("Summary: results: 2 Saved; errors: 1 CloudFileNotFound; without a result: 0;", outcome.Verbose[^1], StringComparison.Ordinal);
        CloudFileSummary summary = Assert.Single(outcome.Summaries);
        Assert.Equal((2, 1, 2, 0), (summary.Succeeded, summary.Failed, summary.Outcomes["Saved"], summary.Open));
    }

    [Fact]
    public void Duplicates_ShareTheCopy()
    {
        using ConnectedSession connected = Connect(files: 1);

        ScriptOutcome outcome = Run(connected, "$ids, $ids, $ids | Save-TcbCloudFile $backup", FileIds.Of(1));

        Assert.Equal(3, outcome.Saved.Length);
        Assert.Equal([FileIds.Of(1)], Copies());
    }

    private static ConnectedSession Connect(int files) => new(new EmulatorOptions { FileIds = FileIds.Range(files) });

    private ScriptOutcome Run(ConnectedSession connected, string script, params IEnumerable<string> ids) =>
        connected.Session.Run(script, ("ids", ids.ToArray()), ("backup", Backup), ("folder", _folder));

    // In the emulator a file holds its own ID, so each copy says what it is.
    private IEnumerable<string> Copies() => Directory.EnumerateFiles(_folder, "*.png*", SearchOption.AllDirectories).Select(File.ReadAllText);
}
