using TcbPowerShell.Tests.Infrastructure;

namespace TcbPowerShell.Tests.Help;

/// <summary>A session of somebody who reads a certain language.</summary>
internal sealed class HelpSession(string culture) : IDisposable
{
    private readonly PowerShellSession _session = new(PowerShellSession.InitialState(HelpModule.Path));

    internal RecordingHost Host => _session.Host;

    // The engine takes the language from the thread, and not from its host.
    internal ScriptOutcome Run(string script, params (string Name, object? Value)[] variables) =>
        _session.Run($"[cultureinfo]::CurrentUICulture = '{culture}'\n{script}", variables);

    public void Dispose() => _session.Dispose();
}
