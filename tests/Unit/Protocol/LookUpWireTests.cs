using System.Text;
using TcbPowerShell.Protocol;
using Xunit;

namespace TcbPowerShell.Tests.Protocol;

/// <summary>batchdownloadfile differs from batchdeletefile in its body, and in the links of its reply.</summary>
public sealed class LookUpWireTests
{
    private const string Link = "https://7465-test2-4a89da-1258717764.tcb.qcloud.la/A.png?sign=1&t=2";

    [Fact]
    public void Body_Bytes_AreThoseOfTheFile() => Assert.Equal(
        Encoding.UTF8.GetString(Golden.Read("lookup-request")).TrimEnd('\n'),
        Encoding.UTF8.GetString(BatchRequest.ForLookUp("test2-4a89da", Golden.Request, 7200)));

    [Fact]
    public void Read_Reply_GivesEachFileItsLink()
    {
        BatchReply reply = ReadReply(Encoding.UTF8.GetString(Golden.Read("lookup-reply")));

        Assert.Equal("Ok Missing Ok", Golden.Describe(reply));
        Assert.Equal([Link, "", null], reply.Answers.Select(answer => answer.DownloadUrl));
    }

    [Fact]
    public void Read_TwoAnswersWithOneLink_AreOneAnswer() => Assert.Equal(Link, ReadReply(Reply(Entry(Link), Entry(Link))).Answers[0].DownloadUrl);

    [Theory]
    [InlineData("\"https://other.example/\"")]
    [InlineData("null")]
    [InlineData("\"\"")]
    public void Read_TwoAnswersWithOtherLinks_AreNone(string other) =>
        Assert.False(ReadReply(Reply(Entry(Link), Entry(Link).Replace($"\"{Link}\"", other, StringComparison.Ordinal))).Answers[0].IsGiven);

    [Fact]
    public void Read_AnEntryWithTwoLinks_IsNone() => Assert.False(
        ReadReply(Reply(Entry(Link).Replace("\"status\"", $"\"download_url\":\"{Link}\",\"status\"", StringComparison.Ordinal))).Answers[0].IsGiven);

    [Theory]
    [InlineData("""{"download_url":"https://a/b?c","status":0}""", """{"download_url":"***","status":0}""")]
    [InlineData("""{"download_url" : "a \"b\" c", "x":1}""", """{"download_url" : "***", "x":1}""")]
    [InlineData("""{"url":"https:\/\/a\/b","x":"http://c"}""", """{"url":"***","x":"***"}""")]
    [InlineData("""{"download_url":"https://a/b""", """{"download_url":"***""")]
    [InlineData("""{"fileid":"cloud://a.b/c","download_url":null}""", """{"fileid":"cloud://a.b/c","download_url":null}""")]
    public void Hide_LeavesAllButTheLinks(string reply, string shown) => Assert.Equal(shown.EndsWith('*') ? shown + '"' : shown, DownloadLink.Hide(reply));

    private static BatchReply ReadReply(string reply) => BatchReply.Read(Encoding.UTF8.GetBytes(reply), "file_list", Golden.Request, text => text);

    private static string Entry(string link) => $$"""{"fileid":"{{Golden.A}}","download_url":"{{link}}","status":0,"errmsg":"ok"}""";

    private static string Reply(params string[] entries) => $$"""{"errcode":0,"errmsg":"ok","file_list":[{{string.Join(',', entries)}}]}""";
}
