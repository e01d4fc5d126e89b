using System.Management.Automation;
using System.Net;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Commands;

/// <summary>A text pasted into the wrong parameter is named when connecting, and neither sent nor repeated.</summary>
// With the other classes that set the process's environment variables: never at the same time.
[Collection("Environment variables")]
[Trait("rule", "11")]
public sealed class ConnectPasteMistakeTests : IDisposable
{
    private const string Secret = "MARKER0123456789abcdef";
    private const string Authorizer = "-ComponentAppId $app -ComponentAccessToken $a -AuthorizerAppId $other -AuthorizerRefreshToken $b";

    private static readonly string[] SecretParameters =
    [
        "-AccessToken $mistake", "-CloudBaseAccessToken $mistake", "-ComponentAccessToken $mistake", "-Credential ([pscredential]::new('wx0000000000000001', $secure))",
        "-ComponentAppId wx2 -ComponentAccessToken $mistake -AuthorizerAppId wx3 -AuthorizerRefreshToken x",
        "-ComponentAppId wx2 -ComponentAccessToken x -AuthorizerAppId wx3 -AuthorizerRefreshToken $mistake",
    ];

    private readonly PowerShellSession _session = new();
    private readonly TcbEmulator _emulator = TcbEmulator.Start(new EmulatorOptions());

    public static TheoryData<string, string, string> BadSecrets
    {
        get
        {
            var data = new TheoryData<string, string, string>();
            foreach (string parameter in SecretParameters)
            {
                data.Add(parameter, $"\"{Secret}\"", "quotation mark");
                data.Add(parameter, $" '{Secret}'", "quotation mark");
                data.Add(parameter, $$"""{"access_token":"{{Secret}}","expires_in":7200}""", "whole JSON reply");
                data.Add(parameter, $"\r\n{{ \"access_token\": \"{Secret}\" }}", "whole JSON reply");
                data.Add(parameter, $"{Secret}\n", "white space");
            }
            return data;
        }
    }

    public void Dispose()
    {
        _session.Dispose();
        _emulator.Dispose();
    }

    [Theory]
    [MemberData(nameof(BadSecrets))]
    public void Connect_SecretInQuotesOrInItsReply_IsNamed(string parameters, string mistake, string problem)
    {
        ScriptOutcome outcome = Run($"test-env {parameters}", ("mistake", mistake), ("secure", new NetworkCredential(string.Empty, mistake).SecurePassword));

        AssertRefused(outcome, "InvalidSecret", problem);
    }

    [Theory]
    [InlineData("TCB_ACCESS_TOKEN=\"MARKER\"", "InvalidSecret", "TCB_ACCESS_TOKEN begins with a quotation mark")]
    [InlineData("TCB_ACCESS_TOKEN={\"access_token\":\"MARKER\"}", "InvalidSecret", "TCB_ACCESS_TOKEN is a whole JSON reply")]
    [InlineData("TCB_APP_ID=wx1;TCB_APP_SECRET='MARKER'", "InvalidSecret", "TCB_APP_SECRET begins with a quotation mark")]
    [InlineData("TCB_APP_ID=MARKER0123456789;TCB_APP_SECRET=wx0000000000000001", "InvalidAppId", "TCB_APP_ID does not begin with wx")]
    [InlineData("TCB_APP_ID=wx0000000000000001 ;TCB_APP_SECRET=MARKER", "InvalidAppId", "TCB_APP_ID contains white space")]
    [InlineData("TCB_ENVIRONMENT_ID=cloud://test-env.7465/a.png;TCB_ACCESS_TOKEN=MARKER", "EnvironmentVariableMissing", "This is a file ID. Pass the ID of its environment: test-env.")]
    public void Connect_EnvironmentVariables_AreCheckedTheSameWay(string variables, string errorId, string problem)
    {
        string[] names = ["TCB_ENVIRONMENT_ID", "TCB_ACCESS_TOKEN", "TCB_APP_ID", "TCB_APP_SECRET"];
        foreach (string name in names) Environment.SetEnvironmentVariable(name, name == names[0] ? "test-env" : null);
        foreach (string variable in variables.Split(';')) Environment.SetEnvironmentVariable(variable.Split('=', 2)[0], variable.Split('=', 2)[1]);
        try
        {
            AssertRefused(Run("-EnvironmentVariable"), errorId, problem);
        }
        finally
        {
            foreach (string name in names) Environment.SetEnvironmentVariable(name, null);
        }
    }

