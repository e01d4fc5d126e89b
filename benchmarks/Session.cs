using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Reflection;
using Microsoft.PowerShell;
using TcbPowerShell.Emulation;

namespace TcbPowerShell.Benchmarks;

/// <summary>The real PowerShell engine with the staged module and a connection to an emulator.</summary>
internal sealed class Session : IDisposable
{
    internal const string EnvironmentId = "test2-4a89da";

    private readonly Runspace _runspace;

    internal Session(Uri endpoint)
    {
        var state = InitialSessionState.CreateDefault2();
        if (OperatingSystem.IsWindows()) state.ExecutionPolicy = ExecutionPolicy.Bypass;
        state.ImportPSModule([typeof(Session).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(item => item.Key == "StagedModule").Value!]);
        _runspace = RunspaceFactory.CreateRunspace(state);
        _runspace.Open();
        Run($"Connect-TcbEnvironment {EnvironmentId} -Endpoint {endpoint} -AccessToken {new EmulatorOptions().AccessToken}");
    }

    /// <summary>Runs a script; an error that it writes is an exception here.</summary>
    internal object?[] Run(string script, params (string Name, object Value)[] variables)
    {
        foreach ((string name, object value) in variables) _runspace.SessionStateProxy.SetVariable(name, value);
        using var powerShell = PowerShell.Create(_runspace);
        object?[] output = [.. powerShell.AddScript(script).Invoke().Select(item => item?.BaseObject)];
        return powerShell.HadErrors ? throw new InvalidOperationException(powerShell.Streams.Error[0].ToString()) : output;
    }

    /// <summary>File IDs as long as real ones.</summary>
    internal static IEnumerable<string> FileIds(int count) => Enumerable.Range(0, count)
        .Select(i => $"cloud://{EnvironmentId}.7465-{EnvironmentId}-1258717764/商品图/2024春季/{i / 100:0000}/红色连衣裙  {i:0000000}.png");

    public void Dispose() => _runspace.Dispose();
}
