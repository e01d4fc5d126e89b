using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace TcbPowerShell.Commands;

/// <summary>Completes <c>-EnvironmentId</c> by the environments that this session knows of. The service has no list of them.</summary>
internal sealed class EnvironmentIdCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string?[] known = [DefaultConnection.Current?.EnvironmentId, EnvironmentVariables.KnownEnvironmentId];
        return known.OfType<string>()
            .Where(id => id.StartsWith(wordToComplete.Trim('\'', '"'), StringComparison.OrdinalIgnoreCase))
            .Distinct(StringComparer.Ordinal)
            .Select(id => new CompletionResult(id));
    }
}