    [Theory]
    [InlineData("MARKER0123456789abcdef", "wx0000000000000001", "The AppID in -Credential does not begin with wx, but the secret does: the two seem to be swapped")]
    [InlineData("wx0000000000000001 ", "MARKER", "AppID in -Credential contains white space")]
    [InlineData("\nwx0000000000000001", "MARKER", "AppID in -Credential contains white space")]
    [InlineData("\"wx0000000000000001\"", "MARKER", "AppID in -Credential begins with a quotation mark")]
    public void Connect_AppIdThatCannotBeOne_IsNamed(string appId, string secret, string problem)
    {
        var credential = new PSCredential(appId, new NetworkCredential(string.Empty, secret).SecurePassword);

        AssertRefused(Run("test-env -Credential $credential", ("credential", credential)), "InvalidAppId", problem);
    }

    [Theory]
    [InlineData("wx2 ", "wx3", "ComponentAppId contains white space")]
    [InlineData("wx2", "\twx3", "AuthorizerAppId contains white space")]
    public void Connect_AppIdsOfAPlatform_AreCheckedToo(string component, string authorizer, string problem) =>
        AssertRefused(Run($"test-env {Authorizer}", ("app", component), ("other", authorizer), ("a", "x"), ("b", "y")), "InvalidAppId", problem);

    [Fact]
    public void Connect_AppIdOfAnotherKind_IsTheServicesToJudge()
    {
        var credential = new PSCredential("qq0000000000000001", new NetworkCredential(string.Empty, "abc").SecurePassword);

        Assert.StartsWith("AppIdRejected", Run("test-env -Credential $credential", ("credential", credential)).Terminating!.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cloud://test-env.7465-test-env-1258717764/a.png", "This is a file ID. Pass the ID of its environment: test-env.")]
    [InlineData("cloud://test-env", "letters, digits, hyphens and underscores")]
    [InlineData("", "is empty, perhaps because a variable is not set")]
    [InlineData(" ", "is empty, perhaps because a variable is not set")]
    [InlineData("test env", "cannot contain white space")]
    [InlineData("test-env ", "cannot contain white space")]
    [InlineData("test-env\n", "cannot contain white space")]
    [InlineData("test-env.7465-test-env", "letters, digits, hyphens and underscores")]
    [InlineData("MARKER+/=", "letters, digits, hyphens and underscores")]
    public void Connect_EnvironmentIdThatCannotBeOne_IsNamedWithoutARegularExpression(string environmentId, string problem)
    {
        ScriptOutcome outcome = Run("$id -AccessToken x", ("id", environmentId));

        AssertRefused(outcome, "ParameterArgumentValidationError", problem);
        Assert.DoesNotContain("[A-Za-z0-9]", outcome.Terminating!.Exception.Message, StringComparison.Ordinal);
    }

    private ScriptOutcome Run(string parameters, params (string Name, object? Value)[] variables) =>
        _session.Run($"Connect-TcbEnvironment -Endpoint $endpoint {parameters}", [("endpoint", _emulator.Endpoint), .. variables]);

    private void AssertRefused(ScriptOutcome outcome, string errorId, string problem)
    {
        Assert.Equal(errorId, outcome.Terminating!.FullyQualifiedErrorId.Split(',')[0]);
        Assert.Contains(problem, outcome.Terminating.Exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("MARKER", outcome.Terminating.Exception.Message, StringComparison.Ordinal);
        Assert.Equal(0, _emulator.Requests.TokenCallCount);
    }
}
