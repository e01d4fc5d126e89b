using System.Text;

namespace TcbPowerShell.Protocol;

/// <summary>
/// A text that may be encoded, seen through a number of layers of JSON, percent and HTML encoding, in any mixture: each character knows which
/// part of the original stands for it.
/// </summary>
internal sealed class EncodedText
{
    private readonly int[] _starts;
    private readonly int[] _ends;

    /// <summary>The text itself.</summary>
    internal EncodedText(string text)
    {
        Text = text;
        _starts = new int[text.Length];
        _ends = new int[text.Length];
        for (int i = 0; i < text.Length; i++)
        {
            _starts[i] = i;
            _ends[i] = i + 1;
        }
    }

    private EncodedText(string text, List<int> starts, List<int> ends)
    {
        Text = text;
        _starts = [.. starts];
        _ends = [.. ends];
    }

    /// <summary>The text of this layer.</summary>
    internal string Text { get; }

    /// <summary>The index in the original at which a character of this layer begins.</summary>
    internal int StartOf(int index) => _starts[index];

    /// <summary>The index in the original at which a character of this layer ends.</summary>
    internal int EndOf(int index) => _ends[index];

    /// <summary>The next layer: each escape is decoded once.</summary>
    /// <returns>The layer; null if there is no escape.</returns>
    internal EncodedText? Decode()
    {
        if (Text.IndexOfAny(['\\', ReplyText.Control, '%', '&']) < 0) return null;
        var text = new StringBuilder(Text.Length);
        List<int> starts = new(Text.Length);
        List<int> ends = new(Text.Length);
        bool decoded = false;
        for (int i = 0; i < Text.Length;)
        {
            (string? value, int length) = Text[i] switch
            {
                '\\' or ReplyText.Control => ReadBackslash(i),
                '%' => ReadPercent(i),
                '&' => ReadEntity(i),
                _ => default,
            };
            if (value is null) (value, length) = (Text[i].ToString(), 1);
            else decoded = true;
            foreach (char c in value)
            {
                text.Append(c);
                starts.Add(_starts[i]);
                ends.Add(_ends[i + length - 1]);
            }
            i += length;
        }
        return decoded ? new EncodedText(text.ToString(), starts, ends) : null;
    }

    private (string? Value, int Length) ReadBackslash(int at)
    {
        if (at + 1 == Text.Length) return default;
        if (Text[at] == '\\' && Text[at + 1] is '"' or '\'' or '/' or '\\') return (Text[at + 1].ToString(), 2);
        // Not JSON: nginx and many languages write \x2F. In a reply that was cleaned for the JSON reader the backslash is a control character.
        if (Text[at + 1] is 'x' or 'X' && ReadHex(at + 2, 2) is { } code) return (((char)code).ToString(), 4);
        return Text[at + 1] is 'u' or 'U' && ReadHex(at + 2, 4) is { } unit ? (((char)unit).ToString(), 6) : default;
    }

    // As many bytes as make one character: %E6%96%87.
    private (string? Value, int Length) ReadPercent(int at)
    {
        if (ReadHex(at + 1, 2) is not { } first) return default;
        int count = first switch { >= 0xf0 => 4, >= 0xe0 => 3, >= 0xc0 => 2, _ => 1 };
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++)
        {
            int next = at + (i * 3);
            if (next >= Text.Length || Text[next] != '%' || ReadHex(next + 1, 2) is not { } value) return default;
            bytes[i] = (byte)value;
        }
        return (Encoding.UTF8.GetString(bytes), count * 3);
    }

    // &#43; &#x2B; &amp;
    private (string? Value, int Length) ReadEntity(int at)
    {
        int end = Text.IndexOf(';', at, Math.Min(10, Text.Length - at));
        if (end < 0) return default;
        string name = Text.Substring(at + 1, end - at - 1);
        string? value = name switch
        {
            "amp" => "&",
            "quot" => "\"",
            "apos" => "'",
            "lt" => "<",
            "gt" => ">",
            // Of the names in HTML 5, those of characters that a token can have.
            "plus" => "+",
            "sol" => "/",
            "equals" => "=",
            "lowbar" => "_",
            "period" => ".",
            "commat" => "@",
            _ when name.Length > 2 && name[0] == '#' => ToText(name[1] is 'x' or 'X' ? ReadNumber(at + 3, end, 16) : ReadNumber(at + 2, end, 10)),
            _ => null,
        };
        return (value, end - at + 1);
    }

    private int? ReadHex(int at, int length) => at + length <= Text.Length ? ReadNumber(at, at + length, 16) : null;

    private int? ReadNumber(int at, int end, int radix)
    {
        int number = 0;
        for (; at < end; at++)
        {
            int digit = Text[at] switch
            {
                >= '0' and <= '9' => Text[at] - '0',
                >= 'a' and <= 'f' => Text[at] - 'a' + 10,
                >= 'A' and <= 'F' => Text[at] - 'A' + 10,
                _ => radix,
            };
            if (digit >= radix) return null;
            number = (number * radix) + digit;
        }
        return number;
    }

    private static string? ToText(int? rune) => rune is > 0 and <= 0x10ffff and not (>= 0xd800 and <= 0xdfff) ? char.ConvertFromUtf32(rune.Value) : null;
}
