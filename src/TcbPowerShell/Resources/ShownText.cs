using System.Globalization;
using System.Text.RegularExpressions;

namespace TcbPowerShell.Resources;

/// <summary>
/// Makes text that came from outside safe to show: an escape sequence in an ID or in a service's message could rewrite the terminal, and a
/// bidirectional override could make an ID look like another one (rule 11).
/// </summary>
internal static class ShownText
{
    // A password in an address, for example in https_proxy, stands between :// and the last @ before the next slash or space.
    private static readonly Regex UserInfo = new(@"://[^/?#\s""'<>]*@", RegexOptions.CultureInvariant);

    // A query holds what a link is signed with, or a token; that of our own requests is masked already.
    private static readonly Regex Query = new(@"(https?://[^?#\s""'<>]*\?)(?!\w+=\*\*\*)[^\s""'<>]+",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase);

    /// <summary>Masks user info and queries in URLs, and writes control and format characters as <c>&lt;U+001B&gt;</c>.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>What may be shown.</returns>
    internal static string MakeSafe(string text)
    {
        if (text.Contains('@')) text = UserInfo.Replace(text, "://***@");
        text = HideQueries(text);
        foreach (char c in text)
        {
            if (IsUnsafe(c)) return string.Concat(text.Select(c => IsUnsafe(c) ? $"<U+{(int)c:X4}>" : c.ToString()));
        }
        return text;
    }

    /// <summary>Masks the queries of URLs: a download link's is its signature.</summary>
    internal static string HideQueries(string text) => text.Contains('?') ? Query.Replace(text, "$1***") : text;

    /// <summary>The same, where there may be no text.</summary>
    internal static string? MakeSafeOrNull(string? text) => text is null ? null : MakeSafe(text);

    private static bool IsUnsafe(char c) =>
        c is < ' ' or >= '\u007f' && CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
