using TcbPowerShell.Resources;
using Xunit;

namespace TcbPowerShell.Tests.Resources;

/// <summary>Rule 11: text from outside cannot rewrite the terminal, look like another text, or show a password.</summary>
[Trait("rule", "11")]
public sealed class ShownTextTests
{
    [Theory]
    [InlineData("a\u001b[31mb", "a<U+001B>[31mb")]
    [InlineData("a\ab", "a<U+0007>b")]
    [InlineData("a\bb\r\n\t\0", "a<U+0008>b<U+000D><U+000A><U+0009><U+0000>")]
    [InlineData("a\u007fb", "a<U+007F>b")]
    [InlineData("a\u0085\u009bb", "a<U+0085><U+009B>b")]
    [InlineData("a\u202egnp.b", "a<U+202E>gnp.b")]
    [InlineData("a\u2066b\u2069", "a<U+2066>b<U+2069>")]
    [InlineData("a\u200bb\u200f\ufeff", "a<U+200B>b<U+200F><U+FEFF>")]
    [InlineData("a\u2028b\u2029", "a<U+2028>b<U+2029>")]
    [InlineData("a\U000E0041.png\U000E007F", "a<U+E0041>.png<U+E007F>")]
    [InlineData("a\U000E0000\U000E0FFF", "a<U+E0000><U+E0FFF>")]
    [InlineData("\U0001D173x\U0001D17A", "<U+1D173>x<U+1D17A>")]
    [InlineData("\u00ad\u061c\u2060\ufff9", "<U+00AD><U+061C><U+2060><U+FFF9>")]
    public void MakeSafe_ControlAndFormatCharacters_AreEscaped(string text, string shown) => Assert.Equal(shown, ShownText.MakeSafe(text));

    // Not as arguments: they would come as U+FFFD.
    [Fact]
    public void MakeSafe_HalfACharacter_IsEscaped() => Assert.Equal("<U+DE00><U+D83D>\U0001F600<U+D83D>", ShownText.MakeSafe("\ude00\ud83d\U0001F600\ud83d"));

    [Theory]
    [InlineData("http://me:pass@proxy:8080", "http://***@proxy:8080")]
    [InlineData("cannot reach https://me:p@ss:w@proxy/x, or http://you@other.", "cannot reach https://***@proxy/x, or http://***@other.")]
    [InlineData("('socks5://me:pass@proxy')", "('socks5://***@proxy')")]
    public void MakeSafe_UserInfoInAddresses_IsMasked(string text, string shown) => Assert.Equal(shown, ShownText.MakeSafe(text));

    // A query may hold a token or the signature of a download link. Its '@' does not make a user name of what stands before it.
    [Theory]
    [InlineData("https://api.weixin.qq.com/tcb?x=a@b", "https://api.weixin.qq.com/tcb?***")]
    [InlineData("http://proxy?x=a@b", "http://proxy?***")]
    [InlineData("http://me:pass@proxy/a?x=a@b and more", "http://***@proxy/a?*** and more")]
    [InlineData("'https://x.tcb.qcloud.la/a.png?sign=0123&t=1'", "'https://x.tcb.qcloud.la/a.png?***'")]
    [InlineData("HTTPS://api.weixin.qq.com/tcb?access_token=***", "HTTPS://api.weixin.qq.com/tcb?access_token=***")]
    [InlineData("https://a/b?access_token=***&sign=x", "https://a/b?***")]
    [InlineData("https://a/b#c https://d/e?f", "https://a/b#c https://d/e?***")]
    [InlineData("https://a/http://b/c?d?e\"https://f?g", "https://a/http://b/c?***\"https://f?***")]
    [InlineData("https://a/?next=http://me:pass@b/?x", "https://a/?***")]
    [InlineData("ftp://a/b?c", "ftp://a/b?c")]
    public void MakeSafe_QueryOfAnAddress_IsMaskedAndTheRestIsShown(string text, string shown) => Assert.Equal(shown, ShownText.MakeSafe(text));

    [Theory]
    [InlineData("")]
    [InlineData("cloud://test-env.7465-test-env/照片 与　空格/é e\u0301.png")]
    [InlineData("cloud://test-env.x/\U0001F600\u2764\ufe0f.png")]
    [InlineData("cloud://test-env.x/\u845b\U000E0100\ue000\U000F0000.png")]
    [InlineData("cloud://test-env.x/me@home.png")]
    [InlineData("cloud://test-env.x/what?x=me@home.png")]
    [InlineData("https://api.weixin.qq.com/tcb/me@home")]
    [InlineData("a@b.example, “quoted”, 引号「」、\u00a0{0} {{1}} %s \\u001b")]
    public void MakeSafe_OrdinaryText_IsUntouched(string text) => Assert.Same(text, ShownText.MakeSafe(text));

    [Theory]
    [InlineData("abcd", 4, "abcd")]
    [InlineData("abcde", 4, "abcd…")]
    [InlineData("abc\U0001F600", 4, "abc…")]
    [InlineData("ab\U0001F600c", 4, "ab\U0001F600…")]
    public void Cut_LongText_EndsInAnEllipsis_AndNotInHalfACharacter(string text, int longest, string shown) => Assert.Equal(shown, ShownText.Cut(text, longest));

    [Fact]
    public void Format_StringArguments_AreMadeSafe_AndTextsInsideOnce()
    {
        var inner = new UserText(nameof(Messages.ConnectionFailed), "a\u001bb http://me:pass@x");

        Assert.Equal("the reply could not be read: the connection failed: a<U+001B>b http://***@x", new UserText(nameof(Messages.ReplyUnreadable), inner).ToString());
    }
}
