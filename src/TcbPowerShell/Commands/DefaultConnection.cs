using System.Management.Automation.Host;
using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;

namespace TcbPowerShell.Commands;

/// <summary>
/// The connection that a runspace uses when none is named. A static one would cross runspaces, and delete in the wrong environment;
/// the table forgets a runspace with the runspace itself.
/// </summary>
internal static class DefaultConnection
{
    // The name of the host of a runspace that was created without one, for example by ForEach-Object -Parallel or a thread job.
    private const string HostOfWorkers = "Default Host";

    private static readonly ConditionalWeakTable<Runspace, TcbEnvironment> Connections = new();
    private static volatile bool WasMade;

    /// <summary>This runspace's connection; null if there is none. Only on a pipeline thread.</summary>
    internal static TcbEnvironment? Current
    {
        get => Connections.TryGetValue(Runspace.DefaultRunspace, out TcbEnvironment? connection) ? connection : null;
        set
        {
            Connections.Remove(Runspace.DefaultRunspace);
            if (value is null) return;
            Connections.Add(Runspace.DefaultRunspace, value);
            WasMade = true;
        }
    }

    /// <summary>Whether a runspace without a connection is most likely a worker of a session that has made one.</summary>
    /// <param name="host">The runspace's host.</param>
    internal static bool IsElsewhere(PSHost host) => WasMade && host.Name == HostOfWorkers;
}
