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
            RunWay(name, connect, 1, table, isNested: true);
        }
        return table;
    }

    private static void RunWay(string name, string connect, int runspaces, Table table, bool isNested = false)
    {
        int files = isNested ? Files / 5 : Files;
        string[] ids = Trial.FileIds(Env, files);
        var options = new EmulatorOptions { Environments = [Env], TokenLifetime = Life, Latency = TimeSpan.FromMilliseconds(100) };
        using TcbEmulator emulator = Trial.Start(ids, options);
        var server = new CentralServer(emulator);
        PowerShellSession[] sessions = [.. Enumerable.Range(0, runspaces).Select(_ => Trial.CreateSession())];
        var watch = Stopwatch.StartNew();
        ScriptOutcome connected = sessions[0].Run(connect, ("e", Env), ("u", emulator.Endpoint), ("o", options), ("server", server));
        foreach (PowerShellSession other in sessions[1..]) other.Run(string.Empty, ("server", server));
        if (connected.Terminating is { } error) throw new InvalidOperationException(error.ToString());
        object environment = connected.Output.Single();
        int share = files / runspaces;
        // Three runs over one connection can share a pipeline thread. Eight runspaces throttle themselves, so that the run is as long as in one.
        string script = isNested
            ? "$ids | Get-TcbCloudFile -Environment $environment | Remove-TcbCloudFile -Environment $environment | Remove-TcbCloudFile -Environment $environment -IgnoreMissing"
            : "$ids | Remove-TcbCloudFile -Environment $environment -ThrottleLimit $limit";
        ScriptOutcome[] results = [.. sessions.Select((session, i) => Task.Factory.StartNew(
            () => session.Run(script,
                ("ids", ids[(i * share)..((i + 1) * share)]), ("environment", environment), ("limit", runspaces == 1 ? 5 : 1)),
            TaskCreationOptions.LongRunning)).ToArray().Select(task => task.Result)];
        watch.Stop();

        // A call with a component token that has ended is refused: once for each of them.
        int refused = emulator.Requests.Snapshot().Count(request => request.Kind == RequestKind.Token && request.Outcome!.ErrorCode is > 0);
        int calls = name == "TokenProvider" ? server.Tokens : emulator.Requests.TokenCallCount - refused;
        int allowed = (int)(watch.Elapsed / Life) + 2;
        // Each token that was fetched was another one, unless a call was made for nothing.
        int duplicates = calls - emulator.Requests.Snapshot().Where(request => request.Kind != RequestKind.Token).Select(request => request.Token).Distinct().Count();
        int removed = results.Sum(result => result.Removals().Count(item => item.Outcome == (isNested ? "AlreadyGone" : "Removed")));
        int errors = results.Sum(result => result.Errors.Length + (result.Terminating is null ? 0 : 1));
        table.Add(removed == files && errors == 0 && emulator.Files.Count == 0 && calls <= allowed && refused <= server.ComponentTokens && duplicates == 0, name, isNested ? "1, three runs" : (object)runspaces,
            Math.Round(watch.Elapsed.TotalSeconds, 1), calls, allowed, server.ComponentTokens, duplicates, removed, errors, emulator.Files.Count);
        foreach (PowerShellSession session in sessions) session.Dispose();
    }

    /// <summary>A central token server, as WeChat advises to run one: it keeps one token until it ends.</summary>
    private sealed class CentralServer(TcbEmulator emulator)
    {
        private readonly Lock _lock = new();
        private string _token = string.Empty;
        private DateTimeOffset _end;
        private string _component = string.Empty;
        private DateTimeOffset _componentEnd;

        internal int Tokens { get; private set; }

        internal int ComponentTokens { get; private set; }

        // Called from the scripts by name.
        public string Issue()
        {
            lock (_lock)
            {
                if (DateTimeOffset.UtcNow < _end) return _token;
                Tokens++;
                _end = DateTimeOffset.UtcNow + Life;
                return _token = emulator.Tokens.Issue();
            }
        }

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
