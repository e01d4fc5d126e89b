using TcbPowerShell.Model;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;
using Xunit;

namespace TcbPowerShell.Tests.Protocol;

/// <summary>The address that a download link stands for: that of the file, however the service spells it, or none.</summary>
[Trait("rule", "15")]
public sealed class DownloadLinkTests
{
    private const string Host = "https://bucket.example";

    [Theory]
    // As most are.
    [InlineData("A.png", "/A.png?sign=a&t=1", "/A.png?sign=a&t=1")]
    [InlineData("a/b/A.png", "/a/b/A.png", "/a/b/A.png")]
    [InlineData("中文.png", "/%E4%B8%AD%E6%96%87.png?sign=a", "/%E4%B8%AD%E6%96%87.png?sign=a")]
    [InlineData("a b.png", "/a%20b.png?sign=a", "/a%20b.png?sign=a")]
    [InlineData("a#b.png", "/a%23b.png?sign=a", "/a%23b.png?sign=a")]
    [InlineData("100%25.png", "/100%2525.png", "/100%2525.png")]
    [InlineData("a%41.png", "/a%2541.png", "/a%2541.png")]
    // Not encoded.
    [InlineData("a#b.png", "/a#b.png?sign=a", "/a%23b.png?sign=a")]
    [InlineData("a#b.png", "/a#b.png", "/a%23b.png")]
    [InlineData("x?y.png", "/x?y.png?sign=a&t=1", "/x%3Fy.png?sign=a&t=1")]
    [InlineData("x?y.png", "/x?y.png", "/x%3Fy.png")]
    [InlineData("what?", "/what?", "/what%3F")]
    [InlineData("what?", "/what??sign=a", "/what%3F?sign=a")]
    [InlineData("what", "/what?", "/what")]
    [InlineData("a?sign=1", "/a?sign=1", "/a%3Fsign%3D1")]
    [InlineData("100%25.png", "/100%25.png?sign=a", "/100%2525.png?sign=a")]
    [InlineData("100%.png", "/100%.png?sign=a", "/100%25.png?sign=a")]
    [InlineData("100%.png", "/100%25.png?sign=a", "/100%25.png?sign=a")]
    [InlineData("a%41.png", "/a%41.png?sign=a", "/a%2541.png?sign=a")]
    [InlineData("aA.png", "/a%41.png?sign=a", "/aA.png?sign=a")]
    [InlineData("a  b .png", "/a  b .png?sign=a", "/a%20%20b%20.png?sign=a")]
    [InlineData("中文/文.png", "/中文/文.png?sign=a", "/%E4%B8%AD%E6%96%87/%E6%96%87.png?sign=a")]
    [InlineData("a+b&c=d;e,f:g@h!i'(j)*|k.png", "/a+b&c=d;e,f:g@h!i'(j)*|k.png?sign=a", "/a%2Bb%26c%3Dd%3Be%2Cf%3Ag%40h%21i%27%28j%29%2A%7Ck.png?sign=a")]
    [InlineData("a\\b.png", "/a\\b.png?sign=a", "/a%5Cb.png?sign=a")]
    [InlineData("a//b///c.png", "/a//b///c.png?sign=a", "/a//b///c.png?sign=a")]
    [InlineData("/a.png", "//a.png?sign=a", "//a.png?sign=a")]
    [InlineData("a/", "/a/?sign=a", "/a/?sign=a")]
    [InlineData("-._~", "/-._~", "/-._~")]
    [InlineData("ab", "/%61%62?sign=a", "/ab?sign=a")]
    // Half encoded, as by encodeURI.
    [InlineData("a#中 b?c.png", "/a#%E4%B8%AD%20b?c.png?sign=a", "/a%23%E4%B8%AD%20b%3Fc.png?sign=a")]
    [InlineData("中%41", "/中%2541?sign=a", "/%E4%B8%AD%2541?sign=a")]
    // The query stays; what no address may hold is encoded.
    [InlineData("a.png", "/a.png?sign=a b中", "/a.png?sign=a%20b%E4%B8%AD")]
    [InlineData("a.png", "/a.png?q-sign-time=1;2&x=%2F+?", "/a.png?q-sign-time=1;2&x=%2F+?")]
    // Another path than the ID's: as it came.
    [InlineData("a.png", "/other/b.png?sign=a", "/other/b.png?sign=a")]
    [InlineData("a.png", "/other/b%2fc%20%E4.png", "/other/b%2fc%20%E4.png")]
    [InlineData("a.png", "/A.png?sign=a", "/A.png?sign=a")]
    [InlineData("a.png", "/中.png", "/%E4%B8%AD.png")]
    [InlineData("a.png", "/x|y", "/x%7Cy")]
    [InlineData("a.png", "", "/")]
    [InlineData("a.png", "?file=a.png", "/?file=a.png")]
    public void Read_PathAndQuery_AreThoseOfTheFile(string path, string link, string expected)
    {
        DownloadLink read = DownloadLink.Read(Host + link, Id(path), out UserText? problem)!;

        Assert.Null(problem);
        Assert.Equal(Host + expected, read.Address);
        Assert.False(read.HasDotSegment);
    }

