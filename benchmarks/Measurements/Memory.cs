namespace TcbPowerShell.Benchmarks;

/// <summary>The peak memory of a process that removes a list and does nothing else, by the length of the list.</summary>
internal sealed class Memory : IMeasurement
{
    private const int ThrottleLimit = 5;

    private readonly int[] _counts;
    private readonly Figure _growth;

    internal Memory(Plan plan)
    {
        _counts = [plan.Large, plan.Medium, plan.Small];
        _growth = new Figure($"{plan.Large:N0} IDs: peak memory, times that of {plan.Small:N0}", atMost: 1.1);
        Peaks = new(_counts.Select(count => KeyValuePair.Create(count, new Figure(string.Empty))));
    }

    /// <summary>Bytes, by the length of the list: for the chart.</summary>
    internal Dictionary<int, Figure> Peaks { get; }

    public Section Section => new($"No latency, ThrottleLimit {ThrottleLimit}, a process for each run", [_growth]);

    public void MeasureRound(Bench bench)
    {
        foreach (ModuleBuild build in ModuleBuild.All)
        {
            double[] peaks = [.. _counts.Select(count => Measure(build, count, bench.Emulator()))];
            foreach ((int count, double peak) in _counts.Zip(peaks)) Peaks[count].Add(build, peak);
            _growth.Add(build, peaks[0] / peaks[^1]);
        }
    }

    private static double Measure(ModuleBuild build, int count, EmulatorProcess emulator)
    {
        using var worker = new Worker(build);
        return worker.Run(JobKind.Module, new IdRange(0, count), ThrottleLimit, emulator).PeakBytes;
    }
}
