using System.Text;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;
using Xunit;

namespace TcbPowerShell.Tests.Protocol;

[Trait("rule", "14")]
public sealed class ListingPageTests
{
    private const string Bucket = "7465-test-1250000000";

    [Fact]
    public void ReadXml_WholePage_IsRead()
    {
        ListingPage page = Read(Entry("a/%E4%B8%AD%20+%2525.png", size: "12", eTag: "&quot;6f58&quot;") + Entry("a/b/", size: "0"));

        Assert.Null(page.NextMarker);
        Assert.Equal(
            [
                new ListedFile("a/中 +%25.png", 12, new DateTimeOffset(2019, 5, 24, 10, 56, 40, TimeSpan.Zero), "6f58"),
                new ListedFile("a/b/", 0, new DateTimeOffset(2019, 5, 24, 10, 56, 40, TimeSpan.Zero), "e"),
            ],
            page.Files);
        Assert.Equal([false, true], page.Files.Select(file => file.IsFolder));
    }

    [Theory]
    [InlineData("<NextMarker>a%2F9</NextMarker>", "a/9")]
    [InlineData("<NextMarker>a/1.png</NextMarker>", "a/1.png")]
    // https://cloud.tencent.com/document/product/436/7734 promises the element; without it the last key serves.
    [InlineData("", "a/1.png")]
    public void ReadXml_MoreFollows_NextMarkerIsGiven(string marker, string expected) =>
        Assert.Equal(expected, Read(Entry("a/0.png") + Entry("a/1.png"), isTruncated: "true", rest: marker, prefix: "a/", marker: "a/").NextMarker);

    [Fact]
    public void ReadXml_UnknownElements_AreSkipped() =>
        Assert.Single(Read("<Contents><New><Key>x</Key></New><Key>k</Key><Size>1</Size><LastModified>2019-05-24T10:56:40.000Z</LastModified></Contents><Other><A/></Other>").Files);

    [Theory]
    [InlineData("not XML", "hello", nameof(Messages.ListingNotXml))]
    [InlineData("empty", "", nameof(Messages.ListingNotXml))]
    [InlineData("another document", "<Error><Code>AccessDenied</Code></Error>", nameof(Messages.ListingNotOne))]
    [InlineData("a DTD", "<!DOCTYPE x [<!ENTITY e 'v'>]><ListBucketResult/>", nameof(Messages.ListingNotXml))]
    [InlineData("no name", "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated></ListBucketResult>", nameof(Messages.ListingOtherBucket))]
    public void ReadXml_SomethingElse_IsNoPage(string what, string xml, string reason) =>
        Assert.Equal(reason, Reason(() => ListingPage.ReadXml(Encoding.UTF8.GetBytes(xml), Bucket, "", "")) + (what.Length == 0 ? "?" : ""));

    [Theory]
    [InlineData("<Contents><Size>1</Size><LastModified>2019-05-24T10:56:40.000Z</LastModified></Contents>", nameof(Messages.ListingEntryWithoutKey))]
    [InlineData("<Contents><Key>k</Key><Size>-1</Size><LastModified>2019-05-24T10:56:40.000Z</LastModified></Contents>", nameof(Messages.ListingOddLength))]
    [InlineData("<Contents><Key>k</Key><LastModified>2019-05-24T10:56:40.000Z</LastModified></Contents>", nameof(Messages.ListingOddLength))]
    [InlineData("<Contents><Key>k</Key><Size>1</Size><LastModified>yesterday</LastModified></Contents>", nameof(Messages.ListingOddDate))]
    [InlineData("<Contents><Key>k</Key><Size>1</Size></Contents>", nameof(Messages.ListingOddDate))]
    [InlineData("<Contents><Key>k</Key><Key>l</Key><Size>1</Size></Contents>", nameof(Messages.ListingNotOne))]
    [InlineData("<CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes>", nameof(Messages.ListingNotOne))]
    [InlineData("<Contents><Key>%4</Key><Size>1</Size><LastModified>2019-05-24T10:56:40.000Z</LastModified></Contents>", nameof(Messages.ListingOddKey))]
    [InlineData("<Contents><Key>%zz</Key><Size>1</Size><LastModified>2019-05-24T10:56:40.000Z</LastModified></Contents>", nameof(Messages.ListingOddKey))]
    [InlineData("<Contents><Key>%ff%fe</Key><Size>1</Size><LastModified>2019-05-24T10:56:40.000Z</LastModified></Contents>", nameof(Messages.ListingOddKey))]
    [InlineData("<Contents><Key>%ED%A0%80</Key><Size>1</Size><LastModified>2019-05-24T10:56:40.000Z</LastModified></Contents>", nameof(Messages.ListingOddKey))]
    public void ReadXml_OddEntry_SpoilsThePage(string entries, string reason) => Assert.Equal(reason, Reason(() => Read(entries)));

