using System.Xml.Linq;

namespace TcbPowerShell.Help;

/// <summary>The XML that Get-Help reads.</summary>
internal static class Maml
{
    private static readonly XNamespace Root = "http://msh";
    private static readonly XNamespace Text = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace Dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    internal static XDocument Document(IEnumerable<CommandHelp> commands) =>
        new(new XElement(Root + "helpItems", new XAttribute("schema", "maml"), commands.Select(Page)));

    private static XElement Page(CommandHelp command)
    {
        string[] name = command.Name.Split('-', 2);
        return new XElement(Command + "command",
            new XAttribute(XNamespace.Xmlns + "maml", Text), new XAttribute(XNamespace.Xmlns + "command", Command),
            new XAttribute(XNamespace.Xmlns + "dev", Dev),
            new XElement(Command + "details",
                new XElement(Command + "name", command.Name), new XElement(Command + "verb", name[0]), new XElement(Command + "noun", name[1]),
                Paragraphs("description", [command.Synopsis])),
            Paragraphs("description", command.Description),
            new XElement(Command + "syntax", command.Syntax.Select(set =>
                new XElement(Command + "syntaxItem", new XElement(Text + "name", command.Name), set.Parameters.Select(facts =>
                    Parameter(facts, DescriptionOf(command, facts), inSyntax: true))))),
            new XElement(Command + "parameters", command.Parameters.Select(parameter =>
                Parameter(parameter.Facts[0], parameter.Description, inSyntax: false))),
            new XElement(Command + "inputTypes", command.Inputs.Select(type => TypeOf("inputType", type))),
            new XElement(Command + "returnValues", command.Outputs.Select(type => TypeOf("returnValue", type))),
            new XElement(Text + "alertSet", Paragraphs("alert", command.Notes)),
            new XElement(Command + "examples", command.Examples.Select(Example)),
            new XElement(Command + "relatedLinks", command.Links.Select(link =>
                new XElement(Text + "navigationLink", new XElement(Text + "linkText", link.Text), new XElement(Text + "uri", link.Uri)))));
    }

    private static string[] DescriptionOf(CommandHelp command, ParameterFacts facts) =>
        command.Parameters.First(parameter => parameter.Facts.Contains(facts)).Description;

    private static XElement Parameter(ParameterFacts facts, string[] description, bool inSyntax)
    {
        bool isSwitch = facts.Type == "SwitchParameter";
        bool isList = facts.Type.EndsWith("[]", StringComparison.Ordinal);
        return new XElement(Command + "parameter",
            new XAttribute("required", facts.Required), new XAttribute("variableLength", isList), new XAttribute("globbing", facts.Wildcards),
            new XAttribute("pipelineInput", facts.Pipeline), new XAttribute("position", facts.Position.ToLowerInvariant()),
            new XAttribute("aliases", facts.Aliases.Length == 0 ? "none" : facts.Aliases),
            new XElement(Text + "name", facts.Name),
            Paragraphs("description", description),
            // A switch with a value in the syntax would read as one that takes a value.
            inSyntax && isSwitch ? null : new XElement(Command + "parameterValue",
                new XAttribute("required", !isSwitch), new XAttribute("variableLength", isList), facts.Type),
            new XElement(Dev + "type", new XElement(Text + "name", facts.Type), new XElement(Text + "uri")),
            new XElement(Dev + "defaultValue", facts.Default));
    }

    private static XElement TypeOf(string element, TypeHelp type) => new(Command + element,
        new XElement(Dev + "type", new XElement(Text + "name", type.Name)),
        Paragraphs("description", type.Description));

    private static XElement Example(ExampleHelp example) => new(Command + "example",
        new XElement(Text + "title", $"---------- {example.Title} ----------"),
        new XElement(Dev + "code", example.Code),
        // The empty paragraph keeps the next example at a distance.
        new XElement(Dev + "remarks", example.Remarks.Append(string.Empty).Select(Paragraph)));

    private static XElement Paragraphs(string element, IEnumerable<string> paragraphs) => new(Text + element, paragraphs.Select(Paragraph));

    private static XElement Paragraph(string text) => new(Text + "para", text);
}