    [Theory]
    [InlineData("a.png", "/other#b.png?sign=a")]
    [InlineData("a.png", "/other b.png")]
    [InlineData("a.png", "/other\\b.png")]
    [InlineData("b/a.png", "/b\\a.png?sign=a")]
    [InlineData("a.png", "/other?b?sign=a")]
    [InlineData("a.png", "/other%4.png")]
    [InlineData("a.png", "/other%zz.png")]
    [InlineData("a.png", "/other%")]
    [InlineData("a.png", "/other?sign=%4")]
    [InlineData("a.png", "#a.png")]
    [InlineData("a.png", "/a.png?sign=a#b")]
    [InlineData("a.png", "/a.png?sign=%zz")]
    [InlineData("a.png", "/a.png?sign=a\n")]
    [InlineData("a.png", "/a.png#?sign=a")]
    [InlineData("a b", "/a\u00a0b")]
    [InlineData("\u00e9", "/%E9?a#")]
    public void Read_AmbiguousLink_IsRefused(string path, string link) => AssertRefused(Host + link, path, nameof(Messages.LinkAmbiguous));

    [Theory]
    [InlineData("ftp://bucket.example/a.png")]
    [InlineData("file:///a.png")]
    [InlineData("//bucket.example/a.png")]
    [InlineData("/a.png")]
    [InlineData("a.png")]
    [InlineData("https:/bucket.example/a.png")]
    [InlineData("https:///a.png")]
    [InlineData("https://user:password@bucket.example/a.png")]
    [InlineData("https://bucket.example\\@other.example/a.png")]
    [InlineData("https://bucket.example:port/a.png")]
    [InlineData("https://bucket example/a.png")]
    [InlineData(" https://bucket.example/a.png")]
    [InlineData("javascript:alert(1)//://bucket.example/a.png")]
    [InlineData("cloud://env.bucket/a.png")]
    public void Read_OtherSchemeOrServer_IsRefused(string link) => AssertRefused(link, "a.png", nameof(Messages.LinkNotHttp));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    public void Read_NoLink_IsRefused(string? link) => AssertRefused(link, "a.png", nameof(Messages.LinkMissing));

    [Theory]
    [InlineData("a/../b.png", "/a/../b.png")]
    [InlineData("a/./b.png", "/a/./b.png")]
    [InlineData("..", "/..")]
    [InlineData("a.png", "/b/../a.png")]
    [InlineData("a.png", "/b/%2e%2E/a.png")]
    [InlineData("a.png", "/b/.%2e?sign=a")]
    public void HasDotSegment_OfTheIdOrTheLink_IsSeen(string path, string link) => Assert.True(DownloadLink.Read(Host + link, Id(path), out _)!.HasDotSegment);

    [Theory]
    [InlineData("a/..b./...", "/a/..b./...")]
    public void HasDotSegment_OtherDots_AreNone(string path, string link) => Assert.False(DownloadLink.Read(Host + link, Id(path), out _)!.HasDotSegment);

    [Theory]
    [InlineData("a.png", "/a.png?sign=a", true)]
    [InlineData("a b中.png", "/a%20b%E4%B8%AD.png", true)]
    [InlineData("a(b).png", "/a(b).png", true)]
    [InlineData("a.png", "/other.png", true)]
    [InlineData("a#b.png", "/a#b.png", false)]
    [InlineData("a b.png", "/a b.png", false)]
    [InlineData("x?y.png", "/x?y.png?sign=a", false)]
    [InlineData("100%25.png", "/100%25.png", false)]
    [InlineData("a\\b.png", "/a\\b.png", false)]
    public void IsEncoded_LinkThatCanBeFollowedAsItCame(string path, string link, bool expected) =>
        Assert.Equal(expected, DownloadLink.Read(Host + link, Id(path), out _)!.IsEncoded);

    [Fact]
    public void Shown_HasNoQuery()
    {
        DownloadLink link = DownloadLink.Read("HTTPS://Bucket.example:8443/a#b.png?sign=secret&t=1", Id("a#b.png"), out _)!;

        Assert.Equal("https://bucket.example:8443/a%23b.png?***", link.Shown);
        Assert.Equal(["sign=secret&t=1", "secret", "1"], link.Secrets);
    }

    [Fact]
    public void Read_ManyQuestionMarks_TakesLinearTime()
    {
        string path = string.Concat(Enumerable.Repeat("?%3F", 500));
        string link = Host + "/" + string.Concat(Enumerable.Repeat("?", 1_000_000));

        Assert.Null(DownloadLink.Read(link, Id(path), out _));
    }

    private static void AssertRefused(string? link, string path, string key)
    {
        Assert.Null(DownloadLink.Read(link, Id(path), out UserText? problem));
        Assert.Equal(key, problem!.Key);
    }

    private static CloudFileId Id(string path)
    {
        Assert.True(CloudFileId.TryParse("cloud://env.bucket/" + path, null, out CloudFileId id, out _), path);
        return id;
    }
}
