using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using TcbPowerShell.Emulation;
using Xunit;

namespace TcbPowerShell.Tests.Emulator;

public sealed class DownloadFaultTests
{
    private static readonly string FileId = Caller.FileId(1);
    private static readonly DateTimeOffset Written = new(2025, 12, 31, 23, 0, 0, TimeSpan.Zero);
    private static readonly byte[] Bytes = [.. Enumerable.Range(0, 10_000).Select(i => (byte)(i * 7))];
    private static readonly string Whole = Md5(Bytes);

    private readonly ManualClock _clock = new();

    // Status, announced length, ETag, bytes that come.
    [Theory]
    [InlineData("delay-0", "200 10000 whole whole")]
    [InlineData("wrong-etag", "200 10000 other whole")]
    [InlineData("damage", "200 10000 whole other")]
    [InlineData("stale", "200 10000 own other")]
    [InlineData("short", "200 5000 whole half")]
    [InlineData("no-length", "200 - whole whole")]
    [InlineData("no-etag", "200 10000 - whole")]
    [InlineData("stored-gzip", "200 10000 whole whole")]
    [InlineData("status-202", "202 10000 whole whole")]
    [InlineData("status-204", "204 - whole none")]
    [InlineData("status-206", "206 10000 whole whole")]
    [InlineData("http-404", "404 33 - other")]
    [InlineData("http-204", "204 - - none")]
    public async Task Download_Fault_IsSeenInTheReply(string fault, string expected)
    {
        using TcbEmulator emulator = Start(fault);
        using var caller = new Caller(emulator);

        using HttpResponseMessage response = await GetAsync(caller);

        // Read later, it would be counted.
        string announced = response.Content.Headers.ContentLength is { } length and > 0 ? length.ToString(CultureInfo.InvariantCulture) : "-";
        byte[] bytes = await response.Content.ReadAsByteArrayAsync();
        string? eTag = response.Headers.ETag?.Tag.Trim('"');
        string came = bytes.Length == 0 ? "none" : bytes.SequenceEqual(Bytes) ? "whole" : bytes.AsSpan().SequenceEqual(Bytes.AsSpan(0, 5_000)) ? "half" : "other";
        string tag = eTag is null ? "-" : eTag == Whole ? "whole" : eTag == Md5(bytes) ? "own" : "other";
        Assert.Equal(expected, $"{(int)response.StatusCode} {announced} {tag} {came}");
        Assert.Equal(fault.Replace("delay-0", "delay", StringComparison.Ordinal), emulator.Requests.Snapshot()[^1].Outcome!.Fault);
    }

    [Fact]
    public async Task Stale_AfterAPut_IsTheVersionBeforeIt()
    {
        byte[] before = [1, 2, 3];
        using TcbEmulator emulator = Start("stale:1");
        emulator.Files.Put(FileId, before, Written.AddDays(-9));
        emulator.Files.Put(FileId, Bytes, Written);
        using var caller = new Caller(emulator);

        using HttpResponseMessage stale = await GetAsync(caller);

        Assert.Equal(before, await stale.Content.ReadAsByteArrayAsync());
        Assert.Equal((Md5(before), Written.AddDays(-9)), (stale.Headers.ETag!.Tag.Trim('"'), stale.Content.Headers.LastModified));
        Assert.Equal(Bytes, await caller.BytesAsync(FileId));
    }

    [Fact]
    public async Task Stale_WithoutAnEarlierVersion_IsADayOlder()
    {
        using TcbEmulator emulator = Start("stale");
        using var caller = new Caller(emulator);

        using HttpResponseMessage response = await GetAsync(caller);

        Assert.Equal(Written.AddDays(-1), response.Content.Headers.LastModified);
    }

    [Fact]
    public async Task GZip_IsTheFileCompressed()
    {
        using TcbEmulator emulator = Start("gzip");
        using var caller = new Caller(emulator);

        using HttpResponseMessage response = await GetAsync(caller);

        Assert.Equal("gzip", Assert.Single(response.Content.Headers.ContentEncoding));
        using var content = new MemoryStream();
        await using (var gzip = new GZipStream(await response.Content.ReadAsStreamAsync(), CompressionMode.Decompress))
            await gzip.CopyToAsync(content);

        Assert.Equal(Bytes, content.ToArray());
        Assert.Equal(Whole, response.Headers.ETag!.Tag.Trim('"'));
    }

