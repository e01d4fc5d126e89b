using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using TcbPowerShell.Emulation;
using Xunit;

namespace TcbPowerShell.Tests.Emulator;

public sealed class DownloadTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tcb-emulator-");
    private readonly ManualClock _clock = new();

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("a.png")]
    [InlineData("a  b.png")]
    [InlineData("中文/照片 1.png")]
    [InlineData("100%.png")]
    [InlineData("a%20b%2Fc.png")]
    [InlineData("a+b&c=d.png")]
    [InlineData("a#b?c;d.png")]
    [InlineData("a|b\\c'd\".png")]
    [InlineData("a//b.png")]
    public async Task Download_InMemory_GivesTheFilesOwnId(string name)
    {
        string fileId = "cloud://test-env.7465-test-env/" + name;
        using TcbEmulator emulator = Start(new EmulatorOptions { FileIds = [fileId] });
        using var caller = new Caller(emulator);

        using HttpResponseMessage response = await caller.DownloadAsync(await caller.LinkAsync(fileId));

        string content = await response.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(fileId, content);
        Assert.True(response.Content.Headers.ContentLength > content.Length - 1);
        Assert.Equal(Quoted(Md5(Encoding.UTF8.GetBytes(fileId))), response.Headers.ETag!.ToString());
    }

    [Fact]
    public async Task Link_PathIsTheFilesPath_OnAPortOfItsOwn()
    {
        using TcbEmulator emulator = Start(new EmulatorOptions { FileIds = [Caller.FileId(1)] });
        using var caller = new Caller(emulator);

        Uri link = await caller.LinkAsync(Caller.FileId(1));

        Assert.Equal("/a/1.png", link.AbsolutePath);
        Assert.NotEqual(emulator.Endpoint.Port, link.Port);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("6f58c139dc7aaefe41e3b40a8cb8f219-3")]
    public async Task Download_Headers_AreWhatTheStoreKnows(string? eTag)
    {
        var written = new DateTimeOffset(2024, 2, 29, 1, 2, 3, TimeSpan.Zero);
        byte[] bytes = [1, 2, 3];
        using TcbEmulator emulator = Start(new EmulatorOptions());
        emulator.Files.Put(Caller.FileId(1), bytes, written, eTag);
        using var caller = new Caller(emulator);

        using HttpResponseMessage response = await caller.DownloadAsync(await caller.LinkAsync(Caller.FileId(1)));

        Assert.Equal((3, written), (response.Content.Headers.ContentLength, response.Content.Headers.LastModified));
        Assert.Equal(Quoted(eTag ?? Md5(bytes)), response.Headers.ETag!.ToString());
        Assert.Equal(bytes, await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Download_Generated_IsTheSameEachTimeAndDiffersByFile()
    {
        using TcbEmulator emulator = Start(new EmulatorOptions());
        emulator.Files.PutGenerated(Caller.FileId(1), 300_000);
        emulator.Files.PutGenerated(Caller.FileId(2), 300_000);
        using var caller = new Caller(emulator);

        using HttpResponseMessage response = await caller.DownloadAsync(await caller.LinkAsync(Caller.FileId(1)));
        byte[] bytes = await response.Content.ReadAsByteArrayAsync();
        byte[] other = await caller.BytesAsync(Caller.FileId(2));

        Assert.Equal(300_000, bytes.Length);
        Assert.Equal(Quoted(Md5(bytes)), response.Headers.ETag!.ToString());
        Assert.NotEqual(bytes, other);
        using var stored = new MemoryStream();
        await using Stream content = emulator.Files.OpenRead(Caller.FileId(1))!;
        await content.CopyToAsync(stored);
        Assert.Equal(stored.ToArray(), bytes);
    }

    [Theory]
    [InlineData("a b#c?d%41+中.png", false)]
    [InlineData("a b#c?d%41+中.png", true)]
    public async Task RawLinks_AreTheIdsPathAsItIs(string name, bool isPublic)
    {
        string fileId = "cloud://test-env.7465-test-env/" + name;
        using TcbEmulator emulator = Start(new EmulatorOptions { FileIds = [fileId], RawLinks = true, PublicLinks = isPublic });
        using var caller = new Caller(emulator);

        string link = (await caller.LinksAsync(fileId))[0];

        string path = link[link.IndexOf('/', "http://".Length)..];
        Assert.StartsWith("/" + name, path, StringComparison.Ordinal);
        Assert.Equal(isPublic, path == "/" + name);
        // As the module does: the path of the ID, encoded, with the query of the link.
        string encoded = link[..^path.Length] + "/" + Uri.EscapeDataString(name) + path[(name.Length + 1)..];
        using HttpResponseMessage response = await caller.DownloadAsync(new Uri(encoded));
        Assert.Equal(fileId, await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("a#b.png", "a")]
    [InlineData("x?y.png", "x")]
    [InlineData("100%25.png", "100%.png")]
    [InlineData("a%2Fb", "a/b")]
    public async Task PublicRawLink_UsedAsItIs_LeadsToAnotherFile(string name, string other)
    {
        const string bucket = "cloud://test-env.7465-test-env/";
        using TcbEmulator emulator = Start(new EmulatorOptions { FileIds = [bucket + name, bucket + other], RawLinks = true, PublicLinks = true });
        using var caller = new Caller(emulator);

        using HttpResponseMessage response = await caller.DownloadAsync(new Uri((await caller.LinksAsync(bucket + name))[0]));

        Assert.Equal(bucket + other, await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task PublicLink_OfASecondEnvironment_NamesItsBucket()
    {
        const string second = "cloud://second.7465-second/a.png";
        using TcbEmulator emulator = Start(new EmulatorOptions { Environments = ["test-env", "second"], FileIds = [second], PublicLinks = true });
        using var caller = new Caller(emulator);

        string body = Caller.LookupBody(10, second).Replace("test-env", "second", StringComparison.Ordinal);
        string link = (string)(await caller.AskAsync(body, path: Caller.LookupPath))["file_list"]![0]!["download_url"]!;

        using HttpResponseMessage response = await caller.DownloadAsync(new Uri(link));
        Assert.Equal(second, await response.Content.ReadAsStringAsync());
        Assert.DoesNotContain("sign=", link, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Download_Root_GivesTheRealFile()
    {
        const string fileId = "cloud://test-env.b/中文 a+b#c%20.bin";
        byte[] bytes = new byte[300_000];
        new Random(1).NextBytes(bytes);
        await File.WriteAllBytesAsync(Path.Combine(_folder.CreateSubdirectory("test-env.b").FullName, "中文 a+b#c%20.bin"), bytes);
        using TcbEmulator emulator = Start(new EmulatorOptions { Root = _folder.FullName });
        using var caller = new Caller(emulator);

        using HttpResponseMessage response = await caller.DownloadAsync(await caller.LinkAsync(fileId));

        Assert.Equal(bytes.Length, response.Content.Headers.ContentLength);
        Assert.Equal(bytes, await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Download_Range_IsServed()
    {
        using TcbEmulator emulator = Start(new EmulatorOptions { FileIds = [Caller.FileId(1)] });
        using var caller = new Caller(emulator);
        Uri link = await caller.LinkAsync(Caller.FileId(1));
        int length = Caller.FileId(1).Length;

        using HttpResponseMessage part = await caller.DownloadAsync(link, range: new RangeHeaderValue(5, null));
        using HttpResponseMessage beyond = await caller.DownloadAsync(link, range: new RangeHeaderValue(length, null));

        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal(Caller.FileId(1)[5..], await part.Content.ReadAsStringAsync());
        Assert.Equal(length, part.Content.Headers.ContentRange!.Length);
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, beyond.StatusCode);
    }

    [Fact]
    public async Task Link_EndsAfterItsMaxAge()
    {
        using TcbEmulator emulator = Start(new EmulatorOptions { FileIds = [Caller.FileId(1)] });
        using var caller = new Caller(emulator);
        Uri link = await caller.LinkAsync(Caller.FileId(1), maxAge: 10);

        _clock.Advance(TimeSpan.FromMilliseconds(9_999));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(caller, link));
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(caller, link));
    }

    [Fact]
    public async Task LinkLifetime_ShortensWhatWasAskedFor()
    {
        using TcbEmulator emulator = Start(new EmulatorOptions { FileIds = [Caller.FileId(1)], LinkLifetime = TimeSpan.FromSeconds(2) });
        using var caller = new Caller(emulator);
        Uri link = await caller.LinkAsync(Caller.FileId(1), maxAge: 7200);

        _clock.Advance(TimeSpan.FromMilliseconds(1_999));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(caller, link));
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(caller, link));
    }

    [Fact]
    public async Task Link_Damaged_IsRefused()
    {
        using TcbEmulator emulator = Start(new EmulatorOptions { FileIds = Caller.FileIds(2) });
        using var caller = new Caller(emulator);
        string link = (await caller.LinkAsync(Caller.FileId(1))).OriginalString;
        string sign = link.Split("sign=")[1][..8];

        foreach (string damaged in (string[])
        [
            link.Split('?')[0],
            link.Replace("sign=" + sign, "sign=00000000", StringComparison.Ordinal),
            link.Replace("&t=", "&t=1", StringComparison.Ordinal),
            link.Replace("&t=", "&x=", StringComparison.Ordinal),
            link.Replace("/1.png", "/2.png", StringComparison.Ordinal),
        ])
        {
            Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(caller, new Uri(damaged)));
        }
    }

    [Fact]
    public async Task Download_FileDeletedSince_IsNotFound()
    {
        using TcbEmulator emulator = Start(new EmulatorOptions { FileIds = [Caller.FileId(1)] });
        using var caller = new Caller(emulator);
        Uri link = await caller.LinkAsync(Caller.FileId(1));

        await caller.DeleteAsync(Caller.FileId(1));

        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(caller, link));
    }

    [Fact]
    public async Task Download_OtherMethods_HeadHasNoBodyAndPostIsNotAllowed()
    {
        using TcbEmulator emulator = Start(new EmulatorOptions { FileIds = [Caller.FileId(1)] });
        using var caller = new Caller(emulator);
        Uri link = await caller.LinkAsync(Caller.FileId(1));

        using HttpResponseMessage head = await caller.DownloadAsync(link, HttpMethod.Head);

        Assert.Equal(Caller.FileId(1).Length, head.Content.Headers.ContentLength);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
        Assert.Equal(HttpStatusCode.MethodNotAllowed, await StatusAsync(caller, link, HttpMethod.Post));
    }

    [Fact]
    public async Task Log_HasTheDownloadWithItsStatus()
    {
        using TcbEmulator emulator = Start(new EmulatorOptions { FileIds = [Caller.FileId(1)] });
        using var caller = new Caller(emulator);
        Uri link = await caller.LinkAsync(Caller.FileId(1));

        await StatusAsync(caller, link);
        await StatusAsync(caller, new Uri(link.GetLeftPart(UriPartial.Path)));

        EmulatorRequest[] downloads = [.. emulator.Requests.Snapshot().Skip(1)];
        Assert.Equal([200, 403], downloads.Select(request => request.Outcome!.HttpStatus));
        Assert.All(downloads, request => Assert.Equal((RequestKind.Download, link.AbsolutePath), (request.Kind, request.Path)));
        Assert.Equal((1, 2), (emulator.Requests.Count, emulator.Requests.CountOf(RequestKind.Download)));
        Assert.Equal(2, emulator.Requests.TimesSent(Caller.FileId(1), RequestKind.Download));
    }

    private static async Task<HttpStatusCode> StatusAsync(Caller caller, Uri link, HttpMethod? method = null)
    {
        using HttpResponseMessage response = await caller.DownloadAsync(link, method);
        return response.StatusCode;
    }

    private static string Quoted(string eTag) => $"\"{eTag}\"";

#pragma warning disable CA5351 // It is what COS uses as an ETag.
    private static string Md5(byte[] bytes) => Convert.ToHexStringLower(MD5.HashData(bytes));
#pragma warning restore CA5351

    private TcbEmulator Start(EmulatorOptions options) => TcbEmulator.Start(options with { Clock = _clock });
}
