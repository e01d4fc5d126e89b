using Markdig;
using Markdig.Extensions.Yaml;
using Markdig.Syntax;

namespace TcbPowerShell.Help;

/// <summary>A page: its front matter, and its text as a tree of headings.</summary>
/// <param name="FrontMatter">The values between the lines of dashes at the top.</param>
/// <param name="Title">The page's one heading of the first level.</param>
internal sealed record MarkdownPage(IReadOnlyDictionary<string, string> FrontMatter, Section Title)
{
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder().UseYamlFrontMatter().UsePipeTables().Build();

    internal static MarkdownPage Read(string path)
    {
        MarkdownDocument document = Markdown.Parse(File.ReadAllText(path), Pipeline);
        var frontMatter = document.OfType<YamlFrontMatterBlock>().FirstOrDefault();
        return new MarkdownPage(frontMatter is null ? new Dictionary<string, string>() : Yaml.Read(frontMatter), MakeTree(path, document));
    }

    private static Section MakeTree(string path, MarkdownDocument document)
    {
        var open = new Stack<Section>();
        Section? title = null;
        foreach (Block block in document.Where(block => block is not YamlFrontMatterBlock))
        {
            if (block is not HeadingBlock heading)
            {
                if (open.Count == 0) throw new HelpSourceException(path, block.Line + 1, "text before the page's title");
                open.Peek().Blocks.Add(block);
                continue;
            }
            var section = new Section(path, heading.Line + 1, PlainText.Of(heading), heading.Level);
            while (open.Count > 0 && open.Peek().Level >= section.Level) open.Pop();
            if (section.Level != open.Count + 1) throw section.Wrong("a level of headings is left out, or a second title");
            if (section.Level == 1) title = title is null ? section : throw section.Wrong("a second title");
            else open.Peek().Sections.Add(section);
            open.Push(section);
        }
        return title ?? throw new HelpSourceException(path, 1, "there is no title");
    }
}
