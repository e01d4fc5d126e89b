using System.Text;
using Markdig.Syntax;

namespace TcbPowerShell.Help;

/// <summary>Writes an about topic: text for a terminal of 80 columns.</summary>
internal static class AboutTopic
{
    private const int Width = 79;
    private const string Indent = "    ";

    internal static void Write(MarkdownPage page, string path)
    {
        Section title = page.Title;
        if (title.Sections is not [var summary, _, ..] || summary.Blocks is not [ParagraphBlock shortText])
            throw title.Wrong("the page has to begin with a section of one paragraph, the short description");
        var text = new StringBuilder();
        // Get-Help takes the fifth line for the synopsis: it must hold all of it.
        text.Append("TOPIC\n").Append(Indent).Append(title.Title).Append("\n\n")
            .Append(Heading(summary)).Append(Indent).Append(PlainText.Of(shortText)).Append("\n\n");
        foreach (Section section in title.Sections.Skip(1)) Append(text, section);
        // Windows PowerShell knows UTF-8 by its mark.
        File.WriteAllText(path, text.ToString().TrimEnd() + "\n", new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
    }

    private static void Append(StringBuilder text, Section section)
    {
        text.Append(Heading(section));
        foreach (Block block in section.Blocks)
            text.Append(TextWrap.Indented(PlainText.Of(block), Indent, Width, isCode: block is CodeBlock)).Append("\n\n");
        foreach (Section part in section.Sections) Append(text, part);
    }

    private static string Heading(Section section) => section.Level == 2 ? section.Title.ToUpperInvariant() + "\n" : $"  {section.Title}\n";
}
