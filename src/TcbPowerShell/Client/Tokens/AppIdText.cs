using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Tokens;

/// <summary>Tells an AppId from what merely was meant to be one, before it is sent.</summary>
internal static class AppIdText
{
    // An AppSecret is hexadecimal, so it never begins like this.
    private const string Prefix = "wx";

    /// <summary>Finds a mistake in an AppId, as a sentence about "it"; null if there is none.</summary>
    /// <param name="appId">The AppId.</param>
    /// <param name="appSecret">The secret beside it; null if there is none.</param>
    internal static UserText? FindProblem(string appId, string? appSecret = null)
    {
        if (appId.Any(char.IsWhiteSpace)) return new UserText(nameof(Messages.AppIdWithWhiteSpace));
        if (appId.FirstOrDefault() is '"' or '\'') return new UserText(nameof(Messages.TokenInQuotationMarks));
        bool isSwapped = !appId.StartsWith(Prefix, StringComparison.Ordinal) && (appSecret?.StartsWith(Prefix, StringComparison.Ordinal) ?? false);
        return isSwapped ? new UserText(nameof(Messages.AppIdIsSecret)) : null;
    }
}
