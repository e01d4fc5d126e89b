using System.Text.Json.Nodes;
using TcbPowerShell.Emulation;
using Xunit;

namespace TcbPowerShell.Tests.Emulator;

public sealed class LookupCallTests
{
    private const string ComponentPath = "/componenttcb/batchdownloadfile";
    private const string OneFile = """{"env":"test-env","file_list":[{"fileid":"cloud://test-env.7465-test-env/a/1.png","max_age":60}]}""";

    [Fact]
    public async Task LookUp_ExistingAndMissingFiles_AreReportedAndStay()
    {
        using var emulator = TcbEmulator.Start(new EmulatorOptions { FileIds = [Caller.FileId(1)] });
        using var caller = new Caller(emulator);

        JsonObject reply = await caller.LookUpAsync(Caller.FileId(1), Caller.FileId(2));

        string link = (string)reply["file_list"]![0]!["download_url"]!;
        Assert.Matches("^http://127[.]0[.]0[.]1:[0-9]+/a/1[.]png[?]sign=", link);
        string entries = """
            {"fileid":"cloud://test-env.7465-test-env/a/1.png","download_url":"LINK","status":0,"errmsg":"ok"},
            {"fileid":"cloud://test-env.7465-test-env/a/2.png","download_url":"","status":1,"errmsg":"STORAGE_FILE_NONEXIST"}
            """.ReplaceLineEndings("").Replace("LINK", link, StringComparison.Ordinal);
        Assert.Equal(
            JsonNode.Parse($$"""{"errcode":0,"errmsg":"ok","file_list":[{{entries}}]}""")!.ToJsonString(),
            reply.ToJsonString());
        Assert.Equal([Caller.FileId(1)], emulator.Files.Remaining);
        Assert.Equal(0, emulator.Files.DeletedCount);
        Assert.Equal(0, emulator.Requests.Snapshot()[0].Outcome!.Deleted);
    }

    [Fact]
    public async Task LookUp_DeniedAndForeignFiles_HaveNoLink()
    {
        const string foreign = "cloud://other-env.7465-other-env/a.png";
        using var emulator = TcbEmulator.Start(new EmulatorOptions { FileIds = [Caller.FileId(1), foreign] });
        using var caller = new Caller(emulator);
        emulator.Files.Deny(Caller.FileId(1));

        JsonArray entries = (await caller.LookUpAsync(Caller.FileId(1), foreign))["file_list"]!.AsArray();

        Assert.Equal([-503002, -501005], entries.Select(entry => (int)entry!["status"]!));
        Assert.All(entries, entry => Assert.Equal("", (string)entry!["download_url"]!));
    }

    [Theory]
    [InlineData("", 44002)]
    [InlineData("""{"env":"test-env","file_list":[{"fileid":"cloud://test-env.b/\u4e2d.png","max_age":1}]}""", 40033)]
    [InlineData("""{"env":"test-env"}""", 40101)]
    [InlineData("""{"env":"test-env","fileid_list":["cloud://test-env.b/a.png"]}""", 40101)]
    [InlineData("""{"env":"test-env","file_list":[{"fileid":"cloud://test-env.b/a.png"}]}""", 40101)]
    [InlineData("""{"env":"test-env","file_list":[{"max_age":1}]}""", 40101)]
    [InlineData("""{"env":"test-env","file_list":[{"fileid":null,"max_age":1}]}""", 40101)]
    [InlineData("""{"env":"test-env","file_list":{"fileid":"cloud://test-env.b/a.png","max_age":1}}""", 40097)]
    [InlineData("""{"env":"test-env","file_list":["cloud://test-env.b/a.png"]}""", 40097)]
    [InlineData("""{"env":"test-env","file_list":[{"fileid":1,"max_age":1}]}""", 40097)]
    [InlineData("""{"env":"test-env","file_list":[{"fileid":"cloud://test-env.b/a.png","max_age":"1"}]}""", 40097)]
    [InlineData("""{"env":"test-env","file_list":[{"fileid":"cloud://test-env.b/a.png","max_age":1.5}]}""", 40097)]
    [InlineData("""{"env":"test-env","file_list":[{"fileid":"cloud://test-env.b/a.png","max_age":0}]}""", 40097)]
    [InlineData("""{"env":"test-env","file_list":[]}""", 40097)]
    [InlineData("""{"env":"test-env","file_list":[{"fileid":"a.png","max_age":1}]}""", 40097)]
    [InlineData("""{"env":"no-env","file_list":[{"fileid":"cloud://no-env.b/a.png","max_age":1}]}""", -501000)]
    public async Task LookUp_WrongBody_IsRefusedWithItsCode(string body, int errorCode)
    {
        using var emulator = TcbEmulator.Start();
        using var caller = new Caller(emulator);

        Assert.Equal(errorCode, await caller.ErrorCodeAsync(body, path: Caller.LookupPath));
    }

