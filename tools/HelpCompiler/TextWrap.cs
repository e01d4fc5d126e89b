using System.Text;

namespace TcbPowerShell.Help;

/// <summary>Breaks lines for a terminal, where a Chinese character takes two columns and may end a line without a space.</summary>
internal static class TextWrap
{
    // No line begins with these.
    private const string Closing = "，。、；：？！）》」』”’…";

    // No line ends with these.
    private const string Opening = "（《「『“‘";

    /// <summary>Text with each line indented, and broken where it is too long. The continuation of an item in a list is indented with it.</summary>
    internal static string Indented(string text, string indent, int width, bool isCode) =>
        string.Join('\n', text.Split('\n').Select(line => isCode ? (indent + line).TrimEnd() : Wrap(line, indent, width)));

    private static string Wrap(string line, string indent, int width)
    {
        string content = line.TrimStart(' ');
        string hanging = indent + new string(' ', line.Length - content.Length + (content.StartsWith("- ", StringComparison.Ordinal) ? 2 : 0));
        var text = new StringBuilder(indent).Append(' ', line.Length - content.Length);
        int column = text.Length;
        bool isNew = true;
        foreach (string word in Words(content))
        {
            if (!isNew && column + WidthOf(word.TrimEnd()) > width)
            {
                while (text[^1] == ' ') text.Length--;
                text.Append('\n').Append(hanging);
                column = hanging.Length;
            }
            text.Append(word);
            column += WidthOf(word);
            isNew = false;
        }
        return text.ToString().TrimEnd();
    }

    // A word is what cannot be broken: Latin letters up to a space, or a Chinese character with the marks that belong to it.
    private static IEnumerable<string> Words(string line)
    {
        int start = 0;
        for (int i = 1; i < line.Length; i++)
        {
            if (!CanBreak(line[i - 1], line[i])) continue;
            yield return line[start..i];
            start = i;
        }
        if (start < line.Length) yield return line[start..];
    }

    private static bool CanBreak(char before, char after)
    {
        if (after == ' ' || Closing.Contains(after) || Opening.Contains(before)) return false;
        return before == ' ' || IsWide(before) || IsWide(after);
    }

    private static int WidthOf(string text) => text.Sum(c => IsWide(c) ? 2 : 1);

    private static bool IsWide(char c) => c is >= '\u2E80' and <= '\uFFEF' || Closing.Contains(c) || Opening.Contains(c);
}
