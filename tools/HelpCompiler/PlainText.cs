using System.Text;
using System.Text.RegularExpressions;
using Markdig.Extensions.Tables;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace TcbPowerShell.Help;

/// <summary>Markdown as a terminal shows it: the words, without the marks.</summary>
internal static partial class PlainText
{
    /// <summary>A block's text. A list has a line for each item, a table some for each row.</summary>
    internal static string Of(Block block) => block switch
    {
        CodeBlock code => Code(code),
        LeafBlock leaf => Of(leaf.Inline),
        ListBlock list => string.Join('\n', list.Cast<ListItemBlock>().Select((item, index) => Item(list, item, index))),
        Table table => string.Join('\n', table.Skip(1).Cast<TableRow>().Select(row => Row((TableRow)table[0], row))),
        ContainerBlock container => string.Join('\n', container.Select(Of)),
        _ => throw new NotSupportedException($"line {block.Line + 1}: {block.GetType().Name}"),
    };

    /// <summary>The lines between a code block's fences.</summary>
    internal static string Code(CodeBlock code) => code.Lines.ToString().TrimEnd();

    private static string Item(ListBlock list, ListItemBlock item, int index)
    {
        string mark = list.IsOrdered ? $"{index + 1}. " : "- ";
        string indent = new(' ', mark.Length);
        return mark + string.Join('\n', item.Select(Of)).Replace("\n", "\n" + indent, StringComparison.Ordinal);
    }

    // A terminal has no room for three columns: the first cell with the second one beside it, and each further cell on a line of its own
    // with the heading of its column.
    private static string Row(TableRow headings, TableRow row)
    {
        string[] cells = [.. row.Cast<TableCell>().Select(Of)];
        IEnumerable<string> further = cells.Select((cell, i) => Labelled(Of((TableCell)headings[i]), cell)).Where((_, i) => i > 1 && cells[i].Length > 0);
        // A sentence in the first cell keeps its full stop in a table, but not before a colon.
        string first = cells[0].TrimEnd('.', '。');
        return string.Join("\n  ", further.Prepend($"- {first}{(first[^1] > '\u2E80' ? "：" : ": ")}{cells[1]}"));
    }

    private static string Labelled(string heading, string cell) =>
        heading[^1] > '\u2E80' ? $"{heading}：{cell}" : $"{char.ToUpperInvariant(heading[0])}{heading[1..]}: {cell}";

    private static string Of(TableCell cell) => string.Join(' ', cell.Select(Of));

    private static string Of(ContainerInline? inlines)
    {
        var text = new StringBuilder();
        foreach (Inline inline in inlines ?? Enumerable.Empty<Inline>()) Append(text, inline);
        // The end of a line in the source is a space in Latin script and nothing in Chinese.
        return SourceLineEnd().Replace(text.ToString(), " ").Replace("\n", string.Empty, StringComparison.Ordinal);
    }

    private static void Append(StringBuilder text, Inline inline)
    {
        switch (inline)
        {
            case LiteralInline literal:
                text.Append(literal.Content);
                break;
            case CodeInline code:
                text.Append(code.Content);
                break;
            case LineBreakInline:
                text.Append('\n');
                break;
            case HtmlEntityInline entity:
                text.Append(entity.Transcoded);
                break;
            case LinkInline { IsImage: false } link when link.Url is { } url && url.StartsWith("http", StringComparison.Ordinal):
                text.Append(Of(link)).Append(" (").Append(url).Append(')');
                break;
            case AutolinkInline link:
                text.Append(link.Url);
                break;
            case ContainerInline container and not LinkInline { IsImage: true }:
                foreach (Inline child in container) Append(text, child);
                break;
            default:
                // Better no build than help that lacks something.
                throw new NotSupportedException($"line {inline.Line + 1}: {inline.GetType().Name}");
        }
    }

    [GeneratedRegex(@"(?<![\u2E80-\uFFEF])\n|\n(?![\u2E80-\uFFEF])")]
    private static partial Regex SourceLineEnd();
}