    [Fact]
    public async Task LookUp_SameFileTwice_IsAnInvalidArgument()
    {
        using var emulator = TcbEmulator.Start();
        using var caller = new Caller(emulator);

        Assert.Equal(40097, (int)(await caller.LookUpAsync(Caller.FileId(1), Caller.FileId(1)))["errcode"]!);
    }

    [Theory]
    [InlineData(50, 0)]
    [InlineData(51, 40097)]
    public async Task LookUp_BatchSize_IsLimitedTo50(int count, int errorCode)
    {
        using var emulator = TcbEmulator.Start();
        using var caller = new Caller(emulator);

        Assert.Equal(errorCode, (int)(await caller.LookUpAsync(Caller.FileIds(count)))["errcode"]!);
    }

    [Theory]
    [InlineData(Caller.LookupPath, "access_token=emulator-access-token", 0)]
    [InlineData(Caller.LookupPath, "cloudbase_access_token=emulator-cloudbase-token", 0)]
    [InlineData(ComponentPath, "access_token=emulator-component-token", 0)]
    [InlineData(Caller.LookupPath, "", 41001)]
    [InlineData(Caller.LookupPath, "access_token=unknown", 40001)]
    [InlineData(Caller.LookupPath, "access_token=emulator-component-token", 40001)]
    [InlineData(ComponentPath, "access_token=emulator-access-token", 40001)]
    public async Task LookUp_Token_IsGoodForItsOwnUseOnly(string path, string query, int errorCode)
    {
        using var emulator = TcbEmulator.Start(new EmulatorOptions { CloudBaseAccessToken = "emulator-cloudbase-token" });
        using var caller = new Caller(emulator);

        Assert.Equal(errorCode, await caller.ErrorCodeAsync(OneFile, query, path));
    }

    [Fact]
    public async Task LookUp_ByGet_RequiresPost()
    {
        using var emulator = TcbEmulator.Start();
        using var caller = new Caller(emulator);

        Assert.Equal(43002, await caller.ErrorCodeAsync("", path: Caller.LookupPath, method: HttpMethod.Get));
    }

    [Theory]
    [InlineData("omit-entry", "2")]
    [InlineData("reorder", "2 1")]
    [InlineData("foreign-entry", "1 2 never-asked")]
    [InlineData("null-list", "null")]
    [InlineData("no-list", "null")]
    public async Task LookUp_Fault_SpoilsItsList(string fault, string list)
    {
        using var emulator = TcbEmulator.Start(new EmulatorOptions { FileIds = Caller.FileIds(2), Fault = FaultPlan.Parse(0, fault) });
        using var caller = new Caller(emulator);

        JsonObject reply = await caller.LookUpAsync(Caller.FileIds(2));

        IEnumerable<string>? links = reply["file_list"]?.AsArray().Select(entry => (string)entry!["download_url"]!);
        Assert.Equal(list, links is null ? "null" : string.Join(' ', links.Select(Path.GetFileNameWithoutExtension)));
    }

    [Fact]
    public async Task LookUp_Limit_CountsBothCalls()
    {
        using var emulator = TcbEmulator.Start(new EmulatorOptions { FileIds = Caller.FileIds(1), Limits = [Limit.Parse("1/min")] });
        using var caller = new Caller(emulator);

        Assert.Equal(0, (int)(await caller.LookUpAsync(Caller.FileId(1)))["errcode"]!);
        Assert.Equal(45011, (int)(await caller.LookUpAsync(Caller.FileId(1)))["errcode"]!);
        Assert.Equal(45011, (int)(await caller.DeleteAsync(Caller.FileId(1)))["errcode"]!);
        Assert.Equal(1, emulator.Files.Count);
    }

    [Fact]
    public async Task Log_TellsLookUpsFromDeletions()
    {
        using var emulator = TcbEmulator.Start(new EmulatorOptions { FileIds = Caller.FileIds(2) });
        using var caller = new Caller(emulator);

        await caller.LookUpAsync(Caller.FileIds(2));
        await caller.DeleteAsync(Caller.FileId(1));

        EmulatorRequest[] requests = [.. emulator.Requests.Snapshot()];
        Assert.Equal([(RequestKind.Lookup, 1, 1, 7200), (RequestKind.Delete, 1, 1, 0)], requests.Select(r => (r.Kind, r.Ordinal, r.Attempt, r.MaxAge)));
        Assert.Equal(Caller.FileIds(2), requests[0].FileIds);
        Assert.Equal((2, 1, 1), (emulator.Requests.Count, emulator.Requests.CountOf(RequestKind.Lookup), emulator.Requests.CountOf(RequestKind.Delete)));
        Assert.Equal(1, emulator.Requests.TimesSent(Caller.FileId(1)));
        Assert.Equal(1, emulator.Requests.TimesSent(Caller.FileId(2), RequestKind.Lookup));
        Assert.Equal((1, 0), (emulator.Requests.PeakInFlight, emulator.Requests.InFlight));
    }
}
