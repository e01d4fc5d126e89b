using System.Text.RegularExpressions;
using TcbPowerShell.Model;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Commands;

/// <summary>What an environment ID looks like. A file ID names it up to its first dot, so a dot can never match.</summary>
internal static class EnvironmentName
{
    // Not $ at the end: that also stands before a line end.
    private const string Pattern = "^[A-Za-z0-9][A-Za-z0-9_-]*\\z";

    internal static bool IsValid(string environmentId) => Regex.IsMatch(environmentId, Pattern, RegexOptions.CultureInvariant);

    /// <summary>What is wrong with an environment ID, as sentences. It is not repeated: it may be a token that was pasted here.</summary>
    internal static UserText? FindProblem(string environmentId)
    {
        if (IsValid(environmentId)) return null;
        if (CloudFileId.TryParse(environmentId.Trim(), null, out CloudFileId id, out _) && IsValid(id.EnvironmentId))
            return new UserText(nameof(Messages.EnvironmentIdIsFileId), id.EnvironmentId);
        return new UserText(environmentId.Any(char.IsWhiteSpace) ? nameof(Messages.EnvironmentIdWithWhiteSpace) : nameof(Messages.EnvironmentIdInvalid));
    }
}
