using TcbPowerShell.Client.Http;
using Xunit;

namespace TcbPowerShell.Tests.Client.Http;

[Trait("rule", "11")]
public sealed class CallCredentialTests
{
    [Fact]
    public void Query_Token_IsPercentEncoded_AndShownAsStars()
    {
        var credential = new CallCredential("access_token", "a+b/c=d&e#f %é");

        Assert.Equal("?access_token=a%2Bb%2Fc%3Dd%26e%23f%20%25%C3%A9", credential.Query);
        Assert.Equal("?access_token=***", credential.ShownQuery);
        Assert.Equal("access_token", credential.ToString());
    }

    [Fact]
    public void Query_NoToken_IsEmpty()
    {
        var credential = new CallCredential("access_token", null);

        Assert.Equal("", credential.Query);
        Assert.Equal("", credential.ShownQuery);
        Assert.Equal("text", credential.Redact("text"));
    }

    [Theory]
    [InlineData("token+of/the=day", "bad token+of/the=day!", "bad ***!")]
    [InlineData("token+of/the=day", "GET /x?access_token=token%2Bof%2Fthe%3Dday HTTP", "GET /x?access_token=*** HTTP")]
    [InlineData("12345678", "12345678 12345678 123456789", "*** *** ***9")]
    [InlineData("ok", "ok", "ok")]
    public void Redact_Token_IsTakenOut_InBothForms(string token, string text, string expected) =>
        Assert.Equal(expected, new CallCredential("access_token", token).Redact(text));
}
