using System.Diagnostics;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;

namespace TcbPowerShell.Endurance;

/// <summary>A run that outlives its tokens many times over.</summary>
internal static class TokensTrial
{
    private const string Env = "test2-4a89da";
    private const int Files = 20_000;
    private const string PlatformScript = "ComponentScript";
    private static readonly TimeSpan Life = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ComponentLife = TimeSpan.FromSeconds(3);

    private static readonly (string Name, string Connect)[] Ways =
    [
        ("AppCredential", "Connect-TcbEnvironment $e -Endpoint $u -Credential ([pscredential]::new($o.AppId, [Net.NetworkCredential]::new('', $o.AppSecret).SecurePassword))"),
        ("Authorizer", "Connect-TcbEnvironment $e -Endpoint $u -ComponentAppId $o.ComponentAppId -ComponentAccessToken $o.ComponentAccessToken "
            + "-AuthorizerAppId $o.AuthorizerAppId -AuthorizerRefreshToken $o.AuthorizerRefreshToken -WarningAction SilentlyContinue"),
        (PlatformScript, "Connect-TcbEnvironment $e -Endpoint $u -ComponentAppId $o.ComponentAppId -ComponentAccessToken { $global:server.Component() } "
            + "-AuthorizerAppId $o.AuthorizerAppId -AuthorizerRefreshToken $o.AuthorizerRefreshToken -WarningAction SilentlyContinue"),
        ("TokenProvider", "Connect-TcbEnvironment $e -Endpoint $u -TokenProvider { $global:server.Issue() }"),
    ];

    internal static Table Run()
    {
        var table = new Table($"Tokens that live {Life.TotalSeconds} s, component tokens from a script {ComponentLife.TotalSeconds} s: {Files:N0} files at 100 ms",
            "way", "runspaces", "seconds", "token calls", "allowed", "component tokens", "duplicate renewals", "removed", "errors", "files left", "passed");
        foreach ((string name, string connect) in Ways)
        {
            RunWay(name, connect, 1, table);
            RunWay(name, connect, 8, table);
        }
        return table;
    }

    private static void RunWay(string name, string connect, int runspaces, Table table)
    {
        string[] ids = Trial.FileIds(Env, Files);
        var options = new EmulatorOptions { Environments = [Env], TokenLifetime = Life, Latency = TimeSpan.FromMilliseconds(100) };
        using TcbEmulator emulator = Trial.Start(ids, options);
        var server = new CentralServer(emulator);
        PowerShellSession[] sessions = [.. Enumerable.Range(0, runspaces).Select(_ => Trial.CreateSession())];
        var watch = Stopwatch.StartNew();
        ScriptOutcome connected = sessions[0].Run(connect, ("e", Env), ("u", emulator.Endpoint), ("o", options), ("server", server));
        foreach (PowerShellSession other in sessions[1..]) other.Run(string.Empty, ("server", server));
        object environment = connected.Output.Single();
        int share = Files / runspaces;
        // One way is a list in one runspace; eight share the connection, and throttle themselves so that the run is as long.
        ScriptOutcome[] results = [.. sessions.Select((session, i) => Task.Factory.StartNew(
            () => session.Run("$ids | Remove-TcbCloudFile -Environment $environment -ThrottleLimit $limit",
                ("ids", ids[(i * share)..((i + 1) * share)]), ("environment", environment), ("limit", runspaces == 1 ? 5 : 1)),
            TaskCreationOptions.LongRunning)).ToArray().Select(task => task.Result)];
        watch.Stop();

        // A call with a component token that has ended is refused: once for each of them.
        int refused = emulator.Requests.Snapshot().Count(request => request.Kind == RequestKind.Token && request.Outcome!.ErrorCode is > 0);
        int calls = name == "TokenProvider" ? server.Calls : emulator.Requests.TokenCallCount - refused;
        int allowed = (int)(watch.Elapsed / Life) + 2;
        // Each token that was fetched was another one, unless a call was made for nothing.
        int duplicates = calls - emulator.Requests.Snapshot().Where(request => request.Kind == RequestKind.Delete).Select(request => request.Token).Distinct().Count();
        int removed = results.Sum(result => result.Removals().Count(item => item.Outcome == "Removed"));
        int errors = results.Sum(result => result.Errors.Length + (result.Terminating is null ? 0 : 1));
        table.Add(removed == Files && errors == 0 && emulator.Files.Count == 0 && calls <= allowed && refused <= server.ComponentTokens && duplicates == 0, name, runspaces,
            Math.Round(watch.Elapsed.TotalSeconds, 1), calls, allowed, server.ComponentTokens, duplicates, removed, errors, emulator.Files.Count);
        foreach (PowerShellSession session in sessions) session.Dispose();
    }

    /// <summary>A central token server, as WeChat advises to run one.</summary>
    private sealed class CentralServer(TcbEmulator emulator)
    {
        private int _calls;

        private readonly Lock _lock = new();
        private string _component = string.Empty;
        private DateTimeOffset _componentEnd;

        internal int Calls => _calls;

        internal int ComponentTokens { get; private set; }

        // Called from the script by name.
        public string Issue()
        {
            Interlocked.Increment(ref _calls);
            return emulator.Tokens.Issue();
        }

        // The platform keeps one token until it ends.
        public string Component()
        {
            lock (_lock)
            {
                if (DateTimeOffset.UtcNow < _componentEnd) return _component;
                ComponentTokens++;
                _component = $"component-{Guid.NewGuid():N}";
                _componentEnd = DateTimeOffset.UtcNow + ComponentLife;
                emulator.Tokens.Add(_component, TokenKind.Component, ComponentLife);
                return _component;
            }
        }
    }
}
