using Markdig.Syntax;

namespace TcbPowerShell.Help;

/// <summary>Reads the section of a parameter: text, and its facts as YAML, once or for groups of parameter sets.</summary>
internal static class ParameterPage
{
    internal static ParameterHelp Read(Section section)
    {
        FencedCodeBlock[] facts = [.. section.Blocks.OfType<FencedCodeBlock>().Where(block => block.Info == "yaml")];
        if (facts.Length == 0) throw section.Wrong("the parameter has no yaml block");
        return new ParameterHelp(
            [.. section.Blocks.Except(facts).Select(PlainText.Of)],
            [.. facts.Select(block => ReadFacts(section, Yaml.Read(block)))]);
    }

    private static ParameterFacts ReadFacts(Section section, Dictionary<string, string> yaml)
    {
        return new ParameterFacts(
            section.Title[1..],
            Value("Type"),
            [.. Value("Parameter Sets").Split(',').Select(set => set.Trim())],
            Value("Aliases"),
            Bool("Required"),
            Value("Position"),
            Value("Default value"),
            Value("Accept pipeline input"),
            Bool("Accept wildcard characters"));

        string Value(string name) => yaml.TryGetValue(name, out string? value) ? value : throw section.Wrong($"the yaml block has no '{name}'");

        bool Bool(string name) => bool.TryParse(Value(name), out bool value) ? value : throw section.Wrong($"'{name}' has to be True or False");
    }
}
