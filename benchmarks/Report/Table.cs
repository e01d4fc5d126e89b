using System.Text;

namespace TcbPowerShell.Benchmarks;

/// <summary>The figures as Markdown.</summary>
internal static class Table
{
    internal static string Write(IEnumerable<Section> sections)
    {
        var table = new StringBuilder();
        Line($"| |{string.Concat(ModuleBuild.All.Select(build => $" {build.Name} |"))} target |");
        Line($"|---|{string.Concat(ModuleBuild.All.Select(_ => "---:|"))}---:|");
        foreach (Section section in sections)
        {
            Line($"| **{section.Title}** |{string.Concat(ModuleBuild.All.Select(_ => " |"))} |");
            foreach (Figure figure in section.Figures)
                Line($"| {figure.Name} |{string.Concat(ModuleBuild.All.Select(build => $" {figure.Show(build)} |"))} {figure.Target} |");
        }
        return table.ToString();

        void Line(string text) => table.Append(text).Append('\n');
    }
}
