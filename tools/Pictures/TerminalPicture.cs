// A picture (SVG) of a terminal's screen as `tmux capture-pane -e -p` gives it: text with colours and nothing else.
//
//     dotnet run tools/Pictures/TerminalPicture.cs < screen.ansi > screen.svg
using System.Globalization;
using System.Net;
using System.Text;

const double CharWidth = 8.4, LineHeight = 19, Margin = 16;
string[] palette =
[
    "#1b1f24", "#ff7b72", "#7ee787", "#e3b341", "#79c0ff", "#d2a8ff", "#76e3ea", "#c9d1d9",
    "#6e7681", "#ffa198", "#aff5b4", "#f2cc60", "#a5d6ff", "#e2c5ff", "#b3f0ff", "#ffffff",
];

string[] lines = Console.In.ReadToEnd().TrimEnd().Split('\n');
int columns = lines.Max(line => Spans(line, new Style()).Spans.Sum(span => span.Text.Length));
string width = (columns * CharWidth + 2 * Margin).ToString("0", CultureInfo.InvariantCulture);
string height = (lines.Length * LineHeight + 2 * Margin).ToString("0", CultureInfo.InvariantCulture);
var picture = new StringBuilder();
picture.Append(CultureInfo.InvariantCulture, $"""
    <svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"
         font-family="'Cascadia Mono', Consolas, Menlo, 'DejaVu Sans Mono', monospace" font-size="14" fill="{palette[7]}">
      <rect width="100%" height="100%" rx="8" fill="#0d1117"/>

    """);

var style = new Style();
for (int row = 0; row < lines.Length; row++)
{
    (List<(string Text, Style Style)> spans, style) = Spans(lines[row], style);
    double x = Margin, y = Margin + row * LineHeight;
    foreach ((string text, Style look) in spans)
    {
        double length = text.Length * CharWidth;
        (string? ink, string? paper) = look.Reverse ? (look.Paper ?? "#0d1117", look.Ink ?? palette[7]) : (look.Ink, look.Paper);
        if (paper is not null) picture.Append(CultureInfo.InvariantCulture, $"""  <rect x="{x:0.#}" y="{y:0.#}" width="{length:0.#}" height="{LineHeight}" fill="{paper}"/>{'\n'}""");
        if (!string.IsNullOrWhiteSpace(text))
        {
            // The length holds the columns together, whatever the font of the reader is.
            picture.Append(CultureInfo.InvariantCulture, $"""  <text x="{x:0.#}" y="{y + 14:0.#}" textLength="{length:0.#}" xml:space="preserve" """);
            if (ink is not null) picture.Append(CultureInfo.InvariantCulture, $"""fill="{ink}" """);
            if (look.Bold) picture.Append("""font-weight="bold" """);
            picture.Append(CultureInfo.InvariantCulture, $">{WebUtility.HtmlEncode(text)}</text>\n");
        }
        x += length;
    }
}
Console.Out.Write(picture.Append("</svg>\n"));

// The pieces of a line that look alike, and the look that the next line begins with.
(List<(string Text, Style Style)> Spans, Style Style) Spans(string line, Style current)
{
    List<(string Text, Style Style)> spans = [];
    string[] parts = line.Split("\x1b[");
    if (parts[0].Length > 0) spans.Add((parts[0], current));
    foreach (string part in parts.Skip(1))
    {
        int end = part.IndexOf('m', StringComparison.Ordinal);
        foreach (string code in part[..end].Split(';')) current = Apply(current, code.Length == 0 ? 0 : int.Parse(code, CultureInfo.InvariantCulture));
        if (end + 1 < part.Length) spans.Add((part[(end + 1)..], current));
    }
    return (spans, current);
}

Style Apply(Style style, int code) => code switch
{
    0 => new Style(),
    1 => style with { Bold = true },
    7 => style with { Reverse = true },
    22 => style with { Bold = false },
    27 => style with { Reverse = false },
    >= 30 and <= 37 => style with { Ink = palette[code - 30] },
    39 => style with { Ink = null },
    >= 40 and <= 47 => style with { Paper = palette[code - 40] },
    49 => style with { Paper = null },
    >= 90 and <= 97 => style with { Ink = palette[code - 90 + 8] },
    >= 100 and <= 107 => style with { Paper = palette[code - 100 + 8] },
    _ => style,
};

/// <summary>How text looks.</summary>
internal sealed record Style(string? Ink = null, string? Paper = null, bool Bold = false, bool Reverse = false);
