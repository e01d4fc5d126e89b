using System.Text;
using TcbPowerShell.Protocol;
using Xunit;

namespace TcbPowerShell.Tests.Protocol;

public sealed class DeleteReplyTests
{
    // A, B and C of the request, in this order.
    private static readonly Dictionary<string, string> Replies = new()
    {
        ["reply-ok"] = "Removed Removed Removed",
        ["reply-missing"] = "Missing Missing Missing",
        ["reply-statuses"] = "AccessDenied OtherEnvironment Transient",
        ["reply-statuses-rare"] = "Transient Transient NotRemoved",
        ["reply-request-id"] = "Removed AccessDenied Removed",
        ["reply-numbers-as-strings"] = "Removed AccessDenied Missing",
        ["reply-control-characters"] = "Removed Removed Removed",
        ["reply-control-character-in-id"] = "Removed - Removed",
        ["reply-byte-order-mark"] = "Removed Removed Removed",
        ["reply-reordered"] = "Removed AccessDenied Missing",
        ["reply-members-reordered"] = "Removed AccessDenied Removed",
        ["reply-duplicate"] = "Removed Missing Removed",
        ["reply-contradictory"] = "- Removed Removed",
        ["reply-contradictory-members"] = "- - Removed",
        ["reply-foreign"] = "Removed Removed -",
        ["reply-of-strings"] = "- - -",
        ["reply-mixed-list"] = "- Removed -",
        ["reply-odd-status"] = "- - -",
        ["reply-odd-status-text"] = "- - -",
        ["reply-null-list"] = "- - -",
        ["reply-no-list"] = "- - -",
        ["reply-list-as-object"] = "- - -",
        ["reply-list-without-errcode"] = "Removed Removed Removed",
        ["reply-omitted"] = "Removed - Removed",
        ["reply-empty-list"] = "- - -",
        ["reply-escaped"] = "Removed Removed Removed",
        ["reply-unknown-members"] = "Removed Removed -",
        ["reply-not-utf8"] = "Removed AccessDenied Removed",
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
    };

    public static TheoryData<string> ReplyNames => [.. Golden.Names("reply")];

    public static TheoryData<string> ErrorNames => [.. Golden.Names("error")];

    public static TheoryData<string> UnreadableNames => [.. Golden.Names("unreadable")];

    [Theory]
    [MemberData(nameof(ReplyNames))]
    public void Read_Reply_GivesEachFileItsOwnAnswer(string name) =>
        Assert.Equal(Replies[name], Golden.Describe(Read(Golden.Read(name))));

    [Theory]
    [MemberData(nameof(ErrorNames))]
    public void Read_Error_ThrowsItsFacts(string name)
    {
        TcbException e = Assert.Throws<TcbException>(() => Read(Golden.Read(name)));

        Assert.Equal(Errors[name], $"{e.Class} {e.ErrorCode}, rid {e.RequestId ?? "none"}, {(e.OutcomeUnknown ? "unknown" : "known")}");
        Assert.Contains($"errcode {e.ErrorCode}: ", e.Message, StringComparison.Ordinal);
        Assert.Contains(string.IsNullOrEmpty(e.ServiceMessage) ? "(no text)" : e.ServiceMessage, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(UnreadableNames))]
    public void Read_NotTheServices_ThrowsUnreadable_WithTheOutcomeUnknown(string name)
    {
        TcbException e = Assert.Throws<TcbException>(() => Read(Golden.Read(name)));

        Assert.Equal(FailureClass.Unreadable, e.Class);
        Assert.True(e.OutcomeUnknown);
        Assert.Null(e.ErrorCode);
    }

    [Fact]
    public void Read_Texts_ComeAsTheyAre_ControlCharactersAsSpaces()
    {
        Assert.Equal(["ok", "STORAGE_EXCEED_AUTHORITY", ""], Read(Golden.Read("reply-numbers-as-strings")).Answers.Select(answer => answer.Message));
        Assert.All(Read(Golden.Read("reply-control-characters")).Answers, answer => Assert.Equal(" o k  ", answer.Message));
        Assert.Equal("\ufffd\ufffd\ufffd", Read(Golden.Read("reply-not-utf8")).Answers[1].Message);
    }

    [Fact]
    public void Read_RequestId_IsTheOneInErrmsg()
    {
        Assert.Equal("68d0e15f-18b1eca2-4de8f3b9", Read(Golden.Read("reply-request-id")).RequestId);
        Assert.Null(Read(Golden.Read("reply-ok")).RequestId);
    }

    [Fact]
    public void Read_Contradictory_StaysWithoutAnswer_HoweverOftenItIsRepeated()
    {
        string entry = $$"""{"fileid":"{{Golden.A}}","status":0,"errmsg":"ok"}""";
        string other = entry.Replace("\"status\":0", "\"status\":-503002", StringComparison.Ordinal);
        byte[] reply = Encoding.UTF8.GetBytes($$"""{"errcode":0,"delete_list":[{{entry}},{{other}},{{entry}},{{entry}}],"delete_list":[{{entry}}]}""");

        Assert.False(Read(reply).Answers[0].IsGiven);
    }

    [Fact]
    public void Read_EveryTextOfTheService_IsRedacted()
    {
        static string Redact(string text) => text.Replace("SECRET", "***", StringComparison.Ordinal);
        DeleteReply reply = DeleteReply.Read(
            Encoding.UTF8.GetBytes(
                $$"""{"errcode":0,"errmsg":"SECRET rid: SECRET","delete_list":[{"fileid":"{{Golden.A}}","status":7,"errmsg":"no SECRET"}]}"""),
            Golden.Request, Redact);
        TcbException e = Assert.Throws<TcbException>(
            () => DeleteReply.Read("""{"errcode":40001,"errmsg":"bad SECRET rid: x"}"""u8.ToArray(), Golden.Request, Redact));

        Assert.Equal("no ***", reply.Answers[0].Message);
        Assert.Equal("***", reply.RequestId);
        Assert.DoesNotContain("SECRET", e.Message + e.ServiceMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void Tables_AndFiles_AreTheSame() =>
        Assert.Equal(Golden.Names("reply", "error"), Replies.Keys.Concat(Errors.Keys).Order(StringComparer.Ordinal));

    private static DeleteReply Read(byte[] utf8) => DeleteReply.Read(utf8, Golden.Request, text => text);
}
