using System.Text;
using TcbPowerShell.Protocol;
using Xunit;

namespace TcbPowerShell.Tests.Protocol;

[Trait("rule", "2")]
public sealed class BatchReplyTests
{
    // A, B and C of the request, in this order.
    private static readonly Dictionary<string, string> Replies = new()
    {
        ["reply-ok"] = "Ok Ok Ok",
        ["reply-missing"] = "Missing Missing Missing",
        ["reply-statuses"] = "AccessDenied OtherEnvironment Transient",
        ["reply-statuses-rare"] = "Transient Transient Failed",
        ["reply-request-id"] = "Ok AccessDenied Ok",
        ["reply-numbers-as-strings"] = "Ok AccessDenied Missing",
        ["reply-control-characters"] = "Ok Ok Ok",
        ["reply-control-character-in-id"] = "Ok - Ok",
        ["reply-byte-order-mark"] = "Ok Ok Ok",
        ["reply-reordered"] = "Ok AccessDenied Missing",
        ["reply-members-reordered"] = "Ok AccessDenied Ok",
        ["reply-duplicate"] = "Ok Missing Ok",
        ["reply-contradictory"] = "- Ok Ok",
        ["reply-contradictory-members"] = "- - Ok",
        ["reply-foreign"] = "Ok Ok -",
        ["reply-of-strings"] = "- - -",
        ["reply-mixed-list"] = "- Ok -",
        ["reply-odd-status"] = "- - -",
        ["reply-odd-status-text"] = "- - -",
        ["reply-null-list"] = "- - -",
        ["reply-no-list"] = "- - -",
        ["reply-list-as-object"] = "- - -",
        ["reply-list-without-errcode"] = "Ok Ok Ok",
        ["reply-omitted"] = "Ok - Ok",
        ["reply-empty-list"] = "- - -",
        ["reply-escaped"] = "Ok Ok Ok",
        ["reply-unknown-members"] = "Ok Ok -",
        ["reply-not-utf8"] = "Ok AccessDenied Ok",
        ["reply-half-surrogates"] = "Ok - AccessDenied",
        ["reply-bad-escapes"] = "Ok - AccessDenied",
        ["reply-whole-numbers"] = "Ok AccessDenied Missing",
        ["reply-nearly-whole-numbers"] = "- - -",
    };

    private static readonly Dictionary<string, string> Errors = new()
    {
        ["error-busy"] = "Transient -1, rid 68d0e15f-18b1eca2-4de8f3b9, unknown",
        ["error-older-hint"] = "TokenRefused 40001, rid tp9AvA04171107, known",
        ["error-blank"] = "EnvironmentRefused -501005, rid none, known",
        ["error-no-message"] = "QuotaSpent 45009, rid none, known",
        ["error-with-list"] = "Transient -1, rid none, unknown",
        ["error-two-codes"] = "Transient -1, rid none, unknown",
        ["error-as-string"] = "TokenRefused 42001, rid 1-2-3, known",
        ["error-unlisted"] = "Unlisted 123456, rid none, known",
        ["error-unlisted-with-list"] = "Unlisted 123456, rid none, known",
    };

    public static TheoryData<string> ReplyNames => [.. Golden.Names("reply")];

    public static TheoryData<string> ErrorNames => [.. Golden.Names("error")];

    public static TheoryData<string> UnreadableNames => [.. Golden.Names("unreadable")];

    [Theory]
    [MemberData(nameof(ReplyNames))]
    public void Read_Reply_GivesEachFileItsOwnAnswer(string name) =>
        Assert.Equal(Replies[name], Golden.Describe(Golden.ReadReply(Golden.Read(name))));

    [Theory]
    [MemberData(nameof(ErrorNames))]
    public void Read_Error_ThrowsItsFacts(string name)
    {
        TcbException e = Assert.Throws<TcbException>(() => Golden.ReadReply(Golden.Read(name)));

        Assert.Equal(Errors[name], $"{e.Category} {e.ErrorCode}, rid {e.RequestId ?? "none"}, {(e.OutcomeUnknown ? "unknown" : "known")}");
        Assert.Contains($"errcode {e.ErrorCode}: ", e.Message, StringComparison.Ordinal);
        Assert.Contains(string.IsNullOrEmpty(e.ServiceMessage) ? "(no text)" : e.ServiceMessage, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(UnreadableNames))]
    public void Read_NotTheServices_ThrowsUnreadable_WithTheOutcomeUnknown(string name)
    {
        TcbException e = Assert.Throws<TcbException>(() => Golden.ReadReply(Golden.Read(name)));

        Assert.Equal(FailureCategory.Unreadable, e.Category);
        Assert.True(e.OutcomeUnknown);
        Assert.Null(e.ErrorCode);
    }