    [Theory]
    [InlineData("", "true", "m", nameof(Messages.ListingDoesNotAdvance))]
    [InlineData("<NextMarker>m</NextMarker>", "true", "m", nameof(Messages.ListingDoesNotAdvance))]
    [InlineData("<NextMarker>a</NextMarker>", "true", "m", nameof(Messages.ListingDoesNotAdvance))]
    [InlineData("", "perhaps", "", nameof(Messages.ListingWithoutEnd))]
    [InlineData("<IsTruncated>true</IsTruncated>", "false", "", nameof(Messages.ListingNotOne))]
    public void ReadXml_EndThatIsNotOne_EndsTheListing(string rest, string isTruncated, string marker, string reason) =>
        Assert.Equal(reason, Reason(() => Read("", isTruncated, rest, marker: marker)));

    [Fact]
    public void ReadXml_MarkerBeforeTheLastKey_EndsTheListing() =>
        Assert.Equal(nameof(Messages.ListingDoesNotAdvance), Reason(() => Read(Entry("a") + Entry("c"), "true", "<NextMarker>b</NextMarker>")));

    [Fact]
    public void ReadXml_KeyWithoutThePrefix_EndsTheListing() =>
        Assert.Equal(nameof(Messages.ListingForeignKey), Reason(() => Read(Entry("a") + Entry("b"), prefix: "a")));

    [Fact]
    public void ReadXml_CutAnywhere_IsNeverAPage()
    {
        string whole = Document(Entry("a") + Entry("b"), "false", "");
        for (int length = 0; length < whole.Length - 1; length++)
        {
            byte[] cut = Encoding.UTF8.GetBytes(whole[..length]);
            Assert.Throws<TcbException>(() => ListingPage.ReadXml(cut, Bucket, "", ""));
        }
    }

    [Theory]
    [InlineData("a!b", "a/b")]
    [InlineData("a", "a!")]
    [InlineData("\uffff", "😀")]
    [InlineData("😀", "😁")]
    public void CompareUtf8_FirstComesFirst(string first, string second)
    {
        Assert.True(ListingPage.CompareUtf8(first, second) < 0);
        Assert.True(ListingPage.CompareUtf8(second, first) > 0);
        Assert.True(Encoding.UTF8.GetBytes(first).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(second)) < 0);
    }

    [Theory]
    [InlineData("""{"errcode":0,"contents":[{"key":"a/b.png","last_modified":"2020-12-04T08:56:59.000Z","md5":"6f58-1","size":"554"}],"is_truncated":false}""", null)]
    [InlineData("""{"errcode":0,"contents":[{"key":"a/b.png","last_modified":"2020-12-04T08:56:59.000Z","md5":"6f58-1","size":554}],"is_truncated":"true"}""", "a/b.png")]
    public void ReadPage_OfGetBucket_IsRead(string json, string? next)
    {
        ListingPage page = StorageReply.ReadPage(Encoding.UTF8.GetBytes(json), text => text, "a/", "");

        Assert.Equal(new ListedFile("a/b.png", 554, new DateTimeOffset(2020, 12, 4, 8, 56, 59, TimeSpan.Zero), "6f58-1"), Assert.Single(page.Files));
        Assert.Equal(next, page.NextMarker);
    }

    [Theory]
    [InlineData("""{"errcode":0,"contents":[],"is_truncated":true}""", nameof(Messages.ListingDoesNotAdvance))]
    [InlineData("""{"errcode":0,"contents":[]}""", nameof(Messages.ReplyIncomplete))]
    [InlineData("""{"errcode":0,"contents":{},"is_truncated":false}""", nameof(Messages.ReplyIncomplete))]
    [InlineData("""{"errcode":0,"contents":["a"],"is_truncated":false}""", nameof(Messages.ListingEntryWithoutKey))]
    [InlineData("""{"errcode":0,"contents":[{"key":"a","size":"1"}],"is_truncated":false}""", nameof(Messages.ListingOddDate))]
    public void ReadPage_SomethingElse_IsNoPage(string json, string reason) =>
        Assert.Equal(reason, Reason(() => StorageReply.ReadPage(Encoding.UTF8.GetBytes(json), text => text, "", "")));

    private static string Entry(string key, string size = "1", string eTag = "e") =>
        $"<Contents><Key>{key}</Key><LastModified>2019-05-24T10:56:40.000Z</LastModified><ETag>{eTag}</ETag><Size>{size}</Size><Owner><ID>1</ID></Owner></Contents>";

    private static string Document(string entries, string isTruncated, string rest) => $"""
        <?xml version='1.0' encoding='utf-8' ?>
        <ListBucketResult><Name>{Bucket}</Name><EncodingType>url</EncodingType><Prefix/><Marker/><MaxKeys>1000</MaxKeys><IsTruncated>{isTruncated}</IsTruncated>
        {rest}{entries}</ListBucketResult>
        """;

    private static ListingPage Read(string entries, string isTruncated = "false", string rest = "", string prefix = "", string marker = "") =>
        ListingPage.ReadXml(Encoding.UTF8.GetBytes(Document(entries, isTruncated, rest)), Bucket, prefix, marker);

    private static string Reason(Action read) => ((UserText)Assert.Throws<TcbException>(read).Text.Arguments[0]!).Key;
}
