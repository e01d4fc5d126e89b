using System.Management.Automation;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Commands;

/// <summary>Text that came from outside reaches no stream raw: an escape sequence could rewrite the terminal (rule 11 in docs/design.md).</summary>
[Trait("rule", "11")]
public sealed class UntrustedTextTests
{
    // Escape, bell, the one-character form of the control sequence introducer, and a right-to-left override.
    private const string Dangerous = "\u001b[2J\u0007\u009b31m\u202e";
    private const string Marker = "MARKER-of-a-secret";

    private static readonly string Disguised = FileIds.Of(1) + "\u202egnp.exe";

    public static TheoryData<string> Ids => [Disguised, FileIds.Of(1) + "\u001b[2J", FileIds.Of(1) + "\u0007", FileIds.Of(1) + "\u009b31m", "\u001b]0;" + FileIds.Of(1)];

    [Theory]
    [MemberData(nameof(Ids))]
    public void Error_IdWithControls_IsEscapedAndItsTargetVerbatim(string id)
    {
        using var connected = new ConnectedSession(answers: 'Y');

        ScriptOutcome outcome = connected.Run("$ids | Remove-TcbCloudFile -Confirm -Verbose -Debug -InformationAction Continue", id);

        ErrorRecord error = Assert.Single(outcome.Errors);
        Assert.Equal(id, error.TargetObject);
        Assert.Contains("<U+", error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains("<U+", error.CategoryInfo.TargetName, StringComparison.Ordinal);
        AssertHarmless(connected, outcome);
    }

    [Fact]
    public void Result_IdWithAnOverride_IsVerbatim()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = [Disguised] });

        ScriptOutcome rehearsal = connected.Run("$ids | Remove-TcbCloudFile -WhatIf", Disguised);
        ScriptOutcome outcome = connected.Run("$ids | Remove-TcbCloudFile -Verbose -Debug", Disguised);

        Assert.Equal([Disguised], outcome.RemovedIds);
        Assert.Contains("<U+202E>gnp.exe", connected.Session.Host.Shown, StringComparison.Ordinal);
        AssertHarmless(connected, rehearsal);
        AssertHarmless(connected, outcome);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-999)]
    [InlineData(-503001)]
    public void ServiceMessage_OfAFile_IsEscaped(int status)
    {
        using var connected = new ConnectedSession(new EmulatorOptions { Fault = _ => Fault.FileStatus(status, $"odd {Dangerous} rid: 1{Dangerous}", _ => true) });

        ScriptOutcome outcome = connected.Run("$ids | Remove-TcbCloudFile -Environment $patient -Verbose -Debug", FileIds.Of(1));

        Assert.Equal(status == 0 ? 1 : 0, outcome.Output.Length);
        foreach (CloudFileRemoval removal in outcome.Removals) AssertHarmless(removal.Message + removal.RequestId);
        AssertHarmless(connected, outcome);
    }

    [Fact]
    public void ServiceMessage_OfAFileThatWasFound_IsEscaped()
    {
        using var connected = new ConnectedSession(new EmulatorOptions
        {
            FileIds = FileIds.Range(1),
            Fault = _ => Fault.FileList(entries => entries.Select(entry => entry with { Message = $"odd {Dangerous} rid: 1{Dangerous}" })),
        });

        ScriptOutcome outcome = connected.Run("$ids | Get-TcbCloudFile -Verbose -Debug", FileIds.Of(1));

        CloudFile file = Assert.Single(outcome.Found);
        AssertHarmless(file.Message + file.RequestId);
        AssertHarmless(connected, outcome);
    }

    [Theory]
    [InlineData(40001)]
    [InlineData(-1)]
    [InlineData(45011)]
    [InlineData(12345)]
    public void ServiceMessage_OfARequest_IsEscaped(int code)
    {
        int count = 0;
        using var connected = new ConnectedSession(new EmulatorOptions { Fault = _ => count++ < 3 ? Fault.ErrorCode(code, $"odd {Dangerous} rid: 1{Dangerous}") : null, FileIds = FileIds.Range(1) });

        ScriptOutcome outcome = connected.Run("$ids | Remove-TcbCloudFile -Environment $patient -Verbose -Debug", FileIds.Of(1));

        Assert.True(count > 0);
        AssertHarmless(connected, outcome);
    }

    // NormalView and ConciseView show the category of an error, and in it the target's text.
    [Fact]
    public void Error_OfAnIdThatDisguises_IsHarmlessInEachView_AndItsTargetVerbatim()
    {
        string[] ids = [FileIds.Of(1) + "\u001b[2J", FileIds.Of(1) + "\U000E0041.png", FileIds.Of(1) + "\U0001D173"];
        using var connected = new ConnectedSession();

        ScriptOutcome outcome = connected.Run(
            "$errors = @($ids | Remove-TcbCloudFile 2>&1); foreach ($ErrorView in 'NormalView', 'ConciseView', 'CategoryView') { $errors | Out-Default }; $errors", ids);

        ErrorRecord[] errors = [.. outcome.Output.Select(error => (ErrorRecord)error.BaseObject)];
        Assert.Equal(ids, errors.Select(error => error.TargetObject));
        Assert.Equal([FileIds.Of(1) + "<U+001B>[2J", FileIds.Of(1) + "<U+E0041>.png", FileIds.Of(1) + "<U+1D173>"], errors.Select(error => error.CategoryInfo.TargetName));
        AssertHarmless(string.Concat(errors.Select(error => error.CategoryInfo + error.Exception.Message)));
        string shown = connected.Session.Host.Shown;
        Assert.Contains("<U+E0041>", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b[2J", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("\U000E0041", shown, StringComparison.Ordinal);
    }

    // Each takes more than linear time where something looks for an end that never comes, or grows where it is written.
    public static TheoryData<string> Endless =>
    [
        "?", "https://", "://", "@", "://a@", "https://?", "?https://", "\"", "\\", "%25", "%2525", "&amp;", "&#", "access_token=", "access_token", "\"token\":", "token ", "rid:", "rid: ",
        "hint: [", ":", " ", "\u202e", "\U000E0041", "\u001b", "\ufffd", "marker-t", "OBJECT_NOT_EXIST ", "\"https:", "\"download_url\" ", "<",
    ];

    [Theory]
    [MemberData(nameof(Endless))]
    public void TextOfTwoMegabytes_IsCutBeforeItIsLookedAt(string part) => AssertIsCut(JsonText(part));

    [Theory]
    [InlineData("\\ud83d")]
    [InlineData("\\ude00")]
    [InlineData("\\q")]
    [InlineData("\t")]
    public void TextOfTwoMegabytesThatCannotBeDecoded_IsCutBeforeItIsLookedAt(string part) => AssertIsCut(part);

    private const int TwoMegabytes = (2 * 1024 * 1024) - 1000;

    private static void AssertIsCut(string part)
    {
        string errmsg = string.Concat(Enumerable.Repeat(part, TwoMegabytes / System.Text.Encoding.UTF8.GetByteCount(part)));
        string[] replies =
        [
            $$"""{"errcode":99999,"errmsg":"{{errmsg}} rid: 1-2-3"}""",
            $$"""{"errcode":0,"errmsg":"ok","delete_list":[{"fileid":"{{FileIds.Of(1)}}","status":7,"errmsg":"{{errmsg}} rid: 1-2-3"}]}""",
        ];
        foreach (string reply in replies)
        {
            using var connected = new ConnectedSession(new EmulatorOptions { Fault = _ => Fault.Body(reply) });

            ScriptOutcome outcome = connected.Run("$ids | Remove-TcbCloudFile -Environment $patient -MaximumRetryCount 0 -Debug -Verbose", FileIds.Of(1));

            ErrorRecord error = Assert.Single(outcome.Errors);
            var e = (TcbException)error.Exception;
            Assert.EndsWith(" rid: 1-2-3", e.ServiceMessage, StringComparison.Ordinal);
            Assert.Equal("1-2-3", e.RequestId);
            // An escaped character is up to nine long.
            Assert.InRange(e.ServiceMessage!.Length, 10, 9 * 1020);
            Assert.InRange(e.Message.Length, 10, 9 * 1500);
            Assert.All(outcome.Debug.Concat(outcome.Verbose), line => Assert.InRange(line.Length, 1, 9 * 65_600));
        }
    }

    private static string JsonText(string text) => System.Text.Json.JsonSerializer.Serialize(text, Unescaped)[1..^1];

    private static readonly System.Text.Json.JsonSerializerOptions Unescaped = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Theory]
    [InlineData("[pscustomobject]@{ Name = $marker; Token = $marker * 5000 }", "Name, Token")]
    [InlineData("[ordered]@{ Name = $marker; Token = $marker }", "Name, Token")]
    [InlineData("[pscustomobject]@{ FileId = [pscustomobject]@{ Inner = $marker } }", "FileId")]
    [InlineData("[uri] \"https://example.com/$marker\"", "AbsoluteUri")]
    [InlineData("[IO.FileInfo]::new(\"/data/$marker.png\")", "FullName")]
    [InlineData("([xml]\"<a><b c='$marker'>$marker</b></a>\").a", "b")]
    [InlineData("[exception]::new($marker)", "Message")]
    public void ForeignObject_IsNamedByTypeAndPropertiesAndNeverByItsValues(string expression, string property)
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(1) });

        ScriptOutcome outcome = connected.Session.Run(
            $"$object = {expression}; $object, $ids[0] | Remove-TcbCloudFile -Verbose -Debug", ("marker", Marker), ("ids", FileIds.Range(1)));

        ErrorRecord error = Assert.Single(outcome.Errors);
        Assert.StartsWith("InvalidFileId", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains(property, error.Exception.Message, StringComparison.Ordinal);
        Assert.InRange(error.Exception.Message.Length, 1, 1000);
        Assert.DoesNotContain(Marker, outcome.AllText() + connected.Session.Host.Shown, StringComparison.Ordinal);
        Assert.Equal(FileIds.Range(1), outcome.RemovedIds);
    }

    private static void AssertHarmless(ConnectedSession connected, ScriptOutcome outcome)
    {
        ErrorRecord[] errors = [.. outcome.Errors, .. new[] { outcome.Terminating }.OfType<ErrorRecord>()];
        AssertHarmless(string.Concat(errors.Select(error => error.Exception.Message + error)));
        AssertHarmless(string.Concat(errors.Select(error => error.Exception).OfType<TcbException>().Select(e => e.ServiceMessage + e.RequestId + e.Data["EnglishMessage"])));
        AssertHarmless(string.Concat([.. outcome.Warnings, .. outcome.Verbose, .. outcome.Debug, .. outcome.Information]));
        AssertHarmless(string.Concat(outcome.Progress.Select(record => record.Activity + record.StatusDescription + record.CurrentOperation)));
        AssertHarmless(connected.Session.Host.Shown + string.Concat(connected.Session.Host.Prompts));
    }

    private static void AssertHarmless(string text) =>
        Assert.DoesNotContain(text, c => (char.IsControl(c) && c is not ('\r' or '\n')) || char.GetUnicodeCategory(c) == System.Globalization.UnicodeCategory.Format);
}
