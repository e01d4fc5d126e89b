using System.Globalization;
using System.Text;

namespace TcbPowerShell.Resources;

/// <summary>
/// A text for the user: a key of Messages.resx and its arguments. It is formatted where it is shown, in the language of the session; the
/// journal and <c>Exception.Data</c> get the English one.
/// </summary>
/// <param name="key">The key, as <c>nameof(Messages.Key)</c>.</param>
/// <param name="arguments">Strings (which are made safe to show), numbers, or texts.</param>
internal sealed class UserText(string key, params object?[] arguments)
{
    /// <summary>The key.</summary>
    internal string Key => key;

    /// <summary>The arguments.</summary>
    internal IReadOnlyList<object?> Arguments => arguments;

    /// <summary>The text in a language. Numbers are written the same way in each: some cultures have a minus sign of their own.</summary>
    /// <param name="language">The language; English if there is no translation.</param>
    /// <returns>The text.</returns>
    internal string Format(CultureInfo language)
    {
        object?[] shown = Array.ConvertAll(arguments, argument => argument switch
        {
            UserText text => text.Format(language),
            string text => ShownText.MakeSafe(text),
            _ => argument,
        });
        return string.Format(CultureInfo.InvariantCulture, Messages.ResourceManager.GetString(key, language)!, shown);
    }

    /// <summary>The text in English.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => Format(CultureInfo.InvariantCulture);
}

/// <summary>
/// Makes text that came from outside safe to show: an escape sequence in an ID or in a service's message could rewrite the terminal, and a
/// bidirectional override could make an ID look like another one (rule 11). It takes linear time.
/// </summary>
internal static class ShownText
{
    /// <summary>Masks user info and queries in URLs, and writes control and format characters as <c>&lt;U+001B&gt;</c>.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>A text that may be shown.</returns>
    internal static string MakeSafe(string text)
    {
        bool[]? hidden = null;
        HideInAddresses(text, (start, end) => Hide(hidden ??= new bool[text.Length], start, end));
        return Escape(Mask(text, hidden));
    }

    /// <summary>The same for a text that may be null.</summary>
    internal static string? MakeSafeOrNull(string? text) => text is null ? null : MakeSafe(text);

    /// <summary>The start of a text that is too long, and an ellipsis.</summary>
    internal static string Cut(string text, int longest) =>
        text.Length <= longest ? text : text.Remove(char.IsHighSurrogate(text[longest - 1]) ? longest - 1 : longest) + "…";

    /// <summary>
    /// Finds what is secret in the addresses of a text. A password in an address, for example in https_proxy, stands between :// and the last @ before
    /// the next slash or space. A query holds what a link is signed with, or a token; one that is masked already stays as it is.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="hide">Gets the start and the end of each part.</param>
    internal static void HideInAddresses(string text, Action<int, int> hide)
    {
        bool inLink = false;
        int mark = text.IndexOf("://", StringComparison.Ordinal);
        for (int i = mark; i >= 0 && i < text.Length; i++)
        {
            if (i == mark)
            {
                HideUserInfo(text, i + 3, hide);
                inLink |= EndsWith(text, i, "http") || EndsWith(text, i, "https");
                mark = text.IndexOf("://", i + 3, StringComparison.Ordinal);
                i += 2;
            }
            else if (inLink && text[i] == '?')
            {
                int end = i + 1;
                while (end < text.Length && !IsEndOfAddress(text[end])) end++;
                if (end > i + 1 && !IsMasked(text, i + 1, end)) hide(i + 1, end);
                inLink = false;
                i = end - 1;
                if (mark >= 0 && mark < end) mark = text.IndexOf("://", end, StringComparison.Ordinal);
            }
            else if (!inLink && mark < 0) break;
            else if (!inLink) i = mark - 1;
            else if (text[i] == '#' || IsEndOfAddress(text[i])) inLink = false;
        }
    }

    /// <summary>Marks a part of a text as hidden.</summary>
    internal static void Hide(bool[] hidden, int start, int end)
    {
        for (int i = start; i < end; i++) hidden[i] = true;
    }

    /// <summary>A text with stars in place of its hidden parts.</summary>
    internal static string Mask(string text, bool[]? hidden)
    {
        if (hidden is null) return text;
        var shown = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (!hidden[i]) shown.Append(text[i]);
            else if (i == 0 || !hidden[i - 1]) shown.Append("***");
        }
        return shown.ToString();
    }

    private static void HideUserInfo(string text, int start, Action<int, int> hide)
    {
        int userEnd = start;
        for (int i = start; i < text.Length && text[i] is not ('/' or '?' or '#') && !IsEndOfAddress(text[i]); i++)
        {
            if (text[i] == '@') userEnd = i;
        }
        if (userEnd > start) hide(start, userEnd);
    }

    private static bool EndsWith(string text, int end, string scheme) =>
        end >= scheme.Length && string.Compare(text, end - scheme.Length, scheme, 0, scheme.Length, StringComparison.OrdinalIgnoreCase) == 0;

    private static bool IsEndOfAddress(char c) => c is '"' or '\'' or '<' or '>' || char.IsWhiteSpace(c);

    private static bool IsMasked(string query, int start, int end)
    {
        int value = query.IndexOf('=', start, end - start) + 1;
        return value > 0 && end - value == 3 && string.CompareOrdinal(query, value, "***", 0, 3) == 0;
    }

    private static string Escape(string text)
    {
        StringBuilder? shown = null;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] is >= ' ' and < '\u007f')
            {
                shown?.Append(text[i]);
                continue;
            }
            bool isPair = char.IsSurrogatePair(text, i);
            int rune = isPair ? char.ConvertToUtf32(text, i) : text[i];
            if (IsUnsafe(rune, CharUnicodeInfo.GetUnicodeCategory(text, i)))
                (shown ??= new StringBuilder(text, 0, i, text.Length + 64)).AppendFormat(CultureInfo.InvariantCulture, "<U+{0:X4}>", rune);
            else shown?.Append(text, i, isPair ? 2 : 1);
            if (isPair) i++;
        }
        return shown?.ToString() ?? text;
    }

    // Private characters and those without a meaning are shown as they are: old Chinese names hold the former, and to .NET Framework the emoji of
    // recent years are the latter. The tags of plane 14 are invisible whether or not they have a meaning yet; its variation selectors belong to
    // the character before them.
    private static bool IsUnsafe(int rune, UnicodeCategory category) =>
        category is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate
        || rune is (>= 0xe0000 and < 0xe0100) or (> 0xe01ef and < 0xe1000);
}
