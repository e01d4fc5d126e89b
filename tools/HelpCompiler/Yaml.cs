using Markdig.Helpers;
using Markdig.Syntax;

namespace TcbPowerShell.Help;

/// <summary>The little YAML that pages of help hold: a name and a value on each line.</summary>
internal static class Yaml
{
    internal static Dictionary<string, string> Read(LeafBlock block) => block.Lines.Lines
        .Take(block.Lines.Count)
        .Select((StringLine line) => line.ToString().Split(':', 2))
        .Where(parts => parts.Length == 2)
        .ToDictionary(parts => parts[0].Trim(), parts => parts[1].Trim());
}
