using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Text.RegularExpressions;
using TcbPowerShell.Model;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Commands;

/// <summary>The form of an environment ID. In a file ID it ends at the first dot, so an ID with a dot can never match.</summary>
internal static class EnvironmentName
{
    // Not $ at the end: it also matches before a line feed.
    private const string Pattern = "^[A-Za-z0-9][A-Za-z0-9_-]*\\z";

    internal static bool IsValid(string environmentId) => Regex.IsMatch(environmentId, Pattern, RegexOptions.CultureInvariant);

    /// <summary>Finds a mistake in an environment ID, as sentences that do not repeat it: it may be a token that was pasted here.</summary>
    internal static UserText? FindProblem(string environmentId)
    {
        if (IsValid(environmentId)) return null;
        if (string.IsNullOrWhiteSpace(environmentId)) return new UserText(nameof(Messages.EnvironmentIdEmpty));
        if (CloudFileId.TryParse(environmentId.Trim(), null, out CloudFileId id, out _) && IsValid(id.EnvironmentId))
            return new UserText(nameof(Messages.EnvironmentIdIsFileId), id.EnvironmentId);
        return new UserText(environmentId.Any(char.IsWhiteSpace) ? nameof(Messages.EnvironmentIdWithWhiteSpace) : nameof(Messages.EnvironmentIdInvalid));
    }
}

/// <summary>Checks an environment ID, and says what is wrong with it. ValidatePattern would show a regular expression.</summary>
internal sealed class EnvironmentIdArgumentAttribute : ValidateArgumentsAttribute
{
    /// <inheritdoc/>
    protected override void Validate(object arguments, EngineIntrinsics engineIntrinsics)
    {
        if (EnvironmentName.FindProblem(arguments as string ?? string.Empty) is { } problem)
            throw new ValidationMetadataException(problem.Format(CultureInfo.CurrentUICulture));
    }
}

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
