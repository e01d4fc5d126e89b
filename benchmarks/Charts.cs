using System.Globalization;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace TcbPowerShell.Benchmarks;

/// <summary>The charts of docs/performance.md and docs/throttling.md, as SVG.</summary>
internal static class Charts
{
    private static readonly OxyColor[] Colors = [OxyColor.FromRgb(0x1b, 0x6c, 0xa8), OxyColor.FromRgb(0xd9, 0x6c, 0x06)];

    /// <summary>Lines over time.</summary>
    internal static string DrawOverTime(string title, string across, params (string Title, IEnumerable<(double X, double Y)> Points)[] lines) => Draw(
        title, new LinearAxis { Position = AxisPosition.Bottom, Title = across, AxisTitleDistance = 14 },
        [.. lines.Select(line => (line.Title, line.Points.Select(point => new DataPoint(point.X, point.Y))))], MarkerType.None);

    /// <summary>Lines over a logarithmic axis to this base, with a label for each of its powers.</summary>
    internal static string Draw(string title, string across, int logBase, params (string Title, IEnumerable<(int X, double Y)> Points)[] lines) => Draw(
        title,
        new LinearAxis
        {
            Position = AxisPosition.Bottom,
            Title = across,
            AxisTitleDistance = 14,
            MajorStep = 1,
            MinorStep = 1,
            MaximumPadding = 0.05,
            LabelFormatter = power => Math.Pow(logBase, power).ToString("N0", CultureInfo.InvariantCulture),
        },
        [.. lines.Select(line => (line.Title, line.Points.Select(point => new DataPoint(Math.Log(point.X, logBase), point.Y))))], MarkerType.Circle);

    private static string Draw(string title, Axis across, (string Title, IEnumerable<DataPoint> Points)[] lines, MarkerType marker)
    {
        // Text comes out wider than the library measures it: the margins leave room for that.
        var plot = new PlotModel
        {
            Title = title,
            DefaultFont = "Arial, Helvetica, sans-serif",
            TitleFontSize = 14,
            TitleFontWeight = FontWeights.Normal,
            Background = OxyColors.White,
            PlotMargins = new OxyThickness(80, double.NaN, 40, 60),
        };
        plot.Legends.Add(new Legend { LegendPosition = LegendPosition.LeftTop, LegendMargin = 20, LegendLineSpacing = 4 });
        plot.Axes.Add(across);
        plot.Axes.Add(new LinearAxis { Position = AxisPosition.Left, Minimum = 0, MaximumPadding = 0.2, StringFormat = "N0", MajorGridlineStyle = LineStyle.Solid, MajorGridlineColor = OxyColors.LightGray });
        foreach (((string name, IEnumerable<DataPoint> points), OxyColor color) in lines.Zip(Colors))
        {
            // The spaces widen the legend, which cuts off long names.
            var line = new LineSeries { Title = name + new string('\u00a0', 24), Color = color, MarkerType = marker, MarkerSize = 3, MarkerFill = color };
            line.Points.AddRange(points);
            plot.Series.Add(line);
        }
        return new SvgExporter { Width = 800, Height = 420, UseVerticalTextAlignmentWorkaround = true }.ExportToString(plot).TrimEnd().ReplaceLineEndings("\n") + "\n";
    }
}
