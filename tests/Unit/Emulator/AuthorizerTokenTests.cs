using System.Text.Json.Nodes;
using TcbPowerShell.Emulation;
using Xunit;

namespace TcbPowerShell.Tests.Emulator;

public sealed class AuthorizerTokenTests
{
    private const string Path = "/cgi-bin/component/api_authorizer_token";
    private const string Component = "access_token=emulator-component-token";

    [Fact]
    public async Task Get_EachUse_RotatesTheRefreshToken()
    {
        using var emulator = TcbEmulator.Start();
        using var caller = new Caller(emulator);

        JsonObject first = await caller.AskAsync(Body("emulator-refresh-token"), Component, Path);
        string next = (string)first["authorizer_refresh_token"]!;

        Assert.Equal(["authorizer_access_token", "expires_in", "authorizer_refresh_token"], first.Select(property => property.Key));
        Assert.Equal(7200, (int)first["expires_in"]!);
        Assert.Equal(next, emulator.Tokens.RefreshToken);
        Assert.Equal(0, await caller.ErrorCodeAsync(Caller.Body(Caller.FileId(1)), "access_token=" + first["authorizer_access_token"]));
        Assert.Equal(61023, await caller.ErrorCodeAsync(Body("emulator-refresh-token"), Component, Path));
        Assert.NotNull((await caller.AskAsync(Body(next), Component, Path))["authorizer_access_token"]);
    }

    [Theory]
    [InlineData("", "wx0000000000000002", "wx0000000000000003", 41001)]
    [InlineData("access_token=emulator-access-token", "wx0000000000000002", "wx0000000000000003", 40001)]
    [InlineData(Component, "x", "wx0000000000000003", 40013)]
    [InlineData(Component, "wx0000000000000002", "x", 61003)]
    public async Task Get_WrongCaller_IsRefusedWithItsCode(string query, string component, string authorizer, int errorCode)
    {
        using var emulator = TcbEmulator.Start();
        using var caller = new Caller(emulator);

        Assert.Equal(errorCode, await caller.ErrorCodeAsync(Body("emulator-refresh-token", component, authorizer), query, Path));
    }

    [Fact]
    public async Task WriteCloudBaseToken_WritesATokenThatIsGood()
    {
        using var emulator = TcbEmulator.Start();
        using var caller = new Caller(emulator);
        string file = System.IO.Path.GetTempFileName();
        try
        {
            emulator.Tokens.WriteCloudBaseToken(file);

            string query = "cloudbase_access_token=" + await File.ReadAllTextAsync(file);
            Assert.Equal(0, await caller.ErrorCodeAsync(Caller.Body(Caller.FileId(1)), query));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string Body(string refreshToken, string component = "wx0000000000000002", string authorizer = "wx0000000000000003") =>
        $$"""{"component_appid":"{{component}}","authorizer_appid":"{{authorizer}}","authorizer_refresh_token":"{{refreshToken}}"}""";
}
