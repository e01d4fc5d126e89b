using TcbPowerShell.Resources;

namespace TcbPowerShell.Protocol;

/// <summary>
/// Takes secrets out of text that came from elsewhere: a service, a proxy or a gateway may repeat a request, encoded in a way of its own (rule 11).
/// It hides each secret of the call, also one that is cut off behind its first characters; the values of names such as <c>access_token=…</c>,
/// <c>"refresh_token":"…"</c> and <c>Authorization: …</c>; and user info and queries in addresses. It takes linear time.
/// </summary>
/// <param name="secrets">The secrets of the call.</param>
internal sealed class Redactor(params IEnumerable<string> secrets)
{
    // A secret of a few letters would be found inside ordinary words; it is only hidden where its name stands before it. A real one has dozens.
    private const int ShortestSearched = 8;

    // Percent-encoded twice inside JSON inside JSON, and more.
    private const int MostLayers = 6;

    // Of words without a separator, such as appSecret; "design" does not end in a secret's name.
    private static readonly string[] NameEnds =
        ["token", "secret", "secretkey", "secretid", "signature", "password", "passwd", "authorization", "-sign", "_sign", "-ak", "_pwd", "-pwd", "download_url"];

    private static readonly string[] Names = ["sign", "pwd", "ak"];

    private readonly string[] _secrets = [.. secrets.Where(secret => secret.Length >= ShortestSearched).Distinct()];

    /// <summary>The same with further secrets.</summary>
    internal Redactor With(params string[] more) => new([.. _secrets, .. more]);

    /// <summary>Takes the secrets out.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>The text, with stars in place of secrets.</returns>
    internal string Redact(string text)
    {
        bool[]? hidden = null;
        var layer = new EncodedText(text);
        for (int i = 0; i <= MostLayers && layer is not null; i++)
        {
            EncodedText current = layer;
            void Hide(int start, int end)
            {
                if (end > start) ShownText.Hide(hidden ??= new bool[text.Length], current.StartOf(start), current.EndOf(end - 1));
            }

            foreach (string secret in _secrets) HideSecret(current.Text, secret, Hide);
            HideNamedValues(current.Text, Hide);
            ShownText.HideInAddresses(current.Text, Hide);
            layer = current.Decode();
        }
        return ShownText.Mask(text, hidden);
    }

    // Overlapping places count, too: a secret can contain its own beginning.
    private static void HideSecret(string text, string secret, Action<int, int> hide)
    {
        int hiddenTo = 0;
        for (int start = 0; start <= text.Length - ShortestSearched; start++)
        {
            int length = 0;
            while (length < secret.Length && start + length < text.Length && IsSame(text[start + length], secret[length])) length++;
            if (length < ShortestSearched || start + length <= hiddenTo) continue;
            hide(Math.Max(start, hiddenTo), start + length);
            hiddenTo = start + length;
        }
    }

    // In a form, a plus sign is a space.
    private static bool IsSame(char c, char other) => c == other || (c is '+' or ' ' && other is '+' or ' ');

    private static void HideNamedValues(string text, Action<int, int> hide)
    {
        for (int i = 0; i < text.Length; i++)
        {
            int start = i;
            while (i < text.Length && IsPartOfName(text[i])) i++;
            if (i == start || !IsSecretName(text, start, i)) continue;
            int at = i;
            while (at < text.Length && text[at] is '"' or '\'' or '\\') at++;
            at = SkipSpaces(text, at);
            if (at == text.Length || text[at] is not ('=' or ':')) continue;
            (int first, int end) = FindValue(text, SkipSpaces(text, at + 1), isProperty: text[at] == ':', EndsWith(text, start, i, "authorization"));
            if (string.CompareOrdinal(text, first, "null", 0, end - first) != 0) hide(first, end);
            i = Math.Max(i, end - 1);
        }
    }

    private static (int Start, int End) FindValue(string text, int at, bool isProperty, bool isHeader)
    {
        while (at < text.Length && text[at] is '\\' or '[' or ' ') at++;
        char quote = at < text.Length && text[at] is '"' or '\'' ? text[at++] : default;
        int start = at;
        // The quotation marks of JSON in a JSON string are escaped themselves, and end the value.
        bool hasEscapes = quote != default && start > 1 && text[start - 2] != '\\';
        for (; at < text.Length; at++)
        {
            char c = text[at];
            if (quote != default ? c == quote : c is '"' or '\'' or '<' or '>' || IsEndOfValue(c, isProperty, isHeader)) break;
            if (hasEscapes && c == '\\' && at + 1 < text.Length) at++;
        }
        return (start, at);
    }

    private static bool IsEndOfValue(char c, bool isProperty, bool isHeader) =>
        isHeader ? c is '\r' or '\n' : c == '&' || char.IsWhiteSpace(c) || (isProperty && c is ',' or '}' or ']');

    private static bool IsSecretName(string text, int start, int end) =>
        Array.Exists(NameEnds, name => EndsWith(text, start, end, name)) || Array.Exists(Names, name => name.Length == end - start && EndsWith(text, start, end, name));

    private static bool EndsWith(string text, int start, int end, string name) =>
        end - start >= name.Length && string.Compare(text, end - name.Length, name, 0, name.Length, StringComparison.OrdinalIgnoreCase) == 0;

    private static bool IsPartOfName(char c) => c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '_' or '-';

    private static int SkipSpaces(string text, int at)
    {
        while (at < text.Length && text[at] == ' ') at++;
        return at;
    }
}
