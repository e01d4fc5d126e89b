using System.Globalization;
using System.Text;

namespace TcbPowerShell.Endurance;

/// <summary>A table in Markdown.</summary>
internal sealed class Table(string title, params string[] columns)
{
    private readonly StringBuilder _text = new($"## {title}\n\n| {string.Join(" | ", columns)} |\n|{string.Concat(columns.Select(_ => "---|"))}\n");

    internal bool Failed { get; private set; }

    internal void Add(bool passed, params object[] cells)
    {
        Failed |= !passed;
        string row = $"| {string.Join(" | ", cells.Select(cell => Convert.ToString(cell, CultureInfo.InvariantCulture)))} | {(passed ? "yes" : "**no**")} |";
        Console.WriteLine(row);
        _text.Append(row).Append('\n');
    }

    public override string ToString() => _text.ToString();
}
