using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using TcbPowerShell.Emulation;
using Xunit;

namespace TcbPowerShell.Tests.Emulator;

#pragma warning disable CA5350 // COS knows no other algorithm than SHA-1.
/// <summary>The calls of a listing. A real COS client lists the emulator in tools/CosTrial.</summary>
public sealed class ListingTests
{
    private const string Bucket = "7465-test-env-1250000000";
    private const string Root = "cloud://test-env." + Bucket + "/";

    [Fact]
    public async Task Upload_AnyPath_IsSignedAndUploadsNothing()
    {
        using var emulator = TcbEmulator.Start();
        using var caller = new Caller(emulator);

        JsonObject reply = await caller.AskAsync("""{"env":"test-env","path":"a b/#1.png"}""", path: "/tcb/uploadfile");

        Assert.Equal(Root + "a b/#1.png", (string)reply["file_id"]!);
        Assert.Equal($"{emulator.Endpoint}{Bucket}/a%20b/%231.png", (string)reply["url"]!);
        Assert.Equal(0, emulator.Files.Count);
    }

    [Fact]
    public async Task Upload_EnvironmentWithFiles_NamesTheirBucket()
    {
        using var emulator = TcbEmulator.Start(new EmulatorOptions { FileIds = ["cloud://test-env/no-bucket.png", "cloud://test-env.bucket-1/a.png"] });
        using var caller = new Caller(emulator);

        JsonObject reply = await caller.AskAsync("""{"env":"test-env","path":"x"}""", path: "/tcb/uploadfile");

        Assert.Equal("cloud://test-env.bucket-1/x", (string)reply["file_id"]!);
    }

