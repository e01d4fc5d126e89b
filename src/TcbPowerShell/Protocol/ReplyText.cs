using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Protocol;

/// <summary>
/// Makes the bytes of a reply fit for a JSON reader, and reads its values. Replies are decoded as UTF-8 whatever their Content-Type says. A text that
/// cannot be decoded spoils only that text.
/// </summary>
internal static class ReplyText
{
    /// <summary>
    /// Replaces a control character inside a string, and the backslash of an escape that JSON does not have. Like U+FFFD it is nothing that a file ID
    /// can hold, so it cannot turn one ID into another.
    /// </summary>
    internal const char Control = '\u007f';

    /// <summary>The longest text of the service that is kept.</summary>
    internal const int Longest = 1000;

    // Bytes.
    private const int LongestShown = 64 * 1024;

    /// <summary>Removes a byte order mark, and replaces what a JSON reader would refuse inside a string.</summary>
    /// <param name="utf8">The reply, overwritten.</param>
    /// <returns>Valid UTF-8, each string of which can be decoded.</returns>
    internal static ReadOnlyMemory<byte> Clean(byte[] utf8)
    {
        int start = utf8.AsSpan().StartsWith("\ufeff"u8) ? 3 : 0;
        bool inString = false;
        bool isAscii = true;
        for (int i = start; i < utf8.Length; i++)
        {
            if (utf8[i] > '\u007f') isAscii = false;
            else if (utf8[i] == '"') inString = !inString;
            else if (utf8[i] == '\\' && inString) i = CleanEscape(utf8, i);
            else if (utf8[i] < ' ') utf8[i] = (byte)(inString ? Control : ' ');
        }
        ReadOnlyMemory<byte> clean = utf8.AsMemory(start);
        return isAscii ? clean : Repair(clean);
    }

    /// <summary>A text of the service, as it may be shown and kept.</summary>
    /// <param name="text">The text.</param>
    /// <param name="redact">Takes the secrets out of it.</param>
    internal static string Read(string text, Func<string, string> redact) => redact(Cut(text)).Replace(Control, ' ');

    /// <summary>A reply as the debug stream shows it: the longest true one is rarely longer than this.</summary>
    internal static string Show(byte[] utf8) =>
        utf8.Length <= LongestShown ? Encoding.UTF8.GetString(utf8) : Encoding.UTF8.GetString(utf8, 0, LongestShown) + "…";

    /// <summary>A whole number in any usual spelling: <c>0</c>, <c>"0"</c>, <c>0.0</c>, <c>0e0</c>.</summary>
    /// <returns>The number; null for anything else.</returns>
    internal static int? ReadInteger(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.TryGetInt32(out int number) ? number : ReadInteger(value.GetRawText()),
        JsonValueKind.String => ReadInteger(value.GetString()!),
        _ => null,
    };

    /// <summary>A reply that is not JSON: perhaps a web page, which a captive portal or a proxy puts in the service's place.</summary>
    internal static TcbException NotJson(ReadOnlySpan<byte> utf8) => IsWebPage(utf8)
        ? new TcbException(new UserText(nameof(Messages.ReplyIsWebPage)), FailureCategory.WebPage)
        : TcbException.Unreadable(nameof(Messages.ReplyNotJson));

    // The request ID stands at the end of a text, and is what support asks for.
    private static string Cut(string text)
    {
        if (text.Length <= Longest) return text;
        string start = ShownText.Cut(text, Longest);
        return RequestId.Find(text) is { } id ? $"{start} rid: {id}" : start;
    }

    private static int? ReadInteger(string text)
    {
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)) return number;
        // As long as this, a decimal holds every digit, and only a number near zero can be rounded to a whole one.
        const int longest = 24;
        const NumberStyles style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (text.Length > longest || !decimal.TryParse(text, style, CultureInfo.InvariantCulture, out decimal value)) return null;
        if (value == 0) return text.Split('e', 'E')[0].Any(c => c is >= '1' and <= '9') ? null : 0;
        return value == decimal.Truncate(value) && value is >= int.MinValue and <= int.MaxValue ? (int)value : null;
    }

    // Half a surrogate pair becomes U+FFFD, which has an escape of the same length.
    private static int CleanEscape(byte[] utf8, int at)
    {
        if (at + 1 < utf8.Length && "\"\\/bfnrt"u8.IndexOf(utf8[at + 1]) >= 0) return at + 1;
        if (ReadEscape(utf8, at) is not { } unit)
        {
            utf8[at] = (byte)Control;
            return at;
        }
        if (char.IsHighSurrogate(unit) && ReadEscape(utf8, at + 6) is { } low && char.IsLowSurrogate(low)) return at + 11;
        if (char.IsSurrogate(unit)) "fffd"u8.CopyTo(utf8.AsSpan(at + 2));
        return at + 5;
    }

    private static char? ReadEscape(byte[] utf8, int at) =>
        at + 6 <= utf8.Length && utf8[at] == '\\' && utf8[at + 1] == 'u'
        && Utf8Parser.TryParse(utf8.AsSpan(at + 2, 4), out ushort unit, out int length, 'x') && length == 4 ? (char)unit : null;

    private static ReadOnlyMemory<byte> Repair(ReadOnlyMemory<byte> utf8)
    {
        string text = Encoding.UTF8.GetString(utf8.ToArray());
        return text.Contains('\ufffd') ? Encoding.UTF8.GetBytes(text) : utf8;
    }

    private static bool IsWebPage(ReadOnlySpan<byte> utf8)
    {
        while (utf8.Length > 0 && utf8[0] == ' ') utf8 = utf8.Slice(1);
        string start = Encoding.UTF8.GetString(utf8.Slice(0, Math.Min(utf8.Length, 15)).ToArray());
        return start.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase) || start.StartsWith("<html", StringComparison.OrdinalIgnoreCase);
    }
}

