using System.Diagnostics;
using System.Management.Automation;
using System.Net;
using System.Security;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;

namespace TcbPowerShell.Endurance;

/// <summary>Connecting as an authorizer, stopped about the moment in which the call's body begins: no new refresh token may be lost.</summary>
internal static class TokenStopTrial
{
    private const string Env = "test2-4a89da";
    private const int RoundsPerSession = 250;

    private const string Connect = "Connect-TcbEnvironment $e -Endpoint $u -ComponentAppId $o.ComponentAppId -ComponentAccessToken $o.ComponentAccessToken "
        + "-AuthorizerAppId $o.AuthorizerAppId -AuthorizerRefreshToken $refresh -WarningAction SilentlyContinue";

    internal static Table Run(int rounds)
    {
        var options = new EmulatorOptions { Environments = [Env] };
        using TcbEmulator emulator = TcbEmulator.Start(options);
        var table = new Table("Stops about the moment in which the body of a token call begins", "stops", "refresh tokens replaced", "refresh tokens lost", "passed");
        int replaced = 0;
        int lost = 0;
        var delay = TimeSpan.FromMilliseconds(10);
        for (int round = 0; round < rounds;)
        {
            using PowerShellSession session = Trial.CreateSession();
            session.Run(string.Empty, ("e", Env), ("u", emulator.Endpoint), ("o", options));
            for (int i = 0; i < RoundsPerSession && round < rounds; i++, round++)
            {
                string before = emulator.Tokens.RefreshToken;
                Task<ScriptOutcome> run = session.StartAsync(Connect, ("refresh", before));
                var watch = Stopwatch.StartNew();
                SpinWait.SpinUntil(() => watch.Elapsed >= delay);
                session.StopAsync().Wait();
                run.Wait();
                emulator.Requests.WhenAsync(log => log.InFlight == 0).Wait();
                string after = emulator.Tokens.RefreshToken;
                // Half of the stops come before the moment, and half after it.
                delay *= after == before ? 1.03 : 0.97;
                if (after == before) continue;
                replaced++;
                if (Kept(session) != after) lost++;
                session.Run("Disconnect-TcbEnvironment");
            }
        }
        table.Add(lost == 0 && replaced > 0, rounds, replaced, lost);
        return table;
    }

    private static string? Kept(PowerShellSession session)
    {
        PSObject? token = session.Run("(Get-TcbEnvironment -ErrorAction Ignore).GetAuthorizerRefreshToken()").Output.FirstOrDefault();
        return token?.BaseObject is SecureString secret ? new NetworkCredential(string.Empty, secret).Password : null;
    }
}
