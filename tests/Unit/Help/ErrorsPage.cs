using System.Text.RegularExpressions;

namespace TcbPowerShell.Tests.Help;

/// <summary>The tables of about_TcbPowerShell_Errors.</summary>
internal static partial class ErrorsPage
{
    /// <summary>Each table's rows: the ID or code, what it means, and what to do.</summary>
    internal static string[][][] Tables(string culture) =>
    [
        .. Table().Matches(File.ReadAllText(Path.Combine(HelpModule.Pages(culture), "about_TcbPowerShell_Errors.md")).ReplaceLineEndings("\n"))
            .Select(table => (string[][])[.. table.Groups["rows"].Value.TrimEnd().Split('\n').Select(Cells)]),
    ];

    private static string[] Cells(string row) =>
        [.. row.Trim('|').Split('|').Select((cell, index) => index == 0 ? cell.Trim(' ', '`') : cell.Trim())];

    [GeneratedRegex(@"^\|---.*\n(?<rows>(\|.*\n)+)", RegexOptions.Multiline)]
    private static partial Regex Table();
}
