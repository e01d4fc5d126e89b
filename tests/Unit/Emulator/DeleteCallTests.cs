using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using TcbPowerShell.Emulation;
using Xunit;

namespace TcbPowerShell.Tests.Emulator;

public sealed class DeleteCallTests
{
    private const string Odd = "cloud://test-env.7465-test-env/中文  a+b&c#d%20|'\"\\users.png";

    [Fact]
    public async Task Delete_SeededFiles_AreGoneAndReportedByTheirIds()
    {
        using var emulator = TcbEmulator.Start(new EmulatorOptions { FileIds = Caller.FileIds(3) });
        using var caller = new Caller(emulator);

        JsonObject reply = await caller.DeleteAsync(Caller.FileId(1), Caller.FileId(3));

        const string entries = """
            {"fileid":"cloud://test-env.7465-test-env/a/1.png","status":0,"errmsg":"ok"},
            {"fileid":"cloud://test-env.7465-test-env/a/3.png","status":0,"errmsg":"ok"}
            """;
        Assert.Equal(
            $$"""{"errcode":0,"errmsg":"ok","delete_list":[{{entries.ReplaceLineEndings("")}}]}""",
            reply.ToJsonString());
        Assert.Equal([Caller.FileId(2)], emulator.Files.Remaining);
        Assert.Equal([Caller.FileId(1), Caller.FileId(3)], emulator.Files.Deleted.Order());
        Assert.Equal(2, emulator.Files.DeletedCount);
        Assert.Equal(1, emulator.Files.TimesDeleted(Caller.FileId(1)));
    }