/// <summary>
/// Finds the request ID that the service puts at the end of an errmsg: <c>rid: 68d0e15f-18b1eca2-4de8f3b9</c>, or the older
/// <c>hint: [tp9AvA04171107]</c> and <c>hints: [ req_id: X ]</c>. It takes linear time.
/// </summary>
internal static class RequestId
{
    // A text that is longer is no ID, and would be repeated in each message.
    private const int Longest = 128;

    private const string AroundIds = ",;()[]{}\"'<>，；。（）【】“”";

    private static readonly string[] Marks = ["rid", "req_id", "hint", "hints"];

    /// <summary>Finds the ID: the last rid, or else the last of the older forms.</summary>
    /// <param name="message">An errmsg.</param>
    /// <returns>The ID; null if there is none.</returns>
    internal static string? Find(string? message)
    {
        string? rid = null;
        string? older = null;
        for (Clause? clause = Next(message ?? string.Empty, 0); clause is { } found; clause = Next(message!, found.End))
        {
            if (found.Mark == Marks[0]) rid = found.Id;
            else older = found.Id;
        }
        return ShownText.MakeSafeOrNull(rid ?? older);
    }

    /// <summary>A text without the request IDs in it, and without what separates it from them.</summary>
    internal static string Without(string message)
    {
        var rest = new StringBuilder();
        int start = 0;
        for (Clause? clause = Next(message, 0); clause is { } found; clause = Next(message, start = found.End)) rest.Append(message, start, found.Start - start);
        return start == 0 ? message.Trim() : rest.Append(message, start, message.Length - start).ToString().Trim(' ', ',', ';', '.', '\r', '\n', '\t');
    }

    private static Clause? Next(string text, int from)
    {
        for (int colon = text.IndexOf(':', from); colon >= 0; colon = text.IndexOf(':', colon + 1))
        {
            if (Array.Find(Marks, mark => EndsWith(text, from, colon, mark)) is not { } mark) continue;
            int at = SkipSpaces(text, colon + 1);
            bool isBracketed = at < text.Length && text[at] == '[';
            if (isBracketed) at = SkipSpaces(text, at + 1);
            if (Array.Find(Marks, inner => string.CompareOrdinal(text, at, inner + ":", 0, inner.Length + 1) == 0) is { } inner)
                at = SkipSpaces(text, at + inner.Length + 1);
            int end = at;
            while (end < text.Length && end - at <= Longest && !IsEndOfId(text[end])) end++;
            // An ID in brackets may end in an exclamation mark; elsewhere it belongs to the sentence.
            string id = text.Substring(at, end - at);
            if (!isBracketed) id = id.TrimEnd('.', ':', '!', '?', '\\');
            if (id.Length is 0 or > Longest) continue;
            int after = SkipSpaces(text, end);
            if (isBracketed && after < text.Length && text[after] == ']') end = after + 1;
            return new Clause(colon - mark.Length, end, mark, id);
        }
        return null;
    }

    // "grid:" is another word.
    private static bool EndsWith(string text, int from, int end, string mark)
    {
        int start = end - mark.Length;
        return start >= from && string.CompareOrdinal(text, start, mark, 0, mark.Length) == 0
            && (start == 0 || text[start - 1] is not ((>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '_'));
    }

    private static bool IsEndOfId(char c) => char.IsWhiteSpace(c) || char.IsControl(c) || AroundIds.Contains(c);

    private static int SkipSpaces(string text, int at)
    {
        while (at < text.Length && text[at] == ' ') at++;
        return at;
    }

    private readonly record struct Clause(int Start, int End, string Mark, string Id);
}
