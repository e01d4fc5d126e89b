// A picture (SVG) of a terminal's screen as `tmux capture-pane -e -p` gives it: text with colours and nothing else. Chinese characters take two
// cells, as in the terminal.
//
//     dotnet run tools/Pictures/TerminalPicture.cs < screen.ansi > screen.svg
#:property PublishAot=false
#:property RestorePackagesWithLockFile=false
using System.Globalization;
using System.Net;
using System.Text;

const double CellWidth = 8.4, LineHeight = 19, Margin = 16;
string[] palette =
[
    "#1b1f24", "#ff7b72", "#7ee787", "#e3b341", "#79c0ff", "#d2a8ff", "#76e3ea", "#c9d1d9",
    "#6e7681", "#ffa198", "#aff5b4", "#f2cc60", "#a5d6ff", "#e2c5ff", "#b3f0ff", "#ffffff",
];

string[] lines = Console.In.ReadToEnd().TrimEnd().Split('\n');
int columns = lines.Max(line => string.Concat(Spans(line, new Style()).Spans.Select(span => span.Text)).TrimEnd().EnumerateRunes().Sum(Cells));
string width = (columns * CellWidth + 2 * Margin).ToString("0", CultureInfo.InvariantCulture);
string height = (lines.Length * LineHeight + 2 * Margin).ToString("0", CultureInfo.InvariantCulture);
var picture = new StringBuilder();
picture.Append(CultureInfo.InvariantCulture, $"""
    <svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"
         font-family="'Cascadia Mono', Consolas, Menlo, 'DejaVu Sans Mono', 'Noto Sans Mono CJK SC', 'PingFang SC', 'Microsoft YaHei', monospace"
         font-size="14" fill="{palette[7]}">
      <rect width="100%" height="100%" rx="8" fill="#0d1117"/>

    """);

var style = new Style();
for (int row = 0; row < lines.Length; row++)
{
    (List<(string Text, Style Style)> spans, style) = Spans(lines[row], style);
    double x = Margin, y = Margin + row * LineHeight;
    foreach ((string text, Style look) in spans)
    {
        double length = text.EnumerateRunes().Sum(Cells) * CellWidth;
        (string? ink, string? paper) = look.Reverse ? (look.Paper ?? "#0d1117", look.Ink ?? palette[7]) : (look.Ink, look.Paper);
        if (paper is not null) picture.Append(CultureInfo.InvariantCulture, $"""  <rect x="{x:0.#}" y="{y:0.#}" width="{length:0.#}" height="{LineHeight}" fill="{paper}"/>{'\n'}""");
        foreach (string run in RunsOfOneWidth(text))
        {
            x = Write(run, look.Bold, ink, x, y + 14);
        }
    }
}
Console.Out.Write(picture.Append("</svg>\n"));

// Text whose characters are all equally wide, and where the text after it begins.
double Write(string run, bool bold, string? ink, double x, double y)
{
    int[] cells = [.. run.EnumerateRunes().Select(Cells)];
    double length = cells.Sum() * CellWidth;
    if (string.IsNullOrWhiteSpace(run)) return x + length;

    // The positions hold the columns together, whatever the reader's font is. A length would do the same for narrow characters, which are
    // many; renderers disagree about the space after the last character, which shows only if characters are wide.
    string place = cells[0] == 1
        ? string.Create(CultureInfo.InvariantCulture, $"""x="{x:0.#}" textLength="{length:0.#}" """)
        : $"""x="{string.Join(' ', cells.Select((width, i) => (x + i * width * CellWidth).ToString("0.#", CultureInfo.InvariantCulture)))}" """;
    picture.Append(CultureInfo.InvariantCulture, $"""  <text {place}y="{y:0.#}" xml:space="preserve" """);
    if (ink is not null) picture.Append(CultureInfo.InvariantCulture, $"""fill="{ink}" """);
    if (bold) picture.Append("""font-weight="bold" """);
    picture.Append(CultureInfo.InvariantCulture, $">{WebUtility.HtmlEncode(run)}</text>\n");
    return x + length;
}

IEnumerable<string> RunsOfOneWidth(string text)
{
    int start = 0, width = 0, index = 0;
    foreach (Rune rune in text.EnumerateRunes())
    {
        if (index > 0 && Cells(rune) != width)
        {
            yield return text[start..index];
            start = index;
        }
        width = Cells(rune);
        index += rune.Utf16SequenceLength;
    }
    if (start < index) yield return text[start..];
}

// The cells that a character takes. Only what these pictures need: Chinese characters, their punctuation and full-width forms. Curly quotation marks
// have one cell, as tmux and PowerShell count them. https://www.unicode.org/reports/tr11/
int Cells(Rune rune) => rune.Value is (>= 0x2E80 and <= 0x303E) or (>= 0x3041 and <= 0xA4CF) or (>= 0xF900 and <= 0xFAFF) or (>= 0xFE30 and <= 0xFE6F)
    or (>= 0xFF01 and <= 0xFF60) or (>= 0xFFE0 and <= 0xFFE6) or (>= 0x20000 and <= 0x3FFFD) ? 2 : 1;

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