    [Fact]
    public async Task Delete_OddCharacters_AreTakenLiterallyAndComeBackAsRawUtf8()
    {
        using var emulator = TcbEmulator.Start(new EmulatorOptions { FileIds = [Odd] });
        using var caller = new Caller(emulator);

        using HttpResponseMessage response = await caller.SendAsync(Caller.Body(Odd));
        string reply = await response.Content.ReadAsStringAsync();

        Assert.Equal("application/json; encoding=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.Contains("中文  a+b&c#d%20|'\\\"\\\\users.png", reply, StringComparison.Ordinal);
        Assert.False(emulator.Files.Contains(Odd));
    }

    [Theory]
    [InlineData(MissingFileAnswer.NotExists, -503003, "storage file not exists")]
    [InlineData(MissingFileAnswer.NonExist, 1, "STORAGE_FILE_NONEXIST")]
    public async Task Delete_MissingFile_GetsTheChosenAnswer(MissingFileAnswer answer, int status, string message)
    {
        using var emulator = TcbEmulator.Start(new EmulatorOptions { MissingFile = answer });
        using var caller = new Caller(emulator);

        JsonNode entry = (await caller.DeleteAsync(Caller.FileId(1)))["delete_list"]![0]!;

        Assert.Equal(status, (int)entry["status"]!);
        Assert.Equal(message, (string)entry["errmsg"]!);
    }

    [Fact]
    public async Task Delete_DeniedAndForeignFiles_StayAndSayWhy()
    {
        const string foreign = "cloud://other-env.7465-other-env/a.png";
        using var emulator = TcbEmulator.Start(new EmulatorOptions { FileIds = [Caller.FileId(1), foreign] });
        using var caller = new Caller(emulator);
        emulator.Files.Deny(Caller.FileId(1));

        JsonObject reply = await caller.DeleteAsync(Caller.FileId(1), foreign);

        Assert.Equal(0, (int)reply["errcode"]!);
        Assert.Equal([-503002, -501005], reply["delete_list"]!.AsArray().Select(entry => (int)entry!["status"]!));
        Assert.Equal(2, emulator.Files.Count);
    }

    [Fact]
    public async Task Delete_ChunkedBody_IsRefusedWith412AndNoBody()
    {
        using var emulator = TcbEmulator.Start(new EmulatorOptions { FileIds = Caller.FileIds(1) });
        using var http = new HttpClient();

        using HttpResponseMessage response = await http.PostAsJsonAsync(
            new Uri(emulator.Endpoint, Caller.DeletePath + "?" + Caller.Token), new { env = "test-env", fileid_list = Caller.FileIds(1) });

        Assert.Equal(HttpStatusCode.PreconditionFailed, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
        Assert.Equal(1, emulator.Files.Count);
        Assert.True(Assert.Single(emulator.Requests.Snapshot()).IsChunked);
    }

    [Theory]
    [InlineData("", 44002)]
    [InlineData("{", 47001)]
    [InlineData("[]", 47001)]
    [InlineData("{} x", 47001)]
    [InlineData("\uFEFF{}", 47001)]
    [InlineData("""{"env":"test-env","fileid_list":["cloud://test-env.b/\u4e2d.png"]}""", 40033)]
    [InlineData("""{"fileid_list":["cloud://test-env.b/a.png"]}""", 40101)]
    [InlineData("""{"env":"test-env"}""", 40101)]
    [InlineData("""{"env":"test-env","fileid_list":null}""", 40101)]
    [InlineData("""{"env":1,"fileid_list":["cloud://test-env.b/a.png"]}""", 40097)]
    [InlineData("""{"env":"test-env","fileid_list":"cloud://test-env.b/a.png"}""", 40097)]
    [InlineData("""{"env":"test-env","fileid_list":[{"fileid":"cloud://test-env.b/a.png"}]}""", 40097)]
    [InlineData("""{"env":"test-env","fileid_list":[]}""", 40097)]
    [InlineData("""{"env":"test-env","fileid_list":["cloud://test-env.b/a.png","cloud://test-env.b/a.png"]}""", 40097)]
    [InlineData("""{"env":"test-env","fileid_list":["a.png"]}""", 40097)]
    [InlineData("""{"env":"no-env","fileid_list":["cloud://no-env.b/a.png"]}""", -501000)]
    public async Task Delete_WrongBody_IsRefusedWithItsCode(string body, int errorCode)
    {
        using var emulator = TcbEmulator.Start();
        using var caller = new Caller(emulator);

        Assert.Equal(errorCode, await caller.ErrorCodeAsync(body));
    }

    [Fact]
    public async Task Delete_InvalidUtf8_IsADataFormatError()
    {
        using var emulator = TcbEmulator.Start();
        using var http = new HttpClient();
        byte[] body = Encoding.Latin1.GetBytes(Caller.Body("cloud://test-env.b/é.png"));

        using HttpResponseMessage response =
            await http.PostAsync(new Uri(emulator.Endpoint, Caller.DeletePath + "?" + Caller.Token), new ByteArrayContent(body));

        Assert.Contains("47001", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(50, 0)]
    [InlineData(51, 40097)]
    public async Task Delete_BatchSize_IsLimitedTo50(int count, int errorCode)
    {
        using var emulator = TcbEmulator.Start(new EmulatorOptions { FileIds = Caller.FileIds(count) });
        using var caller = new Caller(emulator);

        Assert.Equal(errorCode, await caller.ErrorCodeAsync(Caller.Body(Caller.FileIds(count))));
        Assert.Equal(errorCode == 0 ? 0 : count, emulator.Files.Count);
    }

    [Fact]
    public async Task Delete_ByGet_RequiresPost()
    {
        using var emulator = TcbEmulator.Start();
        using var caller = new Caller(emulator);

        Assert.Equal(43002, await caller.ErrorCodeAsync("", method: HttpMethod.Get));
    }

    [Fact]
    public async Task Delete_CloudNotEnabled_Is85088()
    {
        using var emulator = TcbEmulator.Start(new EmulatorOptions { CloudEnabled = false });
        using var caller = new Caller(emulator);

        Assert.Equal(85088, await caller.ErrorCodeAsync(Caller.Body(Caller.FileId(1))));
    }

    [Fact]
    public async Task UnknownPath_IsAnInvalidUrl()
    {
        using var emulator = TcbEmulator.Start();
        using var caller = new Caller(emulator);

        Assert.Equal(40066, await caller.ErrorCodeAsync("{}", path: "/tcb/nothing"));
    }

    [Fact]
    public async Task Errors_CarryARequestIdThatIsUniqueAndInTheLog()
    {
        using var emulator = TcbEmulator.Start();
        using var caller = new Caller(emulator);

        string first = (string)(await caller.AskAsync("{}"))["errmsg"]!;
        string second = (string)(await caller.AskAsync("{}"))["errmsg"]!;

        Assert.Matches("^missing parameter: env rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$", first);
        Assert.NotEqual(first, second);
        Assert.EndsWith(" rid: " + emulator.Requests.Snapshot()[0].Outcome!.RequestId, first, StringComparison.Ordinal);
    }
}
