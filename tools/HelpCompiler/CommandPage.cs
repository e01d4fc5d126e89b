using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace TcbPowerShell.Help;

/// <summary>Reads a cmdlet's page, which has the headings that PlatyPS gives one (in English in every language).</summary>
internal static class CommandPage
{
    internal static CommandHelp Read(MarkdownPage page)
    {
        Section top = page.Title;
        ParameterHelp[] parameters = [.. top["PARAMETERS"].Sections.Where(section => section.Title.StartsWith('-')).Select(ParameterPage.Read)];
        return new CommandHelp(top.Title, page.FrontMatter["external help file"])
        {
            Synopsis = string.Join(' ', top["SYNOPSIS"].Paragraphs()),
            Description = top["DESCRIPTION"].Paragraphs(),
            Syntax = ReadSyntax(top["SYNTAX"], parameters),
            Parameters = parameters,
            Inputs = ReadTypes(top["INPUTS"]),
            Outputs = ReadTypes(top["OUTPUTS"]),
            Notes = top["NOTES"].Paragraphs(),
            Examples = [.. top["EXAMPLES"].Sections.Select(ReadExample)],
            Links = ReadLinks(page.FrontMatter["online version"], top["RELATED LINKS"]),
        };
    }

    // A cmdlet with one parameter set has its syntax under the heading itself, one with several has a heading for each.
    private static SyntaxHelp[] ReadSyntax(Section syntax, ParameterHelp[] parameters) => syntax.Sections.Count == 0
        ? [ReadSet(syntax, "(All)", parameters)]
        : [.. syntax.Sections.Select(section => ReadSet(section, section.Title.Split(" (Default)")[0], parameters))];

    private static SyntaxHelp ReadSet(Section section, string set, ParameterHelp[] parameters)
    {
        string code = section.Blocks is [CodeBlock block] ? PlainText.Code(block) : throw section.Wrong("the syntax has to be one code block");
        // "[-Name]", "[-Name <Type>]" and "-Name <Type>" alike.
        IEnumerable<string> names = code.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries)
            .Select(word => word.Trim('[', ']')).Where(word => word.StartsWith('-')).Select(word => word[1..]);
        return new SyntaxHelp([.. names.Select(Find)]);

        ParameterFacts Find(string name) =>
            parameters.SelectMany(parameter => parameter.Facts)
                .FirstOrDefault(facts => facts.Name == name && (facts.Sets.Contains(set) || facts.Sets.Contains("(All)")))
            ?? throw section.Wrong($"-{name} has no facts for the parameter set {set}");
    }

    private static TypeHelp[] ReadTypes(Section section) =>
        [.. section.Sections.Select(type => new TypeHelp(type.Title, type.Paragraphs()))];

    private static ExampleHelp ReadExample(Section section)
    {
        FencedCodeBlock code = section.Blocks.OfType<FencedCodeBlock>().FirstOrDefault(block => block.Info == "powershell")
            ?? throw section.Wrong("the example has no powershell block");
        return new ExampleHelp(section.Title, PlainText.Code(code), [.. section.Blocks.Where(block => block != code).Select(PlainText.Of)]);
    }

    private static LinkHelp[] ReadLinks(string online, Section section)
    {
        IEnumerable<LinkInline> links = section.Blocks.OfType<ParagraphBlock>().SelectMany(block => block.Inline!.Descendants<LinkInline>());
        // The first one is what Get-Help -Online opens.
        return [new LinkHelp("Online Version:", online), .. links.Select(ReadLink)];
    }

    // A page beside this one is help of its own, which Get-Help finds by its name.
    private static LinkHelp ReadLink(LinkInline link)
    {
        string url = link.Url ?? string.Empty;
        string text = ((LiteralInline)link.FirstChild!).Content.ToString();
        return new LinkHelp(text, url.StartsWith("http", StringComparison.Ordinal) ? url : string.Empty);
    }
}
