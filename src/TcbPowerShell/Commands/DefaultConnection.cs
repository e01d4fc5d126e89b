using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;

namespace TcbPowerShell.Commands;

/// <summary>
/// The connection that a runspace uses when none is named. A static one would cross runspaces, and delete in the wrong environment;
/// the table forgets a runspace with the runspace itself.
/// </summary>
internal static class DefaultConnection
{
    private static readonly ConditionalWeakTable<Runspace, TcbEnvironment> Connections = new();

    /// <summary>This runspace's connection; null where there is none. Only on a pipeline thread.</summary>
    internal static TcbEnvironment? Current
    {
        get => Connections.TryGetValue(Runspace.DefaultRunspace, out TcbEnvironment? connection) ? connection : null;
        set
        {
            Connections.Remove(Runspace.DefaultRunspace);
            if (value is not null) Connections.Add(Runspace.DefaultRunspace, value);
        }
    }
}
