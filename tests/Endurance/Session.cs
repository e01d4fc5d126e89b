using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Reflection;
using TcbPowerShell.Emulation;

namespace TcbPowerShell.Endurance;

/// <summary>A runspace of the real engine with the staged module, connected to an emulator.</summary>
internal sealed class Session : IDisposable
{
    private static readonly string Module = Path.Combine(
        typeof(Session).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(item => item.Key == "StagedModule").Value!,
        "TcbPowerShell.psd1");

    private readonly Runspace _runspace;

    internal Session()
    {
        InitialSessionState state = InitialSessionState.CreateDefault2();
        state.ThrowOnRunspaceOpenError = true;
        state.ImportPSModule([Module]);
        _runspace = RunspaceFactory.CreateRunspace(state);
        _runspace.Open();
    }

    /// <summary>Connects with a token by value.</summary>
    internal void Connect(Uri endpoint, string environment, int timeoutSec = 30) => Invoke(
        "param($e, $u, $t) Connect-TcbEnvironment $e -AccessToken 'emulator-access-token' -Endpoint $u -TimeoutSec $t", environment, endpoint, timeoutSec);

    /// <summary>Runs a script to its end.</summary>
    internal RunResult Invoke(string script, params object[] arguments)
    {
        using PowerShell powerShell = Create(script, arguments);
        var output = new PSDataCollection<PSObject>();
        ErrorRecord? end = null;
        try
        {
            powerShell.Invoke(null, output);
        }
        catch (RuntimeException e)
        {
            end = e.ErrorRecord;
        }
        return new RunResult([.. output], [.. powerShell.Streams.Error], end);
    }

    /// <summary>A script, to be started and stopped.</summary>
    internal PowerShell Create(string script, params object[] arguments)
    {
        var powerShell = PowerShell.Create(_runspace);
        powerShell.AddScript(script);
        foreach (object argument in arguments) powerShell.AddArgument(argument);
        return powerShell;
    }

    public void Dispose() => _runspace.Dispose();

    /// <summary>File IDs that look like real ones.</summary>
    internal static string[] FileIds(string environment, int count) =>
        [.. Enumerable.Range(0, count).Select(i => $"cloud://{environment}.7465-{environment}-1258717764/照片/{i % 97} 年/IMG_{i:D7}+&#.png")];

    /// <summary>An emulator with these files.</summary>
    internal static TcbEmulator Start(IEnumerable<string> fileIds, EmulatorOptions options) => TcbEmulator.Start(options with { FileIds = fileIds });
}

/// <summary>What a script gave.</summary>
internal sealed record RunResult(PSObject[] Output, ErrorRecord[] Errors, ErrorRecord? End)
{
    /// <summary>The results, by file ID.</summary>
    internal IEnumerable<(string FileId, string Outcome)> Removals =>
        Output.Select(item => ((string)item.Properties["FileId"].Value, item.Properties["Outcome"].Value.ToString()!));
}
