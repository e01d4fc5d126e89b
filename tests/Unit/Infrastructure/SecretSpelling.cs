using System.Globalization;
using System.Text.Json;

namespace TcbPowerShell.Tests.Infrastructure;

/// <summary>The ways in which a service, a proxy or a gateway may write a secret that it repeats.</summary>
internal static class SecretSpelling
{
    internal static readonly (string Name, Func<string, string> Write)[] All =
    [
        ("raw", text => text),
        ("JSON, slashes", text => text.Replace("/", "\\/", StringComparison.Ordinal)),
        ("JSON, as .NET writes it", text => JsonSerializer.Serialize(text)[1..^1]),
        ("JSON, lower-case hex", text => Escape(text, "\\u{0:x4}", all: false)),
        ("JSON, upper-case hex", text => Escape(text, "\\u{0:X4}", all: false)),
        ("JSON, each character", text => Escape(text, "\\u{0:x4}", all: true)),
        ("JSON in JSON", text => JsonSerializer.Serialize(JsonSerializer.Serialize(text)[1..^1])[1..^1]),
        ("percent-encoded", Uri.EscapeDataString),
        ("percent-encoded, lower case", text => Escape(text, "%{0:x2}", all: false)),
        ("percent-encoded, each character", text => Escape(text, "%{0:X2}", all: true)),
        ("percent-encoded twice", text => Uri.EscapeDataString(Uri.EscapeDataString(text))),
        ("percent-encoded twice, lower case", text => Escape(text, "%25{0:x2}", all: false)),
        ("percent-encoded in JSON", text => Escape(text, "\\u0025{0:X2}", all: false)),
        ("JSON, percent-encoded", text => Uri.EscapeDataString(Escape(text, "\\u{0:x4}", all: false))),
        ("plus signs as spaces", text => text.Replace('+', ' ')),
        ("HTML entities", text => Escape(text, "&#{0};", all: false)),
        ("HTML entities, hexadecimal", text => Escape(text, "&#x{0:X};", all: false)),
        ("HTML entities, by name", text => text.Replace("+", "&plus;", StringComparison.Ordinal).Replace("/", "&sol;", StringComparison.Ordinal)
            .Replace("=", "&equals;", StringComparison.Ordinal).Replace("_", "&lowbar;", StringComparison.Ordinal)),
        ("hexadecimal escapes", text => Escape(text, "\\x{0:x2}", all: false)),
        ("hexadecimal escapes in JSON, each character", text => Escape(text, "\\\\x{0:X2}", all: true)),
        ("mixed", text => string.Concat(text.Select((c, i) => (i % 4) switch { 0 => Write(c, "%{0:X2}"), 1 => Write(c, "\\u{0:x4}"), 2 => Write(c, "%25{0:x2}"), _ => c.ToString() }))),
        ("cut off", text => text[..(text.Length * 2 / 3)]),
        ("cut off and percent-encoded", text => Uri.EscapeDataString(text[..(text.Length * 2 / 3)])),
    ];

    /// <summary>A character in one of its encodings, or as it is.</summary>
    internal static string Encode(char c, Random random) => random.Next(6) switch
    {
        // Left as they are, they would make another escape of what follows.
        > 3 when c == '\\' => "\\\\",
        > 3 when c == '%' => "%25",
        0 => Write(c, "\\u{0:x4}"),
        1 => Write(c, "\\u{0:X4}"),
        2 => Write(c, "%{0:X2}"),
        3 => Write(c, "%{0:x2}"),
        _ => c.ToString(),
    };

    private static string Escape(string text, string format, bool all) =>
        string.Concat(text.Select(c => all || !char.IsAsciiLetterOrDigit(c) ? Write(c, format) : c.ToString()));

    private static string Write(char c, string format) => string.Format(CultureInfo.InvariantCulture, format, (int)c);
}