    [Fact]
    public void Read_WebPage_ThrowsItsOwnCategory_WithTheOutcomeUnknown()
    {
        TcbException e = Assert.Throws<TcbException>(() => Golden.ReadReply(Golden.Read("page-html")));

        Assert.Equal((FailureCategory.WebPage, true, null), (e.Category, e.OutcomeUnknown, e.ErrorCode));
        Assert.Equal("the reply is a web page", e.Message);
    }

    [Theory]
    [InlineData("<!DOCTYPE html><html>", true)]
    [InlineData(" \r\n<html lang=en>", true)]
    [InlineData("<HTML/>", true)]
    [InlineData("<?xml version=\"1.0\"?>", false)]
    [InlineData("no healthy upstream", false)]
    public void Read_WebPage_IsAWebPageFailure(string body, bool isPage)
    {
        TcbException e = Assert.Throws<TcbException>(() => Golden.ReadReply(Encoding.UTF8.GetBytes(body)));

        Assert.Equal(isPage ? FailureCategory.WebPage : FailureCategory.Unreadable, e.Category);
    }

    [Fact]
    public void Read_Texts_ComeAsTheyAre_ControlCharactersAsSpaces()
    {
        Assert.Equal(["ok", "STORAGE_EXCEED_AUTHORITY", ""], Golden.ReadReply(Golden.Read("reply-numbers-as-strings")).Answers.Select(answer => answer.Message));
        Assert.All(Golden.ReadReply(Golden.Read("reply-control-characters")).Answers, answer => Assert.Equal(" o k  ", answer.Message));
        Assert.Equal("\ufffd\ufffd\ufffd", Golden.ReadReply(Golden.Read("reply-not-utf8")).Answers[1].Message);
        Assert.Equal("a😀\ufffd😀\ufffd", Golden.ReadReply(Golden.Read("reply-half-surrogates")).Answers[0].Message);
        Assert.Equal("D: ew 's  d", Golden.ReadReply(Golden.Read("reply-bad-escapes")).Answers[0].Message?.Replace('\n', ' '));
    }

    [Theory]
    [InlineData("reply-contradictory", 0, "the reply has entries for the file that contradict each other")]
    [InlineData("reply-contradictory-members", 0, "the file's entry in the reply has more than one status")]
    [InlineData("reply-contradictory-members", 1, "the file's entry in the reply names more than one file")]
    [InlineData("reply-odd-status", 0, "the file's entry in the reply has no status")]
    [InlineData("reply-odd-status", 1, "the status of the file's entry in the reply is not a whole number")]
    [InlineData("reply-odd-status", 2, "the status of the file's entry in the reply is not a whole number")]
    [InlineData("reply-odd-status-text", 0, "the status of the file's entry in the reply is not a whole number")]
    [InlineData("reply-odd-status-text", 2, "the status of the file's entry in the reply is not a whole number")]
    [InlineData("reply-mixed-list", 2, "the file's entry in the reply has no status")]
    [InlineData("reply-nearly-whole-numbers", 0, "the status of the file's entry in the reply is not a whole number")]
    [InlineData("reply-omitted", 1, null)]
    [InlineData("reply-ok", 1, null)]
    public void Read_EntryThatCannotBeUsed_SaysWhatIsWrongWithIt(string name, int file, string? problem) =>
        Assert.Equal(problem, Golden.ReadReply(Golden.Read(name)).Answers[file].Problem?.ToString());

    [Theory]
    [InlineData("""{"fileid":"ID","code":0}""", "the file's entry in the reply has no status")]
    [InlineData("""{"fileid":"ID","status":null},{"fileid":"ID","status":7}""", null)]
    [InlineData("""{"fileid":"ID","status":7},{"fileid":"ID"}""", null)]
    [InlineData("""{"fileid":"ID"},{"fileid":"ID","status":7},{"fileid":"ID","status":0}""", "the reply has entries for the file that contradict each other")]
    public void Read_EntryThatCannotBeUsed_DoesNotCountAgainstOneThatCan(string entries, string? problem)
    {
        byte[] reply = Encoding.UTF8.GetBytes($$"""{"errcode":0,"delete_list":[{{entries.Replace("ID", Golden.A, StringComparison.Ordinal)}}]}""");

        FileAnswer answer = Golden.ReadReply(reply).Answers[0];

        Assert.Equal((problem is null, problem), (answer.IsGiven, answer.Problem?.ToString()));
    }

