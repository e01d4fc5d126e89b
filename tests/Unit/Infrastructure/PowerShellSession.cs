using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace TcbPowerShell.Tests.Infrastructure;

/// <summary>
/// A runspace of the real engine with the staged module imported, as a person's session. Scripts run in it one after the other; variables
/// and the default connection last as long as the session.
/// </summary>
internal sealed class PowerShellSession : IDisposable
{
    /// <summary>Only so that a test that would hang fails instead; nothing is ever measured by it.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Runspace _runspace;
    // Disposed with the session: a script may end while Stop is still at work on it.
    private readonly List<PowerShell> _all = [];
    private PowerShell? _running;

    /// <param name="answers">The user's answers to questions, as hot keys: Y, A, N, L.</param>
    internal PowerShellSession(params char[] answers)
        : this(InitialState(), answers)
    {
    }

    internal PowerShellSession(InitialSessionState state, params char[] answers)
    {
        Host = new RecordingHost(answers);
        _runspace = RunspaceFactory.CreateRunspace(Host, state);
        _runspace.ThreadOptions = PSThreadOptions.ReuseThread;
        _runspace.Open();
    }

    /// <summary>The path to import: the staged manifest, which picks the net8.0 build on this engine, or the other build's assembly.</summary>
    internal static string ModulePath =>
        StagedModule.Framework == "net8.0" ? Path.Combine(StagedModule.Folder, "TcbPowerShell.psd1") : StagedModule.AssemblyPath;

    /// <summary>The person's side: what was asked, and what was shown.</summary>
    internal RecordingHost Host { get; }

    internal Runspace Runspace => _runspace;

    /// <summary>How long a script may take.</summary>
    internal TimeSpan Limit { get; init; } = Patience;

    /// <summary>The initial state of a runspace with the module; one for each runspace.</summary>
    internal static InitialSessionState InitialState() => InitialState(ModulePath);

    internal static InitialSessionState InitialState(string modulePath)
    {
        InitialSessionState state = InitialSessionState.CreateDefault2();
        state.ThrowOnRunspaceOpenError = true;
        if (OperatingSystem.IsWindows()) state.ExecutionPolicy = Microsoft.PowerShell.ExecutionPolicy.Bypass;
        state.ImportPSModule([modulePath]);
        if (!modulePath.EndsWith(".psd1", StringComparison.Ordinal))
            state.Formats.Add(new SessionStateFormatEntry(Path.Combine(StagedModule.Folder, "TcbPowerShell.Format.ps1xml")));
        state.Commands.Add(new SessionStateCmdletEntry("Select-First", typeof(SelectFirstCommand), null));
        return state;
    }

    /// <summary>Runs a script to its end, each of the given values being a variable of it.</summary>
    internal ScriptOutcome Run(string script, params (string Name, object? Value)[] variables) =>
        StartAsync(script, variables).GetAwaiter().GetResult();

    /// <summary>Starts a script; the task ends with it, also where it is stopped.</summary>
    internal async Task<ScriptOutcome> StartAsync(string script, params (string Name, object? Value)[] variables)
    {
        foreach ((string name, object? value) in variables) _runspace.SessionStateProxy.SetVariable(name, value);
        var powerShell = PowerShell.Create(_runspace);
        _all.Add(powerShell);
        _running = powerShell;
        // At the top level of a script the engine only reports a terminating error of a cmdlet; inside try it is one.
        powerShell.AddScript($"try {{ . {{\n{script}\n}} }} catch {{ throw }}");
        using var output = new PSDataCollection<PSObject>();
        using var input = new PSDataCollection<PSObject>();
        input.Complete();
        Exception? thrown = null;
        Task<PSDataCollection<PSObject>> run = powerShell.InvokeAsync(input, output);
        try
        {
            await run.WaitAsync(Limit);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"The script did not end: {script}");
        }
        catch (Exception e) when (e is IContainsErrorRecord)
        {
            thrown = e;
        }
        return new ScriptOutcome(powerShell, output, thrown);
    }

    /// <summary>Ctrl+C: returns when the script has stopped.</summary>
    internal Task StopAsync()
    {
        PowerShell running = _running!;
        return Task.Run(running.Stop).WaitAsync(Limit);
    }

    /// <summary>A variable's value, as it is and not as PowerShell wraps it.</summary>
    internal object? Variable(string name) =>
        _runspace.SessionStateProxy.GetVariable(name) is var value && value is PSObject wrapped ? wrapped.BaseObject : value;

    public void Dispose()
    {
        // A script that does not end would keep its runspace from closing: the test has failed already, and must not hang here.
        if (_all.Exists(powerShell => powerShell.InvocationStateInfo.State is PSInvocationState.Running or PSInvocationState.Stopping)) return;
        foreach (PowerShell powerShell in _all) powerShell.Dispose();
        _runspace.Dispose();
    }
}
