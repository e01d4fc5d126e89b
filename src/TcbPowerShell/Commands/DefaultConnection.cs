using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Management.Automation.Language;
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

/// <summary>Completes <c>-Environment</c> by the variables that hold a connection.</summary>
internal sealed class ConnectionCompleter : IArgumentCompleter
{
    // Get-Variable is in a module, which this session may not have.
    private const string Variables = "$ExecutionContext.InvokeProvider.ChildItem.Get('Variable:', $false)";

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        return [.. shell.AddScript(Variables).Invoke<PSVariable>()
            .Where(variable => variable.Name.StartsWith(wordToComplete.Trim('$', '{', '}'), StringComparison.OrdinalIgnoreCase))
            .Select(variable => (variable.Name, Connection: (variable.Value is PSObject wrapped ? wrapped.BaseObject : variable.Value) as TcbEnvironment))
            .Where(variable => variable.Connection is not null)
            .OrderBy(variable => variable.Name, StringComparer.OrdinalIgnoreCase)
            .Select(variable => new CompletionResult(Write(variable.Name), variable.Name, CompletionResultType.Variable, Describe(variable.Connection!)))];
    }

    private static string Write(string name) => name.All(c => char.IsLetterOrDigit(c) || c == '_') ? "$" + name : "${" + name.Replace("`", "``").Replace("}", "`}") + "}";

    private static string Describe(TcbEnvironment connection) => $"{connection.EnvironmentId}, {connection.Endpoint}{(connection.IsDryRun ? " (-WhatIf)" : string.Empty)}";
}