    [Fact]
    public async Task Upload_RealFilesThatCameLater_NameTheirBucket()
    {
        DirectoryInfo root = Directory.CreateTempSubdirectory("tcb-emulator-");
        try
        {
            using var emulator = TcbEmulator.Start(new EmulatorOptions { Root = root.FullName });
            using var caller = new Caller(emulator);
            root.CreateSubdirectory("test-env.bucket-1");
            await File.WriteAllTextAsync(Path.Combine(root.FullName, "test-env.bucket-1", "a.png"), "");

            JsonObject reply = await caller.AskAsync("""{"env":"test-env","path":"x"}""", path: "/tcb/uploadfile");

            Assert.Equal("cloud://test-env.bucket-1/x", (string)reply["file_id"]!);
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Key_EleventhInAnHour_IsOverTheQuota()
    {
        var clock = new ManualClock();
        using var emulator = TcbEmulator.Start(new EmulatorOptions { Clock = clock });
        using var caller = new Caller(emulator);
        for (int i = 0; i < 10; i++) Assert.Equal(0, await caller.ErrorCodeAsync("""{"lifespan":7200}""", path: "/tcb/getqcloudtoken"));

        Assert.Equal(45009, await caller.ErrorCodeAsync("""{"lifespan":7200}""", path: "/tcb/getqcloudtoken"));

        clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(0, await caller.ErrorCodeAsync("""{"lifespan":7200}""", path: "/tcb/getqcloudtoken"));
    }

    [Fact]
    public async Task Key_InAContainer_NeedsTheOpenInterfaceService()
    {
        using var with = TcbEmulator.Start(new EmulatorOptions { OpenInterfaceService = true });
        using var without = TcbEmulator.Start();
        using var caller = new Caller(with);
        using var other = new Caller(without);

        Assert.NotNull((await caller.AskAsync("", path: "/_/cos/getauth", method: HttpMethod.Get))["TmpSecretKey"]);
        Assert.Equal(48001, await other.ErrorCodeAsync("", path: "/_/cos/getauth", method: HttpMethod.Get));
    }

    [Fact]
    public async Task GetBucket_MoreThanAThousandKeys_GoesOnBehindTheLast()
    {
        using var emulator = TcbEmulator.Start(new EmulatorOptions { FileIds = [.. Enumerable.Range(0, 1001).Select(i => $"{Root}a/{i:d4}.png"), Root + "b.png"] });
        using var caller = new Caller(emulator);

        JsonObject first = await GetBucketAsync(caller, """{"env":"test-env","prefix":"a/"}""");
        JsonObject second = await GetBucketAsync(caller, """{"env":"test-env","prefix":"a/","marker":"a/0999.png"}""");

        Assert.True((bool)first["is_truncated"]!);
        Assert.Equal(1000, first["contents"]!.AsArray().Count);
        Assert.False((bool)second["is_truncated"]!);
        Assert.Equal("a/1000.png", (string)Assert.Single(second["contents"]!.AsArray())!["key"]!);
    }

    [Fact]
    public async Task Cos_SignedRequest_ListsInUtf8Order()
    {
        // In UTF-16 the emoji, a surrogate pair, would come before U+FF01.
        string[] keys = ["a!b.png", "a/", "a/1.png", "a/中 文.png", "a/\uff01.png", "a/😀.png"];
        using var emulator = TcbEmulator.Start();
        emulator.Files.Seed(keys.Reverse().Select(key => Root + key));
        emulator.Files.Put(Root + "a/1.png", "content"u8.ToArray(), new DateTimeOffset(2020, 1, 2, 3, 4, 5, TimeSpan.Zero));

        XElement result = await ListAsync(emulator, "encoding-type=url&marker=&max-keys=1000&prefix=a");

        Assert.Equal(keys, result.Elements("Contents").Select(entry => Uri.UnescapeDataString(entry.Element("Key")!.Value)));
        XElement file = result.Elements("Contents").ElementAt(2);
        Assert.Equal("2020-01-02T03:04:05.000Z", file.Element("LastModified")!.Value);
        Assert.Equal("7", file.Element("Size")!.Value);
        Assert.Equal("\"9a0364b9e99bb480dd25e1f0284c8555\"", file.Element("ETag")!.Value);
        Assert.Equal("0", result.Elements("Contents").ElementAt(1).Element("Size")!.Value);
    }

    [Theory]
    [InlineData("", "prefix=a", 403, "SignatureDoesNotMatch")]
    [InlineData("nobody", "prefix=", 403, "InvalidAccessKeyId")]
    [InlineData("token", "prefix=", 403, "AccessDenied")]
    [InlineData("late", "prefix=", 403, "AccessDenied")]
    [InlineData("early", "prefix=", 403, "RequestTimeTooSkewed")]
    [InlineData("bucket", "prefix=", 404, "NoSuchBucket")]
    public async Task Cos_RequestThatIsNotInOrder_IsRefused(string mistake, string query, int status, string code)
    {
        using var emulator = TcbEmulator.Start(new EmulatorOptions { FileIds = [Root + "a.png"] });

        using HttpResponseMessage response = await SendAsync(emulator, query, "prefix=", mistake);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(code, XElement.Parse(await response.Content.ReadAsStringAsync()).Element("Code")!.Value);
    }

    [Fact]
    public async Task Cos_FilesComeAndGoBetweenPages_PagesShowWhatIsThere()
    {
        using var emulator = TcbEmulator.Start(new EmulatorOptions { FileIds = [Root + "a.png", Root + "b.png", Root + "c.png"] });
        using var caller = new Caller(emulator);
        XElement first = await ListAsync(emulator, "encoding-type=url&marker=&max-keys=1&prefix=");
        await caller.DeleteAsync(Root + "b.png");
        emulator.Files.Seed(Root + "d.png");

        XElement second = await ListAsync(emulator, "encoding-type=url&marker=a.png&max-keys=9&prefix=");

        Assert.Equal("a.png", first.Element("NextMarker")!.Value);
        Assert.Equal(["c.png", "d.png"], second.Elements("Contents").Select(entry => entry.Element("Key")!.Value));
    }

    private static Task<JsonObject> GetBucketAsync(Caller caller, string body) =>
        caller.AskAsync(body, "access_token=emulator-component-token", "/componenttcb/getbucket");

    private static async Task<XElement> ListAsync(TcbEmulator emulator, string query)
    {
        using HttpResponseMessage response = await SendAsync(emulator, query, query, mistake: "");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return XElement.Parse(await response.Content.ReadAsStringAsync());
    }

    private static async Task<HttpResponseMessage> SendAsync(TcbEmulator emulator, string query, string signedQuery, string mistake)
    {
        using var caller = new Caller(emulator);
        JsonObject key = await caller.AskAsync("""{"lifespan":7200}""", path: "/tcb/getqcloudtoken");
        long start = DateTimeOffset.UtcNow.ToUnixTimeSeconds() + mistake switch { "late" => -7300, "early" => 3600, _ => -60 };
        string time = string.Create(CultureInfo.InvariantCulture, $"{start};{start + 3600}");
        string names = string.Join(';', signedQuery.Split('&').Select(pair => pair.Split('=')[0]));
        string path = mistake == "bucket" ? "/other-1250000000/" : $"/{Bucket}/";
        string http = $"get\n{path}\n{signedQuery}\nhost={Uri.EscapeDataString(emulator.Endpoint.Authority)}\n";
        string signature = Hmac(Hmac((string)key["secretkey"]!, time), $"sha1\n{time}\n{Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(http)))}\n");
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(emulator.Endpoint, path + "?" + query));
        request.Headers.TryAddWithoutValidation("Authorization",
            $"q-sign-algorithm=sha1&q-ak={(mistake == "nobody" ? "AKIDnobody" : (string)key["secretid"]!)}&q-sign-time={time}&q-key-time={time}"
            + $"&q-header-list=host&q-url-param-list={names}&q-signature={signature}");
        request.Headers.TryAddWithoutValidation("x-cos-security-token", mistake == "token" ? "other" : (string)key["token"]!);
        return await client.SendAsync(request);
    }

    private static string Hmac(string key, string text) =>
        Convert.ToHexStringLower(HMACSHA1.HashData(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(text)));
}
