using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Microsoft.PowerShell;
using TcbPowerShell.Emulation;

namespace TcbPowerShell.Benchmarks;

/// <summary>The real PowerShell engine with modules in it, and its connections to emulators.</summary>
internal sealed class Session : IDisposable
{
    internal const string EnvironmentId = "test2-4a89da";

    internal static readonly string AccessToken = new EmulatorOptions().AccessToken!;

    private readonly Runspace _runspace;
    private readonly Dictionary<Uri, object> _connections = [];

    internal Session(params string[] modules)
    {
        var state = InitialSessionState.CreateDefault2();
        if (OperatingSystem.IsWindows()) state.ExecutionPolicy = ExecutionPolicy.Bypass;
        _runspace = RunspaceFactory.CreateRunspace(state);
        _runspace.Open();
        foreach (string module in modules) Import(module);
    }

    internal void Import(string module) => Run("Import-Module $module", ("module", module));

    /// <summary>Runs a script; an error that it writes is an exception here.</summary>
    internal object?[] Run(string script, params (string Name, object Value)[] variables)
    {
        foreach ((string name, object value) in variables) _runspace.SessionStateProxy.SetVariable(name, value);
        using var powerShell = PowerShell.Create(_runspace);
        object?[] output = [.. powerShell.AddScript(script).Invoke().Select(item => item?.BaseObject)];
        return powerShell.HadErrors ? throw new InvalidOperationException(powerShell.Streams.Error[0].ToString()) : output;
    }

    /// <summary>The connection to an emulator, made once.</summary>
    internal object Connect(Uri endpoint)
    {
        if (_connections.TryGetValue(endpoint, out object? connection)) return connection;
        connection = Run($"Connect-TcbEnvironment {EnvironmentId} -Endpoint {endpoint} -AccessToken {AccessToken}").Single()!;
        _connections.Add(endpoint, connection);
        return connection;
    }

    // Not "$null =": that would keep all objects until the end.
    internal long RunFloor(IdRange ids)
    {
        Run("$ids | Write-FloorObject | Out-Null", ("ids", ids.ToFileIds()));
        return 0;
    }

    internal long Remove(Job job)
    {
        Run("$ids | Remove-TcbCloudFile -Environment $connection -ThrottleLimit $limit | Out-Null",
            ("ids", job.Ids.ToFileIds()), ("connection", Connect(job.Endpoint)), ("limit", job.ThrottleLimit));
        return 0;
    }

    /// <summary>When the first result came.</summary>
    internal long TimeFirstResult(Job job) => (long)Run(
        """
        $first = 0L
        Remove-TcbCloudFile $ids -Environment $connection | ForEach-Object { if ($first -eq 0) { $first = [Diagnostics.Stopwatch]::GetTimestamp() } }
        $first
        """,
        ("ids", job.Ids.ToFileIds().ToArray()), ("connection", Connect(job.Endpoint))).Single()!;

    public void Dispose() => _runspace.Dispose();
}
