using System.Globalization;

namespace TcbPowerShell.Benchmarks;

/// <summary>One line of the table: what each round gave, for each build of the module.</summary>
/// <param name="name">What it says.</param>
/// <param name="format">How a value is written.</param>
/// <param name="atLeast">The target, where more is better.</param>
/// <param name="atMost">The target, where less is better.</param>
internal sealed class Figure(string name, string format = "0.00", double? atLeast = null, double? atMost = null)
{
    private readonly Dictionary<string, List<double>> _values = new(StringComparer.Ordinal);

    internal string Name => name;

    internal string Target => atLeast is { } least ? $"≥ {Format(least)}" : atMost is { } most ? $"≤ {Format(most)}" : string.Empty;

    internal bool IsKept => _values.Keys.All(Keeps);

    internal void Add(ModuleBuild build, double value)
    {
        if (!_values.TryGetValue(build.Name, out List<double>? values)) _values.Add(build.Name, values = []);
        values.Add(value);
    }

    /// <summary>The median of the rounds and their spread.</summary>
    internal string Show(ModuleBuild build)
    {
        if (!_values.TryGetValue(build.Name, out List<double>? values)) return string.Empty;
        string text = Format(Median(build));
        if (values.Count > 1) text += $" ({Format(values.Min())} – {Format(values.Max())})";
        return Keeps(build.Name) ? text : text + " **missed**";
    }

    internal double Median(ModuleBuild build) => Median(_values[build.Name]);

    private bool Keeps(string build)
    {
        double median = Median(_values[build]);
        return !(median < atLeast) && !(median > atMost);
    }

    private static double Median(List<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private string Format(double value) => value.ToString(format, CultureInfo.InvariantCulture);
}