    [Fact]
    public async Task NoDate_HasNoLastModified()
    {
        using TcbEmulator emulator = Start("no-date:1");
        using var caller = new Caller(emulator);

        using HttpResponseMessage first = await GetAsync(caller);
        using HttpResponseMessage second = await GetAsync(caller);

        Assert.Equal([null, Written], [first.Content.Headers.LastModified, second.Content.Headers.LastModified]);
    }

    [Theory]
    [InlineData("cut-1000", 1000)]
    [InlineData("truncate", 5000)]
    public async Task Cut_AnnouncesTheWholeAndEndsEarly(string fault, int expected)
    {
        using TcbEmulator emulator = Start(fault);
        using var caller = new Caller(emulator);

        using HttpResponseMessage response = await GetAsync(caller);
        await using Stream content = await response.Content.ReadAsStreamAsync();
        await content.ReadExactlyAsync(new byte[expected]);

        await Assert.ThrowsAsync<HttpIOException>(async () => await content.ReadExactlyAsync(new byte[1]));
        Assert.Equal(Bytes.Length, response.Content.Headers.ContentLength);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    public async Task Stall_SendsSoManyBytesAndThenNothing(int after)
    {
        using TcbEmulator emulator = Start($"stall-{after}");
        using var caller = new Caller(emulator);

        using HttpResponseMessage response = await GetAsync(caller);
        await using Stream content = await response.Content.ReadAsStreamAsync();
        await content.ReadExactlyAsync(new byte[after]);
        Task<int> more = content.ReadAsync(new byte[1]).AsTask();

        // The connection is open for as long as the emulator runs.
        Assert.Equal(1, emulator.Requests.CountOf(RequestKind.Download));
        Assert.False(more.IsCompleted);
        emulator.Dispose();
        await Assert.ThrowsAnyAsync<IOException>(() => more.WaitAsync(Caller.Patience));
    }

    [Fact]
    public async Task Drip_SendsAByteAndWaits()
    {
        using TcbEmulator emulator = Start("drip-500");
        using var caller = new Caller(emulator);

        using HttpResponseMessage response = await GetAsync(caller);
        await using Stream content = await response.Content.ReadAsStreamAsync();

        Assert.Equal(Bytes[0], content.ReadByte());
        Assert.Equal(TimeSpan.FromMilliseconds(500), await _clock.FirstTimer);
    }

    [Fact]
    public async Task Expire_EndsThatLinkForGood()
    {
        using TcbEmulator emulator = Start("expire:1");
        using var caller = new Caller(emulator);
        Uri first = await caller.LinkAsync(FileId);
        Uri second = await caller.LinkAsync(FileId);

        Assert.NotEqual(first, second);
        Assert.Equal("403 403 200", await StatusesAsync(caller, first, first, second));
    }

    [Fact]
    public async Task RefuseHead_ServesGet()
    {
        using TcbEmulator emulator = Start("refuse-head");
        using var caller = new Caller(emulator);
        Uri link = await caller.LinkAsync(FileId);

        Assert.Equal((403, 200), (await StatusAsync(caller, link, HttpMethod.Head), await StatusAsync(caller, link)));
    }

    [Fact]
    public async Task LogIn_LeadsToAPageWithStatus200()
    {
        using TcbEmulator emulator = Start("login");
        using var caller = new Caller(emulator);
        Uri link = await caller.LinkAsync(FileId);

        using HttpResponseMessage redirect = await caller.DownloadAsync(link);
        using HttpResponseMessage page = await caller.DownloadAsync(new Uri(link, redirect.Headers.Location!));

        Assert.Equal((HttpStatusCode.Found, HttpStatusCode.OK), (redirect.StatusCode, page.StatusCode));
        Assert.Contains("Log in", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http-503", null)]
    [InlineData("http-429-retry-after-3", 3)]
    public async Task Http_CarriesRetryAfter(string fault, int? seconds)
    {
        using TcbEmulator emulator = Start(fault);
        using var caller = new Caller(emulator);

        using HttpResponseMessage response = await GetAsync(caller);

        Assert.Equal(seconds, (int?)response.Headers.RetryAfter?.Delta?.TotalSeconds);
    }

    [Fact]
    public async Task First_StrikesAtTheFirstRequestForEachFile()
    {
        using TcbEmulator emulator = Start("http-503:first");
        emulator.Files.Put(Caller.FileId(2), Bytes);
        using var caller = new Caller(emulator);
        List<int> statuses = [];

        foreach (int number in (int[])[1, 1, 2, 1, 2])
            statuses.Add(await StatusAsync(caller, await caller.LinkAsync(Caller.FileId(number))));

        Assert.Equal([503, 200, 503, 200, 200], statuses);
    }

    [Fact]
    public async Task OtherCalls_AreNotCountedAndMeetNoDownloadFault()
    {
        using TcbEmulator emulator = Start("http-503:1");
        using var caller = new Caller(emulator);

        await caller.LinkAsync(FileId);
        Uri link = await caller.LinkAsync(FileId);

        Assert.Equal("503 200", await StatusesAsync(caller, link, link));
    }

    [Fact]
    public async Task Latency_IsBeforeTheFirstByte()
    {
        using TcbEmulator slow = Start(null, new EmulatorOptions { Latency = TimeSpan.FromMilliseconds(50) });
        using var caller = new Caller(slow);
        Task<Uri> asked = caller.LinkAsync(FileId);
        Assert.Equal(TimeSpan.FromMilliseconds(50), await _clock.FirstTimer);
        _clock.Advance(TimeSpan.FromMilliseconds(50));
        Uri link = await asked;

        Task<HttpResponseMessage> download = caller.DownloadAsync(link);
        await slow.Requests.WhenAsync(log => log.CountOf(RequestKind.Download) == 1);
        Assert.Null(slow.Requests.Snapshot()[^1].Outcome);
        while (!download.IsCompleted)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Yield();
        }

        using HttpResponseMessage response = await download;
        Assert.Equal(Bytes, await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Bandwidth_IsSharedAndKept()
    {
        using TcbEmulator emulator = Start(null, new EmulatorOptions { Bandwidth = 1_000 });
        using var caller = new Caller(emulator);
        Uri link = await caller.LinkAsync(FileId);
        DateTimeOffset begun = _clock.GetUtcNow();

        Task<HttpResponseMessage>[] downloads = [caller.DownloadAsync(link), caller.DownloadAsync(link)];
        while (!Task.WhenAll(downloads).IsCompleted)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(10));
            await Task.Yield();
        }

        // 20,000 bytes, of which the line may be ahead by a twentieth of a second.
        Assert.True(_clock.GetUtcNow() - begun >= TimeSpan.FromSeconds(19.9));
        foreach (Task<HttpResponseMessage> download in downloads)
            (await download).Dispose();
    }

    private static async Task<HttpResponseMessage> GetAsync(Caller caller) =>
        await caller.DownloadAsync(await caller.LinkAsync(FileId), onlyHeaders: true);

    private static async Task<string> StatusesAsync(Caller caller, params Uri[] links)
    {
        List<int> statuses = [];
        foreach (Uri link in links)
            statuses.Add(await StatusAsync(caller, link));

        return string.Join(' ', statuses);
    }

    private static async Task<int> StatusAsync(Caller caller, Uri link, HttpMethod? method = null)
    {
        using HttpResponseMessage response = await caller.DownloadAsync(link, method);
        return (int)response.StatusCode;
    }

#pragma warning disable CA5351 // It is what COS uses as an ETag.
    private static string Md5(byte[] bytes) => Convert.ToHexStringLower(MD5.HashData(bytes));
#pragma warning restore CA5351

    private TcbEmulator Start(string? fault, EmulatorOptions? options = null)
    {
        var emulator = TcbEmulator.Start((options ?? new EmulatorOptions()) with
        {
            Clock = _clock,
            DownloadFault = fault is null ? null : FaultPlan.Parse(0, fault),
        });
        emulator.Files.Put(FileId, Bytes, Written);
        return emulator;
    }
}
