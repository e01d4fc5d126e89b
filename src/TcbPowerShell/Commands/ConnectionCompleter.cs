using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace TcbPowerShell.Commands;

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

/// <summary>Completes nothing: without it, Tab offers file names for a number, a token or a file ID.</summary>
internal sealed class NoCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) => [];
}
