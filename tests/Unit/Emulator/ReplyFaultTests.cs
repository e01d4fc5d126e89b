using System.Text;
using System.Text.Json.Nodes;
using TcbPowerShell.Emulation;
using Xunit;

namespace TcbPowerShell.Tests.Emulator;

public sealed class ReplyFaultTests
{
    private const string First = """{"fileid":"cloud://test-env.7465-test-env/a/1.png","status":0,"errmsg":"ok"}""";
    private const string Second = """{"fileid":"cloud://test-env.7465-test-env/a/2.png","status":0,"errmsg":"ok"}""";
    private const string Foreign = """{"fileid":"cloud://foreign.7465-foreign/never-asked.png","status":0,"errmsg":"ok"}""";
    private const string Contradiction =
        """{"fileid":"cloud://test-env.7465-test-env/a/1.png","status":-503001,"errmsg":"STORAGE_REQUEST_FAIL"}""";

    public static TheoryData<Fault, string> Lists => new()
    {
        { Fault.OmitEntry, $"[{Second}]" },
        { Fault.Reorder, $"[{Second},{First}]" },
        { Fault.DuplicateEntry, $"[{First},{First},{Second}]" },
        { Fault.ContradictEntry, $"[{First},{Second},{Contradiction}]" },
        { Fault.ForeignEntry, $"[{First},{Second},{Foreign}]" },
        { Fault.NullList, "null" },
        { Fault.ListOfStrings, """["cloud://test-env.7465-test-env/a/1.png","cloud://test-env.7465-test-env/a/2.png"]""" },
        { Fault.NumbersAsStrings, $"[{First},{Second}]".Replace(":0,", ":\"0\",", StringComparison.Ordinal) },
    };

    [Theory]
    [MemberData(nameof(Lists), DisableDiscoveryEnumeration = true)]
    public async Task List_Fault_SpoilsTheListThoughTheWorkIsDone(Fault fault, string list)
    {
        using TcbEmulator emulator = Start(fault);
        using var caller = new Caller(emulator);

        JsonObject reply = await caller.DeleteAsync(Caller.FileIds(2));

        Assert.Equal(list, reply["delete_list"]?.ToJsonString() ?? "null");
        Assert.True(reply.ContainsKey("delete_list"));
        Assert.Equal(0, emulator.Files.Count);
    }

    [Fact]
    public async Task NoList_LeavesTheListOut()
    {
        using TcbEmulator emulator = Start(Fault.NoList);
        using var caller = new Caller(emulator);

        JsonObject reply = await caller.DeleteAsync(Caller.FileIds(2));

        Assert.Equal(0, (int)reply["errcode"]!);
        Assert.False(reply.ContainsKey("delete_list"));
    }

    [Fact]
    public async Task ByteOrderMark_IsTheFirstThingInTheReply()
    {
        byte[] reply = await ReplyAsync(Fault.ByteOrderMark);

        Assert.Equal([0xEF, 0xBB, 0xBF, (byte)'{'], reply[..4]);
    }

    [Fact]
    public async Task ControlCharacters_AreRawInsideTheStrings()
    {
        string reply = Encoding.UTF8.GetString(await ReplyAsync(Fault.ControlCharacters));

        Assert.StartsWith("{\"errcode\":0,\"errmsg\":\"\n\tok\"", reply, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task FileStatus_SomeFiles_AreAnsweredSoAndDeletedOnlyIfWorked(bool worked)
    {
        using TcbEmulator emulator = Start(Fault.FileStatus(-501002, "SERVER_TIMEOUT", fileId => fileId == Caller.FileId(2), worked));
        using var caller = new Caller(emulator);

        JsonObject reply = await caller.DeleteAsync(Caller.FileIds(2));

        Assert.Equal([0, -501002], reply["delete_list"]!.AsArray().Select(entry => (int)entry!["status"]!));
        Assert.Equal(worked ? [] : [Caller.FileId(2)], emulator.Files.Remaining);
    }

    private static async Task<byte[]> ReplyAsync(Fault fault)
    {
        using TcbEmulator emulator = Start(fault);
        using var caller = new Caller(emulator);
        using HttpResponseMessage response = await caller.SendAsync(Caller.Body(Caller.FileIds(2)));
        return await response.Content.ReadAsByteArrayAsync();
    }

    private static TcbEmulator Start(Fault fault) =>
        TcbEmulator.Start(new EmulatorOptions { FileIds = Caller.FileIds(2), Fault = _ => fault });
}
