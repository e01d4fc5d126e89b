using System.Net;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;
using TcbPowerShell.Tests.Network;
using Xunit;

namespace TcbPowerShell.Tests.Commands;

/// <summary>Connecting as an authorizer is ended from outside: a new refresh token is kept, and nothing else changes.</summary>
[Trait("rule", "6")]
[Trait("rule", "9")]
public sealed class ConnectTcbEnvironmentStopTests : IDisposable
{
    private const string Connect = "Connect-TcbEnvironment test-env -Endpoint $endpoint -ComponentAppId wx0000000000000002 "
        + "-ComponentAccessToken emulator-component-token -AuthorizerAppId wx0000000000000003 -AuthorizerRefreshToken emulator-refresh-token";

    private readonly PowerShellSession _session = new();

    public ConnectTcbEnvironmentStopTests() => _session.Run("Connect-TcbEnvironment before -AccessToken abc");

    public void Dispose() => _session.Dispose();

    [Fact]
    public async Task CtrlC_RefreshTokenWasReplaced_TheConnectionIsTheDefault()
    {
        var gate = new Gate();
        using var emulator = TcbEmulator.Start(new EmulatorOptions { TokenFault = _ => Fault.Hold(gate) });
        Task<ScriptOutcome> run = _session.StartAsync(Connect, ("endpoint", emulator.Endpoint));
        await gate.WhenArrivedAsync();

        Task stop = _session.StopAsync();
        gate.Open();
        await run;
        await stop;

        // Unless the machine was so slow that the reply came after the grace.
        bool hasReply = !emulator.Requests.Snapshot().Single().Outcome!.ClientLeft;
        Assert.Equal(hasReply ? "test-env" : "before", Default().EnvironmentId);
        if (hasReply) Assert.Equal(emulator.Tokens.RefreshToken, RefreshToken());
    }

    [Fact]
    public void MessageEndsTheScript_RefreshTokenWasReplaced_TheConnectionIsTheDefault()
    {
        using var emulator = TcbEmulator.Start();

        // "Fetched an access token", in the middle of the work.
        ScriptOutcome outcome = _session.Run($"$VerbosePreference = 'Stop'; {Connect}", ("endpoint", emulator.Endpoint));

        Assert.NotNull(outcome.Terminating);
        Assert.Equal("test-env", Default().EnvironmentId);
        Assert.Equal(emulator.Tokens.RefreshToken, RefreshToken());
        Assert.Contains("GetAuthorizerRefreshToken", Assert.Single(outcome.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CtrlC_NothingWasSent_ThePreviousDefaultStays()
    {
        using var port = new DeadPort(refuses: false);
        var started = new TaskCompletionSource();
        Task<ScriptOutcome> run = _session.StartAsync("$started.SetResult(); " + Connect, ("endpoint", new Uri($"http://127.0.0.1:{port.Port}")), ("started", started));
        await started.Task;

        await _session.StopAsync();
        await run;

        Assert.Equal("before", Default().EnvironmentId);
    }

    [Fact]
    public void ConnectingFails_ThePreviousDefaultStays()
    {
        using var emulator = TcbEmulator.Start(new EmulatorOptions { AuthorizerRefreshToken = "another" });

        ScriptOutcome outcome = _session.Run(Connect, ("endpoint", emulator.Endpoint));

        Assert.StartsWith("RefreshTokenRejected", outcome.Terminating!.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal("before", Default().EnvironmentId);
    }

    private TcbEnvironment Default() => (TcbEnvironment)_session.Run("Get-TcbEnvironment").Output.Single().BaseObject;

    private string RefreshToken() => new NetworkCredential(string.Empty, Default().GetAuthorizerRefreshToken()).Password;
}
