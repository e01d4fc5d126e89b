using System.Globalization;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace TcbPowerShell.Benchmarks;

/// <summary>The charts of docs/performance.md, as SVG.</summary>
internal static class Charts
{
    private static readonly OxyColor[] Colors = [OxyColor.FromRgb(0x1b, 0x6c, 0xa8), OxyColor.FromRgb(0xd9, 0x6c, 0x06), OxyColor.FromRgb(0x2e, 0x8b, 0x57)];

    /// <summary>IDs a second over latency: a line for each ThrottleLimit, and the network floor's dashed beside it.</summary>
    internal static string DrawThroughput(Rates rates)
    {
        PlotModel plot = Start("Remove-TcbCloudFile: files a second over the service's latency");
        plot.Axes.Add(Lay(new LinearAxis(), AxisPosition.Bottom, "latency, ms"));
        plot.Axes.Add(Lay(new LogarithmicAxis(), AxisPosition.Left, "files/s"));
        foreach (IGrouping<int, (int Latency, double Module, double Network)> curve in rates.Curves(ModuleBuild.Core))
        {
            OxyColor color = Colors[plot.Series.Count / 2 % Colors.Length];
            plot.Series.Add(Draw($"ThrottleLimit {curve.Key}", color, LineStyle.Solid, curve.Select(point => new DataPoint(point.Latency, point.Module))));
            plot.Series.Add(Draw($"network floor, {curve.Key}", color, LineStyle.Dash, curve.Select(point => new DataPoint(point.Latency, point.Network))));
        }
        return Export(plot);
    }

    /// <summary>Peak memory over the number of IDs: a line for each build.</summary>
    internal static string DrawMemory(IReadOnlyDictionary<int, Figure> memory)
    {
        PlotModel plot = Start("Remove-TcbCloudFile: peak memory of the process over the length of the list");
        // A label for each power of ten; the library's own logarithmic axis has too many.
        Func<double, string> label = power => Math.Pow(10, power).ToString("N0", CultureInfo.InvariantCulture);
        plot.Axes.Add(Lay(new LinearAxis { MajorStep = 1, MinorStep = 1, LabelFormatter = label }, AxisPosition.Bottom, "IDs"));
        plot.Axes.Add(Lay(new LinearAxis { Minimum = 0, MaximumPadding = 0.5 }, AxisPosition.Left, "MB"));
        foreach (ModuleBuild build in ModuleBuild.All)
        {
            OxyColor color = Colors[plot.Series.Count % Colors.Length];
            IEnumerable<DataPoint> points = memory.Select(point => new DataPoint(Math.Log10(point.Key), point.Value.Median(build) / 1e6));
            plot.Series.Add(Draw(build.Name, color, LineStyle.Solid, points));
        }
        return Export(plot);
    }

    private static PlotModel Start(string title)
    {
        // Texts come out wider than the library measures them: room for that on all sides.
        var plot = new PlotModel
        {
            Title = title,
            DefaultFont = "Arial, Helvetica, sans-serif",
            TitleFontSize = 14,
            TitleFontWeight = FontWeights.Normal,
            Background = OxyColors.White,
            PlotMargins = new OxyThickness(80, double.NaN, 20, 60),
        };
        plot.Legends.Add(new Legend { LegendPosition = LegendPosition.RightTop, LegendMargin = 40, LegendLineSpacing = 4 });
        return plot;
    }

    private static Axis Lay(Axis axis, AxisPosition position, string title)
    {
        axis.Position = position;
        axis.Title = title;
        axis.AxisTitleDistance = 14;
        axis.MajorGridlineStyle = LineStyle.Solid;
        axis.MajorGridlineColor = OxyColors.LightGray;
        if (position == AxisPosition.Bottom) axis.MinimumPadding = axis.MaximumPadding = 0.05;
        return axis;
    }

    private static LineSeries Draw(string title, OxyColor color, LineStyle style, IEnumerable<DataPoint> points)
    {
        // The spaces are room in the legend, which cuts what is wider than it was measured.
        title += new string('\u00a0', 16);
        var line = new LineSeries { Title = title, Color = color, LineStyle = style, MarkerType = MarkerType.Circle, MarkerSize = 3, MarkerFill = color };
        line.Points.AddRange(points);
        return line;
    }

    private static string Export(PlotModel plot) => new SvgExporter { Width = 800, Height = 420, UseVerticalTextAlignmentWorkaround = true }.ExportToString(plot);
}
