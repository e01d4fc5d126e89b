using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace TcbPowerShell.Commands;

/// <summary>Completes nothing: without it, Tab offers file names where a number, a token or a connection belongs.</summary>
internal sealed class NoCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) => [];
}
