using System.Text.Json.Nodes;
using TcbPowerShell.Emulation;
using TcbPowerShell.Protocol;
using Xunit;

namespace TcbPowerShell.Tests.Emulator;

/// <summary>The emulator answers with the service's own texts.</summary>
public sealed class ServiceTextTests
{
    // Answers that only calls for a token give.
    private static readonly int[] TokenCodes = [40002, 40013, 40125, 41002, 41004, 61005, 61006, 61011, 61023];

    // These have this text by the service's own pages.
    private static readonly int[] SystemErrors = [-1, -1000, -601001];

    [Fact]
    public async Task ErrorCode_EachCodeThatTheModuleKnows_HasItsOwnText()
    {
        int[] codes = [.. ServiceCode.Known, .. TokenCodes];
        using var emulator = TcbEmulator.Start(new EmulatorOptions { Fault = request => Fault.ErrorCode(codes[request.Ordinal - 1]) });
        using var caller = new Caller(emulator);

        foreach (int code in codes)
        {
            JsonObject reply = await caller.DeleteAsync(Caller.FileId(1));
            Assert.Equal(code, (int)reply["errcode"]!);
            string text = ((string)reply["errmsg"]!).Split(" rid: ")[0];
            Assert.NotEqual("", text);
            Assert.True(text != "system error" || SystemErrors.Contains(code), $"{code} has no text of its own.");
        }
    }

    [Theory]
    [InlineData("throttle", "api minute-quota reach limit, must slower, retry next minute")]
    [InlineData("errcode-45009", "reach max api daily quota limit")]
    [InlineData("errcode--501004", "exceed concurrent request limit")]
    [InlineData("errcode-89503", "此次调用需要管理员确认，请耐心等候")]
    [InlineData("errcode-123456", "system error")]
    public async Task Plan_ErrorCode_AnswersWithTheText(string fault, string text)
    {
        using var emulator = TcbEmulator.Start(new EmulatorOptions { Fault = FaultPlan.Parse(0, fault) });
        using var caller = new Caller(emulator);

        Assert.StartsWith(text + " rid: ", (string)(await caller.DeleteAsync(Caller.FileId(1)))["errmsg"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "STORAGE_FILE_NONEXIST")]
    [InlineData(-503001, "STORAGE_REQUEST_FAIL")]
    [InlineData(-503002, "STORAGE_EXCEED_AUTHORITY")]
    [InlineData(-503003, "storage file not exists")]
    [InlineData(-501001, "SYS_ERR")]
    [InlineData(-501002, "SERVER_TIMEOUT")]
    [InlineData(-501005, "INVALIID_ENV")]
    [InlineData(-501007, "invalid parameters")]
    public async Task Plan_FileStatus_HasTheTextOfTheStatus(int status, string text)
    {
        using var emulator = TcbEmulator.Start(new EmulatorOptions { Fault = FaultPlan.Parse(0, $"file-{status}") });
        using var caller = new Caller(emulator);

        JsonArray entries = (await caller.DeleteAsync(Caller.FileIds(20)))["delete_list"]!.AsArray();

        Assert.Contains(text, entries.Where(entry => (int)entry!["status"]! == status).Select(entry => (string)entry!["errmsg"]!));
    }

    [Fact]
    public async Task UnknownEnvironment_SaysThatItDoesNotExist()
    {
        using var emulator = TcbEmulator.Start(new EmulatorOptions { Environments = ["other-env"] });
        using var caller = new Caller(emulator);

        JsonObject reply = await caller.DeleteAsync(Caller.FileId(1));

        Assert.StartsWith("[100003] env not exists rid: ", (string)reply["errmsg"]!, StringComparison.Ordinal);
    }
}
