using System.Management.Automation;
using System.Text;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Commands;

/// <summary>Download links are secrets: the service gives one in every way it can, and all that the module writes is searched for it.</summary>
[Trait("rule", "11")]
public sealed class LinkSearchTests
{
    private const string Marker = "MARKER";
    private const string Link = "https://bucket.example/a.png?sign=MARKER&t=1";

    private static readonly Dictionary<string, Fault> Replies = new()
    {
        ["found"] = Entries(entry => entry with { DownloadUrl = Link }),
        ["found, and repeated in its text"] = Entries(entry => entry with { DownloadUrl = Link, Message = "ok " + Link }),
        ["refused with a link"] = Entries(entry => new FileEntry(entry.FileId, -999, "odd " + Link) { DownloadUrl = Link }),
        ["try again with a link"] = Entries(entry => new FileEntry(entry.FileId, -503001, "again " + Link) { DownloadUrl = Link }),
        ["not a web address"] = Entries(entry => entry with { DownloadUrl = "ftp://bucket.example/?MARKER" }),
        ["slashes escaped"] = Text($$"""[{"fileid":"{{FileIds.Of(1)}}","download_url":"{{Link.Replace("/", "\\/", StringComparison.Ordinal)}}","status":0,"errmsg":"ok"}]"""),
        ["name escaped"] = Text($$"""[{"fileid":"{{FileIds.Of(1)}}","download\u005furl":"{{Link}}","status":0,"errmsg":"ok"}]"""),
        ["two links"] = Text($$"""[{"fileid":"{{FileIds.Of(1)}}","download_url":"{{Link}}","download_url":"{{Link}}2","status":0,"errmsg":"ok"}]"""),
        ["under another name"] = Text($$"""[{"fileid":"{{FileIds.Of(1)}}","url":"{{Link}}","status":0,"errmsg":"ok"}]"""),
        ["no string"] = Text($$"""[{"fileid":"{{FileIds.Of(1)}}","download_url":["{{Link}}"],"status":0,"errmsg":"ok"}]"""),
        ["half a reply"] = Fault.Body($$"""{"errcode":0,"file_list":[{"fileid":"x","download_url":"{{Link}}"""),
        ["an error that repeats it"] = Fault.ErrorCode(12345, "what " + Link),
        ["the end of the run"] = Fault.ErrorCode(45009, "quota " + Link),
        ["a web page"] = Fault.Body($"<html><a href=\"{Link}\"></html>"),
        ["a server error"] = Fault.Http(500, Link),
        ["a redirect"] = Fault.Redirect(new Uri(Link)),
    };

    // A port on which no server listens: the text of the failure is the runtime's.
    private static readonly Fault ToNowhere = Entries(entry => entry with { DownloadUrl = "http://127.0.0.1:9/a.png?sign=MARKER&t=1", Message = "ok http://127.0.0.1:9/a.png?sign=MARKER" });

    public static TheoryData<string> Names => [.. Replies.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Everything_ButThePropertyOfAResult_HoldsNoLink(string name)
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(1), Fault = _ => Replies[name] });

        ScriptOutcome outcome = connected.Run(
            """
            $DebugPreference = $VerbosePreference = $InformationPreference = 'Continue'
            $ids | Get-TcbCloudFile -Environment $patient -MaximumRetryCount 1 -OutVariable found
            $found | Out-Default
            $found | Format-List | Out-Default
            """,
            FileIds.Of(1));

        var everything = new StringBuilder(connected.Session.Host.Shown);
        foreach (PSObject result in outcome.Output)
        {
            everything.AppendLine(result.ToString());
            foreach (PSPropertyInfo property in result.Properties.Where(property => property.Name != "DownloadUrl")) everything.AppendLine(property.Value?.ToString());
        }
        everything.Append(outcome.AllText(withOutput: false));
        Assert.Equal(name.StartsWith("found", StringComparison.Ordinal) || name.EndsWith("escaped", StringComparison.Ordinal), outcome.Output.Length == 1);
        Assert.NotEmpty(outcome.Debug);
        Assert.DoesNotContain(Marker, everything.ToString(), StringComparison.Ordinal);
    }

    /// <summary>A copy is made over the same links, of which nothing is left in the result either.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Everything_OfARunThatSaves_HoldsNoLink(string name)
    {
        string folder = Directory.CreateTempSubdirectory("tcb-link-").FullName;
        try
        {
            Fault reply = name.StartsWith("found", StringComparison.Ordinal) || name.EndsWith("escaped", StringComparison.Ordinal) ? ToNowhere : Replies[name];
            using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(1), Fault = _ => reply });

            ScriptOutcome outcome = connected.Session.Run(
                """
                $DebugPreference = $VerbosePreference = $InformationPreference = 'Continue'
                $ids | Save-TcbCloudFile $folder -Environment $patient -MaximumRetryCount 1
                $Error | ForEach-Object { $_ | Out-Default; $_.Exception.ToString() | Out-Default }
                """,
                ("ids", FileIds.Range(1)), ("folder", folder));

            Assert.Empty(outcome.Output);
            Assert.NotEmpty(outcome.Debug);
            Assert.DoesNotContain(Marker, outcome.AllText() + connected.Session.Host.Shown, StringComparison.Ordinal);
            foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)) Assert.DoesNotContain(Marker, File.ReadAllText(file), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void FoundFile_PipedOn_LeavesNoLinkInAQuestionADryRunOrAnError()
    {
        using var connected = new ConnectedSession(
            new EmulatorOptions
            {
                FileIds = FileIds.Range(2),
                Fault = request => request.Kind == RequestKind.Lookup ? Replies["found"] : Fault.FileStatus(-503002, "STORAGE_EXCEED_AUTHORITY", _ => true),
            },
            answers: 'Y');

        ScriptOutcome outcome = connected.Run(
            """
            $DebugPreference = $VerbosePreference = $InformationPreference = 'Continue'
            $found = $ids | Get-TcbCloudFile
            $found | Remove-TcbCloudFile -WhatIf
            $found[0] | Remove-TcbCloudFile -Confirm
            $found[1] | Get-TcbCloudFile -FileId { $_.Nothing }
            """,
            FileIds.Range(2));

        Assert.Equal("CloudFileAccessDenied,TcbPowerShell.RemoveTcbCloudFileCommand", Assert.Single(outcome.Errors).FullyQualifiedErrorId);
        Assert.Single(connected.Session.Host.Prompts);
        Assert.DoesNotContain(Marker, outcome.AllText() + connected.Session.Host.Shown + string.Concat(connected.Session.Host.Prompts), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Get-TcbCloudFile")]
    [InlineData("Remove-TcbCloudFile")]
    [InlineData("Save-TcbCloudFile ([IO.Path]::GetTempPath()) -WhatIf")]
    public void LinkInPlaceOfAnId_IsShownWithoutItsSignature(string cmdlet)
    {
        using var connected = new ConnectedSession();

        ErrorRecord error = Assert.Single(connected.Run($"$ids | {cmdlet}", Link).Errors);

        Assert.Contains("https://bucket.example/a.png?***", error.Exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Marker, error.Exception.Message, StringComparison.Ordinal);
    }

    private static Fault Entries(Func<FileEntry, FileEntry> change) => Fault.FileList(entries => entries.Select(change));

    private static Fault Text(string list) => Fault.Body($$"""{"errcode":0,"errmsg":"ok {{Link}}","file_list":{{list}}}""");
}
