using TcbPowerShell.Commands;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Commands;

/// <summary>An error says what fits: the way of connecting whose token was rejected, and what answered in the service's place.</summary>
public sealed class AdviceTests : IDisposable
{
    private static readonly EmulatorOptions Options = new() { Environments = [FileIds.Environment], CloudBaseAccessToken = "cloudbase-token", FileIds = FileIds.Range(1) };

    private readonly PowerShellSession _session = new();
    private readonly string _tokenFile = Path.GetTempFileName();

    public void Dispose()
    {
        _session.Dispose();
        File.Delete(_tokenFile);
    }

    [Theory]
    [InlineData("-AccessToken emulator-access-token", "TokenRejected", "A token passed by value is not renewed", "直接传入的 access_token")]
    [InlineData("-Credential $credential", "TokenRejected", "Check that the AppID and AppSecret belong to the app", "请确认 AppID 和 AppSecret")]
    [InlineData("-TokenProvider { 'emulator-access-token' }", "TokenRejected", "the token provider returned no other token", "-TokenProvider 脚本块也没有返回")]
    [InlineData("-CloudBaseAccessToken cloudbase-token", "TokenRejected", "The cloud hosting token was rejected", "微信令牌（cloudbase_access_token）被拒绝")]
    [InlineData("-CloudBaseAccessTokenPath $file", "TokenRejected", "The token in the token file was rejected", "文件中的微信令牌")]
    [InlineData("-OpenInterfaceService", "TokenRejected", "so the open interface service does not work here", "无法使用开放接口服务")]
    [InlineData("-ComponentAccessToken emulator-component-token", "ComponentTokenRejected", "For long runs, pass -ComponentAccessToken a script block", "请给 -ComponentAccessToken 传入")]
    [InlineData("-ComponentAccessToken { 'emulator-component-token' }", "ComponentTokenRejected", "the script block in -ComponentAccessToken returned no other token", "-ComponentAccessToken 脚本块也没有返回")]
    [InlineData("-ComponentAppId wx0000000000000002 -ComponentAccessToken emulator-component-token -AuthorizerAppId wx0000000000000003 -AuthorizerRefreshToken emulator-refresh-token",
        "TokenRejected", "Check that the app in -AuthorizerAppId owns the environment", "请确认 -AuthorizerAppId 是拥有该环境的小程序")]
    public void RejectedToken_Advice_FitsTheWayOfConnecting(string parameters, string errorId, string english, string chinese)
    {
        File.WriteAllText(_tokenFile, "cloudbase-token");
        foreach ((string culture, string says) in new[] { ("en-US", english), ("zh-CN", chinese) })
        {
            using var emulator = TcbEmulator.Start(Options with { Fault = _ => Fault.ErrorCode(40001, "invalid credential"), OpenInterfaceService = parameters == "-OpenInterfaceService" });

            ScriptOutcome outcome = _session.Run(
                $"""
                [Threading.Thread]::CurrentThread.CurrentUICulture = '{culture}'
                $credential = [pscredential]::new('wx0000000000000001', [Net.NetworkCredential]::new('', '00000000000000000000000000000001').SecurePassword)
                $null = Connect-TcbEnvironment test-env -Endpoint $endpoint {parameters}
                $ids | Remove-TcbCloudFile
                """,
                ("endpoint", emulator.Endpoint), ("file", _tokenFile), ("ids", FileIds.Range(1)));

            Assert.StartsWith(errorId, outcome.Terminating!.FullyQualifiedErrorId, StringComparison.Ordinal);
            string message = outcome.Terminating.Exception.Message;
            Assert.Contains(says, message, StringComparison.Ordinal);
            Assert.Equal(parameters.StartsWith("-Credential", StringComparison.Ordinal), message.Contains("AppSecret", StringComparison.Ordinal));
            Assert.Equal(parameters.StartsWith("-AccessToken", StringComparison.Ordinal), message.Contains("by value", StringComparison.Ordinal) || message.Contains("直接传入", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(302, "HTTP 302 Found", "Open a browser")]
    [InlineData(307, "HTTP 307 Temporary Redirect", "Open a browser")]
    [InlineData(511, "HTTP 511 Network Authentication Required", "Open a browser")]
    [InlineData(403, "HTTP 403 Forbidden", "something other than the service rejected its request")]
    [InlineData(425, "HTTP 425;", "something other than the service rejected its request")]
    [InlineData(520, "HTTP 520;", "its request failed")]
    public void Status_OfSomethingInBetween_HasFittingAdviceForTheFile(int status, string shown, string says)
    {
        using var connected = new ConnectedSession(new EmulatorOptions { Fault = _ => Fault.Http(status) });

        string message = Assert.Single(connected.Run("$ids | Remove-TcbCloudFile -Environment $patient -MaximumRetryCount 0", FileIds.Range(1)).Errors).Exception.Message;

        Assert.Contains(shown, message, StringComparison.Ordinal);
        Assert.Contains(says, message, StringComparison.Ordinal);
        Assert.Equal(status == 520, message.Contains("later", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(302, "Open a browser: the network may ask you to log in")]
    [InlineData(511, "Open a browser: the network may ask you to log in")]
    [InlineData(404, "Check the endpoint and the proxy")]
    public void Advice_HttpStatusOfAGateway_FitsIt(int status, string says)
    {
        using var connected = new ConnectedSession(new EmulatorOptions { Fault = _ => Fault.Http(status), TokenFault = _ => Fault.Http(status) });

        ScriptOutcome run = connected.Run("$ids | Remove-TcbCloudFile -Environment $patient -BatchSize 1 -ThrottleLimit 1 -ErrorAction SilentlyContinue", FileIds.Range(5));
        ScriptOutcome connecting = connected.Session.Run(
            "Connect-TcbEnvironment test-env -Endpoint $endpoint -Credential ([pscredential]::new('wx1', [Net.NetworkCredential]::new('', 'abc').SecurePassword))",
            ("endpoint", connected.Emulator.Endpoint));

        foreach (ScriptOutcome outcome in new[] { run, connecting })
        {
            Assert.Contains(says, outcome.Terminating!.Exception.Message, StringComparison.Ordinal);
            Assert.Contains($"HTTP {status} ", outcome.Terminating.Exception.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(-501018)]
    public void ErrorOfTheServiceItself_DoesNotCallItUnreachable(int code)
    {
        var failure = TcbException.FromTokenCode(code, "system error");

        string advice = Advice.Of(failure.ErrorId, failure, failure.Text, null!).ToString();

        Assert.Equal($"The service was reached, but reports an error of its own (errcode {code}: system error). Run the command again later.", advice);
    }
}
