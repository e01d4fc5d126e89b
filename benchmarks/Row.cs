using System.Globalization;

namespace TcbPowerShell.Benchmarks;

/// <summary>A question with its answer: the median of the rounds.</summary>
/// <param name="Question">The question of a user that it answers.</param>
/// <param name="Format">How the answer is written.</param>
/// <param name="Values">A value for each round.</param>
/// <param name="AtLeast">The target, if more is better.</param>
/// <param name="AtMost">The target, if less is better.</param>
internal sealed record Row(string Question, string Format, IReadOnlyList<double> Values, double? AtLeast = null, double? AtMost = null)
{
    internal double Median { get; } = MedianOf(Values);

    internal bool IsMet => !(Median < AtLeast) && !(Median > AtMost);

    internal static double MedianOf(IReadOnlyList<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>A row of the table.</summary>
    public override string ToString()
    {
        string range = Values.Count == 1 ? string.Empty : $"{Write(Values.Min())} – {Write(Values.Max())}";
        string target = AtLeast is { } least ? $"≥ {Write(least)}" : AtMost is { } most ? $"≤ {Write(most)}" : string.Empty;
        return $"| {Question} | {Write(Median)}{(IsMet ? string.Empty : " **missed**")} | {range} | {target} |";
    }

    private string Write(double value) => value.ToString(Format, CultureInfo.InvariantCulture);
}