    [Theory]
    [InlineData("error-unlisted-with-list", new[] { Golden.A })]
    [InlineData("error-with-list", new[] { Golden.A, Golden.B, Golden.C })]
    [InlineData("error-unlisted", new string[0])]
    public void Read_ErrorWithAList_NamesTheFilesThatTheListCallsDone(string name, string[] inDoubt) =>
        Assert.Equal(inDoubt, Assert.Throws<TcbException>(() => Golden.ReadReply(Golden.Read(name))).FilesInDoubt);

    [Fact]
    public void Read_ErrorWithAContradiction_LeavesTheFileInDoubt()
    {
        string entry = $$"""{"fileid":"{{Golden.A}}","status":0}""";
        byte[] reply = Encoding.UTF8.GetBytes($$"""{"delete_list":[{{entry}},{{entry.Replace(":0", ":7", StringComparison.Ordinal)}}],"errcode":45009}""");

        Assert.Equal([Golden.A], Assert.Throws<TcbException>(() => Golden.ReadReply(reply)).FilesInDoubt);
    }

    [Fact]
    public void Read_LongText_IsCut_AndKeepsItsRequestId()
    {
        string text = new string('x', 999) + "😀" + new string('y', 100_000);
        byte[] reply = Encoding.UTF8.GetBytes(
            $$"""{"errcode":0,"errmsg":"{{text}} rid: 1-2","delete_list":[{"fileid":"{{Golden.A}}","status":7,"errmsg":"{{text}}"}]}""");

        BatchReply read = Golden.ReadReply(reply);
        TcbException e = Assert.Throws<TcbException>(() => Golden.ReadReply(Encoding.UTF8.GetBytes($$"""{"errcode":1,"errmsg":"{{text}}, hint: [3-4]"}""")));

        Assert.Equal(new string('x', 999) + "…", read.Answers[0].Message);
        Assert.Equal("1-2", read.RequestId);
        Assert.Equal((new string('x', 999) + "… rid: 3-4", "3-4"), (e.ServiceMessage, e.RequestId));
        Assert.InRange(e.Message.Length, 1000, 1100);
    }

    [Fact]
    public void Read_RequestId_IsTheOneInErrmsg()
    {
        Assert.Equal("68d0e15f-18b1eca2-4de8f3b9", Golden.ReadReply(Golden.Read("reply-request-id")).RequestId);
        Assert.Null(Golden.ReadReply(Golden.Read("reply-ok")).RequestId);
    }

    [Fact]
    public void Read_Contradictory_StaysWithoutAnswer_HoweverOftenItIsRepeated()
    {
        string entry = $$"""{"fileid":"{{Golden.A}}","status":0,"errmsg":"ok"}""";
        string other = entry.Replace("\"status\":0", "\"status\":-503002", StringComparison.Ordinal);
        byte[] reply = Encoding.UTF8.GetBytes($$"""{"errcode":0,"delete_list":[{{entry}},{{other}},{{entry}},{{entry}}],"delete_list":[{{entry}}]}""");

        Assert.False(Golden.ReadReply(reply).Answers[0].IsGiven);
    }

    [Fact]
    public void Read_EveryTextOfTheService_IsRedacted()
    {
        static string Redact(string text) => text.Replace("SECRET", "***", StringComparison.Ordinal);
        BatchReply reply = Golden.ReadReply(
            Encoding.UTF8.GetBytes(
                $$"""{"errcode":0,"errmsg":"SECRET rid: SECRET","delete_list":[{"fileid":"{{Golden.A}}","status":7,"errmsg":"no SECRET"}]}"""),
            redact: Redact);
        TcbException e = Assert.Throws<TcbException>(
            () => Golden.ReadReply("""{"errcode":40001,"errmsg":"bad SECRET rid: x"}"""u8.ToArray(), redact: Redact));

        Assert.Equal("no ***", reply.Answers[0].Message);
        Assert.Equal("***", reply.RequestId);
        Assert.DoesNotContain("SECRET", e.Message + e.ServiceMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void Tables_AndFiles_AreTheSame() =>
        Assert.Equal(Golden.Names("reply", "error"), Replies.Keys.Concat(Errors.Keys).Order(StringComparer.Ordinal));
}
