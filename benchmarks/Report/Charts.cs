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
        plot.Axes.Add(new LinearAxis { Position = AxisPosition.Bottom, Title = "latency, ms", MinimumPadding = 0.05, MaximumPadding = 0.05 });
        plot.Axes.Add(new LogarithmicAxis { Position = AxisPosition.Left, Title = "files/s", MajorGridlineStyle = LineStyle.Solid, MajorGridlineColor = OxyColors.LightGray });
        foreach (IGrouping<int, (int Latency, double Module, double Network)> curve in rates.Curves(ModuleBuild.Core))
        {
            OxyColor color = Colors[plot.Series.Count / 2 % Colors.Length];
            plot.Series.Add(Draw($"ThrottleLimit {curve.Key}", color, LineStyle.Solid, curve.Select(point => new DataPoint(point.Latency, point.Module))));
            plot.Series.Add(Draw($"{curve.Key} bare loops", color, LineStyle.Dash, curve.Select(point => new DataPoint(point.Latency, point.Network))));
        }
        return Export(plot);
    }

    /// <summary>Peak memory over the number of IDs: a line for each build.</summary>
    internal static string DrawMemory(IReadOnlyDictionary<int, Figure> memory)
    {
        PlotModel plot = Start("Remove-TcbCloudFile: peak memory of the process over the length of the list");
        plot.Axes.Add(new LogarithmicAxis { Position = AxisPosition.Bottom, Title = "IDs", MinimumPadding = 0.05, MaximumPadding = 0.05, StringFormat = "#,0" });
        plot.Axes.Add(new LinearAxis { Position = AxisPosition.Left, Title = "MB", Minimum = 0, MaximumPadding = 0.2, MajorGridlineStyle = LineStyle.Solid, MajorGridlineColor = OxyColors.LightGray });
        foreach (ModuleBuild build in ModuleBuild.All)
            plot.Series.Add(Draw(build.Name, Colors[plot.Series.Count % Colors.Length], LineStyle.Solid, memory.Select(point => new DataPoint(point.Key, point.Value.Median(build) / 1e6))));
        return Export(plot);
    }

    private static PlotModel Start(string title)
    {
        var plot = new PlotModel { Title = title, TitleFontSize = 14, TitleFontWeight = FontWeights.Normal, Background = OxyColors.White };
        plot.Legends.Add(new Legend { LegendPlacement = LegendPlacement.Outside, LegendPosition = LegendPosition.RightTop });
        return plot;
    }

    private static LineSeries Draw(string title, OxyColor color, LineStyle style, IEnumerable<DataPoint> points)
    {
        var line = new LineSeries { Title = title, Color = color, LineStyle = style, MarkerType = MarkerType.Circle, MarkerSize = 3, MarkerFill = color };
        line.Points.AddRange(points);
        return line;
    }

    private static string Export(PlotModel plot) => new SvgExporter { Width = 800, Height = 420, UseVerticalTextAlignmentWorkaround = true }.ExportToString(plot);
}
