using System.Text;
using TcbPowerShell.Protocol;
using Xunit;

namespace TcbPowerShell.Tests.Protocol;

/// <summary>Replies to the calls for a token, from their bytes.</summary>
public sealed class TokenReplyTests
{
    [Theory]
    [InlineData("7200", 7200)]
    [InlineData("7200.0", 7200)]
    [InlineData("7.2e3", 7200)]
    [InlineData("\"7200\"", 7200)]
    [InlineData("\" 7200 \"", 7200)]
    [InlineData("\"7200.0\"", 7200)]
    [InlineData("1", 1)]
    [InlineData("31536000", 31_536_000)]
    public void Read_ExpiresIn_InAnyUsualSpelling(string written, int seconds)
    {
        TokenReply reply = Read($$"""{"access_token":"x","expires_in":{{written}}}""");

        Assert.Null(reply.Problem);
        Assert.Equal(("x", TimeSpan.FromSeconds(seconds)), (reply.Token, reply.Life));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-7200")]
    [InlineData("0.5")]
    [InlineData("31536001")]
    [InlineData("9223372036854775807")]
    [InlineData("1e400")]
    [InlineData("\"NaN\"")]
    [InlineData("\"Infinity\"")]
    [InlineData("\"two hours\"")]
    [InlineData("\"\"")]
    [InlineData("true")]
    [InlineData("[7200]")]
    [InlineData("{}")]
    public void Read_OddExpiresIn_IsNamed(string written) =>
        AssertProblem($$"""{"access_token":"x","expires_in":{{written}}}""", "the expires_in in the reply is not a number of seconds from 1 to 31536000");

    [Theory]
    [InlineData("{}", "the reply contains no access_token")]
    [InlineData("""{"errcode":0,"errmsg":"ok"}""", "the reply contains no access_token")]
    [InlineData("""{"access_token":null,"expires_in":7200}""", "the reply contains no access_token")]
    [InlineData("""{"access_token":" ","expires_in":7200}""", "the reply contains no access_token")]
    [InlineData("""{"access_token":12,"expires_in":7200}""", "the reply contains no access_token")]
    [InlineData("""{"authorizer_access_token":"x","expires_in":7200}""", "the reply contains no access_token")]
    [InlineData("""{"access_token":"x"}""", "the reply contains no expires_in")]
    [InlineData("""{"access_token":"x","expires_in":null}""", "the reply contains no expires_in")]
    [InlineData("""{"access_token":"two words","expires_in":7200}""", "the access_token in the reply is not a token")]
    [InlineData("""{"access_token":"x\u0000","expires_in":7200}""", "the access_token in the reply is not a token")]
    [InlineData("""{"access_token":"x\ud83d","expires_in":7200}""", "the access_token in the reply is not a token")]
    [InlineData("""{"access_token":"x","expires_in":"\ud83d"}""", "the expires_in in the reply is not a number of seconds")]
    [InlineData("[]", "it is not a JSON object")]
    [InlineData("null", "it is not a JSON object")]
    [InlineData("""{"errcode":"many","access_token":"x","expires_in":7200}""", "its errcode is not a number")]
    [InlineData("""{"errcode":5000000000}""", "its errcode is not a number")]
    public void Read_ReplyWithoutAToken_NamesWhatIsMissing(string reply, string problem) => AssertProblem(reply, problem);

    [Theory]
    [InlineData(4096, true)]
    [InlineData(4097, false)]
    public void Read_LongToken_IsTakenUpToALimit(int length, bool isTaken) =>
        Assert.Equal(isTaken, Read($$"""{"access_token":"{{new string('x', length)}}","expires_in":7200}""").Problem is null);

    [Theory]
    [InlineData("""{"errcode":40013,"errmsg":"invalid appid rid: 1-2-3"}""", 40013, "invalid appid rid: 1-2-3")]
    [InlineData("""{"errcode":"40013","errmsg":"x","access_token":"y","expires_in":7200}""", 40013, "x")]
    [InlineData("""{"errcode":-1}""", -1, null)]
    [InlineData("""{"errcode":40013,"errmsg":7}""", 40013, null)]
    [InlineData("""{"errcode":40013,"errmsg":"half an emoji \ud83d"}""", 40013, "half an emoji \ufffd")]
    [InlineData("""{"errcode":40013,"errcode":0,"access_token":"y","expires_in":7200}""", 40013, null)]
    public void Read_Errcode_Throws(string reply, int code, string? message)
    {
        TcbException e = Assert.Throws<TcbException>(() => Read(reply));

        Assert.Equal((code, message), (e.ErrorCode, e.ServiceMessage));
    }

    [Fact]
    public void Read_ReplyOfAnAuthorizerWithoutALife_StillHoldsTheRefreshToken()
    {
        TokenReply reply = Read("""{"authorizer_access_token":"x","authorizer_refresh_token":"next"}""", withComponentToken: true);

        Assert.Equal("next", reply.RefreshToken);
        Assert.NotNull(reply.Problem);
    }

    [Fact]
    public void Read_WebPage_IsNoReplyOfTheService() =>
        Assert.Equal("WebPage", Assert.Throws<TcbException>(() => Read("<!DOCTYPE html><html>log in</html>")).Category.ToString());

    private static TokenReply Read(string reply, bool withComponentToken = false) => TokenReply.Read(Encoding.UTF8.GetBytes(reply), text => text, withComponentToken);

    private static void AssertProblem(string reply, string problem)
    {
        TokenReply read = Read(reply);
        Assert.Contains(problem, read.Problem!.ToString(), StringComparison.Ordinal);
        Assert.Equal((string.Empty, TimeSpan.Zero), (read.Token, read.Life));
    }
}
