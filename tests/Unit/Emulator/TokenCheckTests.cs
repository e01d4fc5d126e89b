using TcbPowerShell.Emulation;
using Xunit;

namespace TcbPowerShell.Tests.Emulator;

public sealed class TokenCheckTests
{
    private static readonly string AnyBody = Caller.Body(Caller.FileId(1));

    [Theory]
    [InlineData("/tcb/batchdeletefile", "access_token=emulator-access-token", 0)]
    [InlineData("/tcb/batchdeletefile", "cloudbase_access_token=emulator-cloudbase-token", 0)]
    [InlineData("/componenttcb/batchdeletefile", "access_token=emulator-component-token", 0)]
    [InlineData("/tcb/batchdeletefile", "", 41001)]
    [InlineData("/tcb/batchdeletefile", "access_token=", 41001)]
    [InlineData("/tcb/batchdeletefile", "access_token=unknown", 40001)]
    [InlineData("/tcb/batchdeletefile", "access_token=no%20token", 40014)]
    [InlineData("/tcb/batchdeletefile", "access_token=emulator-cloudbase-token", 40001)]
    [InlineData("/tcb/batchdeletefile", "access_token=emulator-component-token", 40001)]
    [InlineData("/tcb/batchdeletefile", "cloudbase_access_token=emulator-access-token", 40001)]
    [InlineData("/componenttcb/batchdeletefile", "access_token=emulator-access-token", 40001)]
    [InlineData("/componenttcb/batchdeletefile", "", 41001)]
    public async Task Delete_Token_IsGoodForItsOwnUseOnly(string path, string query, int errorCode)
    {
        using var emulator = TcbEmulator.Start(new EmulatorOptions { CloudBaseAccessToken = "emulator-cloudbase-token" });
        using var caller = new Caller(emulator);

        Assert.Equal(errorCode, await caller.ErrorCodeAsync(AnyBody, query, path));
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("access_token=unknown", 0)]
    public async Task Delete_OpenInterfaceService_NeedsNoToken(string query, int errorCode)
    {
        using var emulator = TcbEmulator.Start(new EmulatorOptions { OpenInterfaceService = true });
        using var caller = new Caller(emulator);

        Assert.Equal(errorCode, await caller.ErrorCodeAsync(AnyBody, query));
    }

    [Fact]
    public async Task Tokens_AddExpireRevoke_CountFromTheNextRequest()
    {
        using var emulator = TcbEmulator.Start();
        using var caller = new Caller(emulator);

        emulator.Tokens.Add("other");
        Assert.Equal(0, await caller.ErrorCodeAsync(AnyBody, "access_token=other"));
        emulator.Tokens.Expire("other");
        Assert.Equal(42001, await caller.ErrorCodeAsync(AnyBody, "access_token=other"));
        emulator.Tokens.Revoke("other");
        Assert.Equal(40001, await caller.ErrorCodeAsync(AnyBody, "access_token=other"));
        emulator.Tokens.Revoke("other", errorCode: 40014);
        Assert.Equal(40014, await caller.ErrorCodeAsync(AnyBody, "access_token=other"));
    }

    [Fact]
    public async Task Token_ComesBeforeEverythingElse()
    {
        using var emulator = TcbEmulator.Start();
        using var caller = new Caller(emulator);

        Assert.Equal(41001, await caller.ErrorCodeAsync("", "", method: HttpMethod.Get));
    }
}
