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
