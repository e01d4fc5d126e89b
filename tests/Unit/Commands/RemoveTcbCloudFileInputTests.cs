using System.Management.Automation;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Commands;

/// <summary>Good and bad input. Nothing is ever sent for a bad one, and the good ones beside it are removed.</summary>
[Trait("rule", "1")]
public sealed class RemoveTcbCloudFileInputTests
{
    [Theory]
    [InlineData("1..3 | ForEach-Object { [pscustomobject]@{ file_id = $ids[0]; name = 'a' } } | Remove-TcbCloudFile -FileId { $_.fileid }", 3, "file_id, name")]
    [InlineData("1..3 | ForEach-Object { @{ file_id = $ids[0] } } | Remove-TcbCloudFile -FileId { $_.fileid } -WhatIf", 3, "file_id")]
    [InlineData("[pscustomobject]@{ file_id = $ids[0]; fileId = $null } | Get-TcbCloudFile", 1, "file_id, fileId")]
    [InlineData("[pscustomobject]@{ id = $null; file = $ids[0] } | Remove-TcbCloudFile", 1, "id, file")]
    public void OnlyBlankEntries_OfObjects_AWarningNamesTheirProperties(string script, int entries, string properties)
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(1) });
        if (properties.Contains("fileId", StringComparison.Ordinal)) (script, properties) = (script.Replace("file_id", "file", StringComparison.Ordinal), properties.Replace("file_id", "file", StringComparison.Ordinal));

        string warning = Assert.Single(connected.Run(script, FileIds.Range(1)).Warnings);

        Assert.Equal($"Nothing was sent: the input contains only entries that are null, empty or white space (entries: {entries}). The last object has these properties: "
            + $"{properties}. Choose the one that contains the file ID, for example -FileId {{ $_.file_id }}.", warning);
    }

    [Theory]
    [InlineData("'', ' ' | Remove-TcbCloudFile", 2)]
    [InlineData("Remove-TcbCloudFile $unset", 1)]
    [InlineData("Remove-TcbCloudFile @()", 1)]
    [InlineData("$null | Get-TcbCloudFile", 1)]
    public void OnlyBlankEntries_OfText_AWarningSaysSo(string script, int entries)
    {
        using var connected = new ConnectedSession(new EmulatorOptions());

        string warning = Assert.Single(connected.Run(script).Warnings);

        Assert.EndsWith($"(entries: {entries}). Check the variable or the property that the IDs come from.", warning, StringComparison.Ordinal);
        Assert.Equal(0, connected.Emulator.Requests.Count);
    }

    [Theory]
    [InlineData("@() | Remove-TcbCloudFile")]
    [InlineData("'', $ids[0] | Remove-TcbCloudFile")]
    [InlineData("'', 'no ID' | Remove-TcbCloudFile 2>$null")]
    public void NoEntry_OrOneThatIsNotBlank_WarnsOfNothing(string script)
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(1) });

        Assert.Empty(connected.Run(script, FileIds.Range(1)).Warnings);
    }

    [Fact]
    public void ListInARecord_WithNullBehindIt_SkipsRecordsWithoutIds_WhichWouldBeErrorsOfTheEngine()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(2) });
        const string Records = "$records = @([pscustomobject]@{ _id = 1; images = $ids }, [pscustomobject]@{ _id = 2; images = @() }, [pscustomobject]@{ _id = 3 }); ";

        ScriptOutcome outcome = connected.Run(
            Records + "$records | Remove-TcbCloudFile -FileId { @($_.images; $null) }; $records | Remove-TcbCloudFile -FileId { $_.images } -ErrorVariable failed -ErrorAction SilentlyContinue; "
            + "$null = $retry = @($failed | ForEach-Object { $_.TargetObject } | Where-Object { $_ -is [string] })", FileIds.Range(2));

        Assert.Equal(FileIds.Range(2), outcome.RemovedIds);
        Assert.Equal((2, 0, 4), (outcome.Summaries[0].Succeeded, outcome.Summaries[0].Failed, outcome.Summaries[0].Skipped));
        // The second time, the files are gone, and the engine's own error about the empty list has the record as its target.
        Assert.Equal(FileIds.Range(2), ((object[])connected.Session.Variable("retry")!).Select(item => item.ToString()));
    }

    private const string InvalidFileId = "InvalidFileId,TcbPowerShell.RemoveTcbCloudFileCommand";

    public static TheoryData<string, string> BadIds => new()
    {
        { "cloud://", "has no environment ID" },
        { "cloud:///a.png", "has no environment ID" },
        { "cloud://.7465-test-env/a.png", "has no environment ID" },
        { "cloud://test-env", "has no path" },
        { "cloud://test-env.7465-test-env/", "has no path" },
        { "https://test-env.7465-test-env/a.png", "is a web address, for example a download link" },
        { "CLOUD://test-env.7465-test-env/a.png", "must begin with cloud:// in lowercase letters" },
        { " cloud://test-env.7465-test-env/a.png", "with no space before it" },
        { "a.png", "does not begin with cloud://. If it is a path in the environment, use Find-TcbCloudFile to get its ID" },
        { "cloud://test-env.x/" + new string('a', 5000), "is 5019 bytes long in UTF-8; the limit is 4096" },
        { "cloud://test-env.x/" + new string('文', 1400), "is 4219 bytes long in UTF-8; the limit is 4096" },
        { "cloud://test-env.x/\ufffd.png", "U+FFFD: the list was probably read in the wrong encoding. Use Get-Content -Encoding utf8" },
        { "\ufeffcloud://test-env.x/a.png", "U+FEFF: the list was probably read in the wrong encoding. Use Get-Content -Encoding utf8" },
        { "cloud://test-env.x/a\t.png", "contains a tab (U+0009): it is probably a line with several columns" },
        { "cloud://test-env.x/a.png\r", "contains a line break (U+000D): there are probably several IDs in one string" },
        { "cloud://test-env.x/\u0085.png", "contains the control character U+0085" },
        { "cloud://test-env.x/\0.png", "contains the control character U+0000" },
    };

    [Theory]
    [MemberData(nameof(BadIds))]
    public void Remove_BadId_IsRefusedAndTheRestIsRemoved(string bad, string problem)
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(2) });

        ScriptOutcome outcome = connected.Run("$ids | Remove-TcbCloudFile", FileIds.Of(1), bad, FileIds.Of(2));

        ErrorRecord error = Assert.Single(outcome.Errors);
        Assert.Equal((InvalidFileId, ErrorCategory.InvalidArgument), (error.FullyQualifiedErrorId, error.CategoryInfo.Category));
        Assert.Equal(bad, error.TargetObject);
        Assert.Contains(problem, error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains("not sent", error.Exception.Message, StringComparison.Ordinal);
        Assert.Equal(FileIds.Range(2), outcome.RemovedIds);
        Assert.Equal(FileIds.Range(2), connected.Emulator.Requests.Snapshot().Single().FileIds);
    }

    [Theory]
    [InlineData("ids.txt", "with Get-Content -Encoding utf8 or Import-Csv")]
    [InlineData("C:\\lists\\2024.csv", "name of a file that contains IDs")]
    [InlineData("./export.JSONL", "name of a file that contains IDs")]
    [InlineData("{\"_id\":1,\"file_id\":\"cloud://test-env.x/a.png\"}", "Convert it with ConvertFrom-Json")]
    [InlineData("[\"cloud://test-env.x/a.png\"]", "Convert it with ConvertFrom-Json")]
    [InlineData("\"cloud://test-env.x/a.png\"", "quotation mark")]
    [InlineData("\"cloud://test-env.x/a.png\",\"x\"", "Import-Csv")]
    [InlineData("https://7465-test-env.tcb.qcloud.la/a.png?sign=x", "download link")]
    [InlineData("cloud://test-env.x/a.png\ncloud://test-env.x/b.png", "several IDs in one string")]
    [InlineData("cloud://test-env.x/a.png\t120 KB", "several columns")]
    [InlineData("cloud://test-env.x/\ufffd.png", "wrong encoding")]
    [InlineData("cloud://test-env.x/\ufffd.png", "encoding. Use Get-Content -Encoding utf8. For a list in GBK, use -Encoding 936")]
    [InlineData("a.png,cloud://test-env.x/a.png,12", "probably a line with several columns. Read a CSV file with Import-Csv")]
    [InlineData("1;CLOUD a;cloud://test-env.x/list.csv", "does not begin with it")]
    public void Remove_MistakeOfAList_IsNamed(string entry, string problem)
    {
        using var connected = new ConnectedSession();

        ErrorRecord error = Assert.Single(connected.Run("$ids | Remove-TcbCloudFile", entry).Errors);

        Assert.Equal((InvalidFileId, entry), (error.FullyQualifiedErrorId, error.TargetObject));
        Assert.Contains(problem, error.Exception.Message, StringComparison.Ordinal);
        Assert.Equal(problem.Contains("encoding", StringComparison.Ordinal), error.Exception.Message.Contains("encoding", StringComparison.Ordinal));
        Assert.Equal(0, connected.Emulator.Requests.Count);
    }

    // Not in the theory's data: xunit hands that over as UTF-8, which half a pair has no form in.
    [Theory]
    [InlineData(0xD83D)]
    [InlineData(0xDE00)]
    public void Remove_HalfASurrogatePair_IsRefused(int half)
    {
        string bad = $"cloud://test-env.x/{(char)half}.png";
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(1) });

        ScriptOutcome outcome = connected.Run("$ids | Remove-TcbCloudFile", bad, FileIds.Of(1));

        ErrorRecord error = Assert.Single(outcome.Errors);
        Assert.Equal((InvalidFileId, bad), (error.FullyQualifiedErrorId, error.TargetObject));
        Assert.Contains($"half a surrogate pair (U+{half:X4})", error.Exception.Message, StringComparison.Ordinal);
        Assert.Equal(FileIds.Range(1), outcome.RemovedIds);
    }

    [Theory]
    [InlineData("cloud://other-env.7465-other-env/a.png", "other-env")]
    [InlineData("cloud://test-env2.7465-test-env/a.png", "test-env2")]
    [InlineData("cloud://Test-Env.7465-test-env/a.png", "Test-Env")]
    [InlineData("cloud://test/a.png", "test")]
    public void Remove_IdOfAnotherEnvironment_IsRefused(string foreign, string environment)
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = [FileIds.Of(1), foreign] });

        ScriptOutcome outcome = connected.Run("$ids | Remove-TcbCloudFile", FileIds.Of(1), foreign);

        ErrorRecord error = Assert.Single(outcome.Errors);
        Assert.Equal(
            ("FileInOtherEnvironment,TcbPowerShell.RemoveTcbCloudFileCommand", ErrorCategory.InvalidArgument),
            (error.FullyQualifiedErrorId, error.CategoryInfo.Category));
        Assert.Equal(foreign, error.TargetObject);
        Assert.Contains($"'{environment}'", error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains("'test-env'", error.Exception.Message, StringComparison.Ordinal);
        Assert.True(connected.Emulator.Files.Contains(foreign));
        Assert.Equal([FileIds.Of(1)], outcome.RemovedIds);
    }

    [Theory]
    [InlineData("cloud://test-env/a.png")]
    [InlineData("cloud://test-env.7465-test-env-1258717764/照片 与  两个空格.png")]
    [InlineData("cloud://test-env.x/a.png ")]
    [InlineData("cloud://test-env.x/a+b&c#d%20e|f?g=h.png")]
    [InlineData("cloud://test-env.x/\"quotes\" and \\back\\slashes'.png")]
    [InlineData("cloud://test-env.x/[0-9]*?.png")]
    [InlineData("cloud://test-env.x/$(throw 1)`n.png")]
    [InlineData("cloud://test-env.x/\U0001F600e\u0301é.png")]
    [InlineData("cloud://test-env.x/../a.png")]
    public void Remove_OddButTrueId_IsSentToTheLetter(string id)
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = [id, FileIds.Of(1)] });

        ScriptOutcome outcome = connected.Run("$ids | Remove-TcbCloudFile", id);

        Assert.Empty(outcome.Errors);
        Assert.Equal([id], outcome.RemovedIds);
        Assert.Equal([id], connected.Emulator.Files.Deleted);
    }

    [Fact]
    public void Remove_IdOfExactlyTheMostBytes_IsSent()
    {
        string id = FileIds.Of(1).PadRight(4096, 'a');
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = [id] });

        Assert.Equal([id], connected.Run("$ids | Remove-TcbCloudFile", id).RemovedIds);
    }

    [Theory]
    [InlineData("[IO.FileInfo]::new('/data/a.png')", "System.IO.FileInfo")]
    [InlineData("[uri] $ids[0]", "System.Uri")]
    [InlineData("42", "System.Int32")]
    [InlineData("$true", "System.Boolean")]
    [InlineData("[datetime]::MinValue", "System.DateTime")]
    [InlineData("[guid]::Empty", "System.Guid")]
    [InlineData("[pscustomobject]@{ Name = $ids[0] }", "PSCustomObject")]
    [InlineData("[pscustomobject]@{ Id = 7 }", "PSCustomObject")]
    [InlineData("[pscustomobject]@{ FileId = 7 }", "PSCustomObject")]
    [InlineData("[pscustomobject]@{ FileId = [pscustomobject]@{ Value = $ids[0] } }", "PSCustomObject")]
    [InlineData("@{ Name = $ids[0] }", "System.Collections.Hashtable")]
    [InlineData("[Diagnostics.Process]::GetCurrentProcess()", "System.Diagnostics.Process")]
    [InlineData("{ $ids[0] }", "System.Management.Automation.ScriptBlock")]
    public void Remove_ObjectWithoutFileId_IsRefusedAndTheRestIsRemoved(string expression, string typeName)
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(2) });

        ScriptOutcome outcome = connected.Run($"$ids[1], ({expression}) | Remove-TcbCloudFile", FileIds.Range(2));

        ErrorRecord error = Assert.Single(outcome.Errors);
        Assert.Equal((InvalidFileId, ErrorCategory.InvalidArgument), (error.FullyQualifiedErrorId, error.CategoryInfo.Category));
        Assert.Contains("has no FileId or Id property that contains a string", error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains("not sent", error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains(typeName, error.Exception.Message, StringComparison.Ordinal);
        Assert.EndsWith(typeName, Assert.IsType<string>(error.TargetObject), StringComparison.Ordinal);
        Assert.Contains("-FileId { $_.file_id }", error.Exception.Message, StringComparison.Ordinal);
        Assert.Equal([FileIds.Of(2)], outcome.RemovedIds);
        Assert.Equal([FileIds.Of(2)], connected.Emulator.Requests.Snapshot().SelectMany(request => request.FileIds));
    }

    [Theory]
    [InlineData("[pscustomobject]@{ file_id = 'cloud://test-env.x/marker'; Password = 'marker' }", "(its properties: file_id, Password)")]
    [InlineData("[ordered]@{ file_id = 'cloud://test-env.x/marker'; Password = 'marker' }", "(its properties: file_id, Password)")]
    [InlineData("[pscustomobject]@{}", "(its properties: none)")]
    [InlineData("@{}", "(its properties: none)")]
    public void Remove_ObjectWithoutFileId_ErrorNamesItsPropertiesAndNoValue(string expression, string properties)
    {
        using var connected = new ConnectedSession();

        // Not in the script of the run: an error record repeats the line that it comes from.
        connected.Run($"$object = {expression}");

        ScriptOutcome outcome = connected.Run("$object | Remove-TcbCloudFile");

        Assert.Contains(properties, Assert.Single(outcome.Errors).Exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("marker", outcome.AllText(), StringComparison.Ordinal);
        Assert.Equal(0, connected.Emulator.Requests.Count);
    }

    [Theory]
    [InlineData("$ids | ForEach-Object { [pscustomobject]@{ FileId = $_; Size = 1 } } | Remove-TcbCloudFile")]
    [InlineData("$ids | ForEach-Object { [pscustomobject]@{ Id = $_ } } | Remove-TcbCloudFile")]
    [InlineData("$ids | ForEach-Object { [pscustomobject]@{ fileid = $_ } } | Remove-TcbCloudFile")]
    [InlineData("$ids | ForEach-Object { [pscustomobject]@{ FileId = $_; Id = 7 } } | Remove-TcbCloudFile")]
    [InlineData("[pscustomobject]@{ FileId = $ids } | Remove-TcbCloudFile")]
    [InlineData("[pscustomobject]@{ FileId = [object[]] $ids } | Remove-TcbCloudFile")]
    [InlineData("$ids | ForEach-Object { [pscustomobject]@{ file_id = $_ } } | Remove-TcbCloudFile -FileId { $_.file_id }")]
    [InlineData("$ids | ForEach-Object { @{ file_id = $_ } } | Remove-TcbCloudFile -FileId { $_.file_id }")]
    [InlineData("$ids | ForEach-Object { @{ FileId = $_ } } | Remove-TcbCloudFile -FileId { $_.FileId }")]
    [InlineData("$ids | ForEach-Object { @{ FileId = $_ } } | Remove-TcbCloudFile")]
    [InlineData("$ids | ForEach-Object { [ordered]@{ Size = 1; id = $_ } } | Remove-TcbCloudFile")]
    [InlineData("$ids | ForEach-Object { $d = [Collections.Generic.Dictionary[string, object]]::new(); $d['fileId'] = $_; , $d } | Remove-TcbCloudFile")]
    [InlineData("$ids | ForEach-Object { @{ id = $_; Size = 1 } } | Remove-TcbCloudFile")]
    [InlineData("$ids | ForEach-Object { [ordered]@{ Size = 1; fileid = $_ } } | Remove-TcbCloudFile")]
    [InlineData("$ids | ForEach-Object { $h = [Collections.Hashtable]::new([StringComparer]::Ordinal); $h['fileId'] = $_; $h } | Remove-TcbCloudFile")]
    [InlineData("@{ FileId = $ids } | Remove-TcbCloudFile")]
    [InlineData("Remove-TcbCloudFile ($ids | ForEach-Object { @{ FileId = $_ } })")]
    [InlineData("Remove-TcbCloudFile (, $ids)")]
    [InlineData("Remove-TcbCloudFile @(@($ids[0], @($ids[1])), $ids[2])")]
    [InlineData("Remove-TcbCloudFile ([Collections.Generic.List[string]] $ids)")]
    [InlineData("Remove-TcbCloudFile ($ids | ForEach-Object { [pscustomobject]@{ FileId = $_ } })")]
    [InlineData("(, (, $ids)) | Remove-TcbCloudFile")]
    [InlineData("& { foreach ($id in $ids) { $id } } | Remove-TcbCloudFile")]
    public void Remove_IdsInManyForms_AreTaken(string script)
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(3) });

        ScriptOutcome outcome = connected.Run(script, FileIds.Range(3));

        Assert.Null(outcome.Terminating);
        Assert.Empty(outcome.Errors);
        Assert.Equal(FileIds.Range(3), outcome.RemovedIds);
    }

    [Theory]
    [InlineData("$null, '', '  ', $ids[0], \"`t\" | Remove-TcbCloudFile -Verbose", 4)]
    [InlineData("Remove-TcbCloudFile @($null, '', '  ', $ids[0]) -Verbose", 3)]
    [InlineData("@{ x = '' }, @{ x = $ids[0] } | Remove-TcbCloudFile -FileId { $_.x } -Verbose", 1)]
    [InlineData("[pscustomobject]@{ FileId = $null }, [pscustomobject]@{ FileId = $ids[0] } | Remove-TcbCloudFile -Verbose", 1)]
    [InlineData("[pscustomobject]@{ FileId = ' ' }, $ids[0] | Remove-TcbCloudFile -Verbose", 1)]
    [InlineData("[pscustomobject]@{ FileId = $null, '', $ids[0] } | Remove-TcbCloudFile -Verbose", 2)]
    [InlineData("Remove-TcbCloudFile $null -Verbose; Remove-TcbCloudFile $ids[0]", 1)]
    public void Remove_NullEmptyAndBlank_AreSkippedWithOneCount(string script, int skipped)
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(1) });

        ScriptOutcome outcome = connected.Run(script, FileIds.Range(1));

        Assert.Empty(outcome.Errors);
        Assert.Equal(FileIds.Range(1), outcome.RemovedIds);
        string count = Assert.Single(outcome.Verbose, text => text.StartsWith("Skipped", StringComparison.Ordinal));
        Assert.Contains($"white space: {skipped}.", count, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Remove-TcbCloudFile @()")]
    [InlineData("Remove-TcbCloudFile $null")]
    [InlineData("Remove-TcbCloudFile ''")]
    [InlineData("@() | Remove-TcbCloudFile")]
    [InlineData("$null | Remove-TcbCloudFile")]
    [InlineData("[pscustomobject]@{ FileId = @() } | Remove-TcbCloudFile")]
    public void Remove_Nothing_IsNoError(string script)
    {
        using var connected = new ConnectedSession();

        ScriptOutcome outcome = connected.Run(script);

        Assert.Null(outcome.Terminating);
        Assert.Empty(outcome.Errors);
        Assert.Empty(outcome.Output);
        Assert.Equal(0, connected.Emulator.Requests.Count);
    }

    [Fact]
    public void Remove_PropertyThatThrows_IsRefused()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(1) });

        ScriptOutcome outcome = connected.Run(
            "$bad = [pscustomobject]@{}; $bad.PSObject.Properties.Add([psscriptproperty]::new('FileId', { throw 'no' })); $bad, $ids[0] | Remove-TcbCloudFile",
            FileIds.Range(1));

        Assert.Null(outcome.Terminating);
        Assert.Equal(InvalidFileId, Assert.Single(outcome.Errors).FullyQualifiedErrorId);
        Assert.Equal(FileIds.Range(1), outcome.RemovedIds);
    }
}
