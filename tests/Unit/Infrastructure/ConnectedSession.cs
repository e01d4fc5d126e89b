using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Tokens;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Client.Http;

namespace TcbPowerShell.Tests.Infrastructure;

/// <summary>
/// A session whose default connection, made by the cmdlet, is to an emulator of its own. <c>$patient</c> is a second connection to it, for
/// which the waits between tries take no time.
/// </summary>
internal sealed class ConnectedSession : IDisposable
{
    /// <summary>The token of both connections; found nowhere else.</summary>
    internal const string Token = "marker-token-that-must-not-be-seen-0123456789";

    internal ConnectedSession(EmulatorOptions? options = null, params char[] answers)
    {
        Emulator = TcbEmulator.Start((options ?? new EmulatorOptions()) with { AccessToken = Token });
        Session = new PowerShellSession(answers);
        ScriptOutcome connection = Session.Run(
            // An hour: what a test waits for must not come by a timeout.
            "$default = Connect-TcbEnvironment test-env -Endpoint $endpoint -AccessToken $token -TimeoutSec 3600; $token = $null",
            ("endpoint", Emulator.Endpoint), ("token", Token));
        if (connection.Terminating is { } error) throw new InvalidOperationException(error.ToString());
        Session.Runspace.SessionStateProxy.SetVariable("patient", Patient(Emulator.Endpoint));
    }

    internal TcbEmulator Emulator { get; }

    internal PowerShellSession Session { get; }

    internal ManualClock Clock { get; } = new();

    /// <summary>A connection with this session's clock.</summary>
    internal TcbEnvironment Patient(Uri endpoint, string token = Token, TcbAuthentication authentication = TcbAuthentication.AccessToken)
    {
        var client = new TcbClient(HttpClientFactory.Create(null), endpoint, TimeSpan.FromSeconds(30), Clock);
        return new TcbEnvironment(FileIds.Environment, endpoint, new FixedAccessToken(authentication, token), client);
    }

    /// <summary>Runs a script, with <c>$ids</c> in it.</summary>
    internal ScriptOutcome Run(string script, params IEnumerable<string> ids) => Session.Run(script, ("ids", ids.ToArray()));

    /// <summary>Completes once the condition holds for what has come to the emulator.</summary>
    internal Task WhenAsync(Func<RequestLog, bool> condition) => Emulator.Requests.WhenAsync(condition).WaitAsync(PowerShellSession.Patience);

    public void Dispose()
    {
        Session.Dispose();
        Emulator.Dispose();
    }
}
