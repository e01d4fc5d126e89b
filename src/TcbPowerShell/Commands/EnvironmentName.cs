using System.Text.RegularExpressions;

namespace TcbPowerShell.Commands;

/// <summary>What an environment ID looks like. A file ID names it up to its first dot, so a dot can never match.</summary>
internal static class EnvironmentName
{
    // Not $ at the end: that also stands before a line end.
    internal const string Pattern = "^[A-Za-z0-9][A-Za-z0-9_-]*\\z";

    internal static bool IsValid(string environmentId) => Regex.IsMatch(environmentId, Pattern, RegexOptions.CultureInvariant);
}
