using System.Collections;
using System.Management.Automation;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Commands;

/// <summary>A secret in the wrong place, or in a wrong form, is refused without being repeated, whatever the parameter is.</summary>
[Trait("rule", "11")]
public sealed class WrongArgumentTests : IDisposable
{
    private const string Secret = "MARKER+0123456789abcdefghijklmnopqrstuvwxyz";

    private static readonly string[] Connect =
    [
        "-AccessToken", "-CloudBaseAccessToken", "-CloudBaseAccessTokenPath", "-ComponentAccessToken", "-Credential", "-TokenProvider", "-EnvironmentVariable:", "-OpenInterfaceService:",
        "-AccessToken x -Endpoint", "-AccessToken x -Proxy", "-AccessToken x -ProxyCredential", "-AccessToken x -TimeoutSec", "-AccessToken x -NoProxy:",
        "-AccessToken x -ProxyUseDefaultCredentials:", "-AccessToken x -WhatIf:", "-AccessToken x", "", "-Wrong", "-AccessToken x -Wrong",
        "-ComponentAppId wx1 -ComponentAccessToken x -AuthorizerAppId wx2 -AuthorizerRefreshToken",
    ];

    private static readonly string[] Files = ["-Environment", "-BatchSize", "-ThrottleLimit", "-MaximumRetryCount"];

    // Values that a script such as Get-MyToken may return.
    private static readonly string[] Values = ["$text", "([psobject] $text)", "@($text, $text)", "$object", "@($object, $object)", "$table", "$script", "$uri"];

    private readonly PowerShellSession _session = new();

    public static TheoryData<string> Lines =>
    [
        .. Connect.Select(parameters => $"Connect-TcbEnvironment test-env {parameters}"),
        "Connect-TcbEnvironment", "Connect-TcbEnvironment -AccessToken x -EnvironmentId",
        .. Files.Select(parameter => $"Remove-TcbCloudFile cloud://test-env.b/a.png -WhatIf {parameter}"),
        .. Files.Append("-Force:").Select(parameter => $"Save-TcbCloudFile backup cloud://test-env.b/a.png -WhatIf {parameter}"),
        .. Files.Append("-LinkLifetime").Select(parameter => $"Get-TcbCloudFile cloud://test-env.b/a.png {parameter}"),
    ];

    public void Dispose() => _session.Dispose();

    [Theory]
    [MemberData(nameof(Lines))]
    public void Argument_SecretOfAnyForm_IsNotRepeated(string line)
    {
        foreach (string value in Values)
        {
            ScriptOutcome outcome = Run($"{line}{(line.EndsWith(':') ? string.Empty : " ")}{value}");

            // An error record holds the line of the script, in which the variable stands and not its value.
            Assert.DoesNotContain("MARKER", outcome.AllText(), StringComparison.Ordinal);
            Assert.DoesNotContain("MARKER", $"{outcome.Terminating} {outcome.Terminating?.CategoryInfo} {outcome.Terminating?.ErrorDetails}", StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("-TokenProvider $text", "A script block in braces is required, for example { Get-MyToken }; this is an object of type System.String")]
    [InlineData("-TokenProvider $object", "A script block in braces is required")]
    [InlineData("-AccessToken { 'x' }", "this is a script block. Only -TokenProvider and -ComponentAccessToken take script blocks")]
    [InlineData("-ComponentAccessToken $table", "or a script block in braces, for example { Get-MyToken }")]
    [InlineData("-Credential $table", "A PSCredential is required")]
    [InlineData("-AccessToken x -ProxyCredential $table", "A PSCredential is required")]
    [InlineData("-AccessToken x -TimeoutSec $text", "A whole number is required; this is an object of type System.String")]
    [InlineData("$text", "Only the environment ID can be passed without a parameter name")]
    [InlineData("$object", "Only the environment ID can be passed without a parameter name")]
    [InlineData("-AccessToken x $text", "Only the environment ID can be passed without a parameter name")]
    [InlineData("-Secret $text", "There is no parameter -Secret.")]
    [InlineData("-CloudBaseAccessTokenPath $text", "looks like a token. Pass a token with -CloudBaseAccessToken")]
    [InlineData("-CloudBaseAccessTokenPath \"$text.$text.$text\"", "looks like a token. Pass a token with -CloudBaseAccessToken")]
    [InlineData("-CloudBaseAccessTokenPath \"Ab3$text/Ab3+$text==\"", "looks like a token. Pass a token with -CloudBaseAccessToken")]
    public void Connect_WrongArgument_SaysWhatIsRight(string parameters, string says)
    {
        ScriptOutcome outcome = Run($"Connect-TcbEnvironment test-env {parameters}");

        Assert.Matches("^(ParameterArgumentTransformationError|InvalidSecret),", outcome.Terminating!.FullyQualifiedErrorId);
        Assert.DoesNotContain("MARKER", outcome.Terminating.Exception.Message, StringComparison.Ordinal);
        Assert.Contains(says, outcome.Terminating.Exception.Message, StringComparison.Ordinal);
        Assert.Equal("NotConnected", Run("Get-TcbEnvironment").Terminating!.FullyQualifiedErrorId.Split(',')[0]);
    }

    [Theory]
    [InlineData("Remove-TcbCloudFile x -Environment 'test-env'", "A connection is required, for example from Connect-TcbEnvironment or Get-TcbEnvironment; this is an object of type System.String.")]
    [InlineData("Get-TcbCloudFile x -Environment $table", "A connection is required")]
    [InlineData("Get-TcbCloudFile x -ThrottleLimit 'many'", "A whole number is required")]
    [InlineData("Save-TcbCloudFile backup x -ThrottleLimit 'many'", "A whole number is required")]
    [InlineData("Save-TcbCloudFile backup x -Environment 'test-env'", "A connection is required")]
    public void Cmdlet_WrongArgument_SaysWhatIsRight(string line, string says) =>
        Assert.Contains(says, Run(line).Terminating!.Exception.Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("-TimeoutSec '5'")]
    [InlineData("-TimeoutSec ([psobject] 5)")]
    [InlineData("-TimeoutSec 5L")]
    [InlineData("-ProxyCredential $credential")]
    [InlineData("-ProxyCredential ([psobject] $credential)")]
    public void Connect_ArgumentThatCanBeConverted_IsTaken(string parameters) =>
        Assert.Single(Run($"Connect-TcbEnvironment test-env -AccessToken x {parameters}").Output);

    private ScriptOutcome Run(string script) => _session.Run(
        script, ("text", Secret), ("object", new PSObject { Properties = { new PSNoteProperty("access_token", Secret) } }),
        ("table", new Hashtable { ["access_token"] = Secret, [Secret] = 1 }), ("script", ScriptBlock.Create($"'{Secret}'")), ("uri", new Uri($"https://{Secret.Replace('+', '-')}.example/?x={Secret}")),
        ("credential", new PSCredential("user", new System.Security.SecureString())));
}
