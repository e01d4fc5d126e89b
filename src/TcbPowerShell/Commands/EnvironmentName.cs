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
        if (CloudFileId.TryParse(environmentId.Trim(), null, out CloudFileId id, out _) && IsValid(id.EnvironmentId))
            return new UserText(nameof(Messages.EnvironmentIdIsFileId), id.EnvironmentId);
        return new UserText(environmentId.Any(char.IsWhiteSpace) ? nameof(Messages.EnvironmentIdWithWhiteSpace) : nameof(Messages.EnvironmentIdInvalid));
    }
}
