using System.Text.RegularExpressions;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Tokens;

/// <summary>Tells a token from what merely was meant to be one, before it is sent.</summary>
internal static class TokenText
{
    // As it stands in the Authorization header of other services.
    private static readonly Regex Bearer = new(@"^\s*(authorization\s*:\s*)?bearer(\s|:)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    /// <summary>Finds a mistake in a token, as a sentence about "it" that never repeats the token; null if there is none.</summary>
    internal static UserText? FindProblem(string token)
    {
        if (token.Length == 0) return new UserText(nameof(Messages.TokenEmpty));
        if (token.Length > TokenReply.MaxTokenLength) return new UserText(nameof(Messages.TokenTooLong), TokenReply.MaxTokenLength);
        char start = token.TrimStart().FirstOrDefault();
        if (start == '{') return new UserText(nameof(Messages.TokenIsJson));
        if (start is '"' or '\'') return new UserText(nameof(Messages.TokenInQuotationMarks));
        if (Bearer.IsMatch(token)) return new UserText(nameof(Messages.TokenWithBearer));
        if (token.Any(char.IsWhiteSpace)) return new UserText(nameof(Messages.TokenWithWhiteSpace));
        return token.Any(c => c is < ' ' or > '~') ? new UserText(nameof(Messages.TokenWithOddCharacter)) : null;
    }
}

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
