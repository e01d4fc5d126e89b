namespace TcbPowerShell.Benchmarks;

/// <summary>A service that answers at once: what is left is the module's own time. Warm processes.</summary>
internal sealed class Throughput : IMeasurement
{
    private const int DefaultLimit = 5;

    private readonly Plan _plan;
    private readonly Rates _rates;
    private readonly Dictionary<(int Count, int Limit), Figure> _ofPipeline = [];
    private readonly Dictionary<(int Count, int Limit), Figure> _ofNetwork = [];
    private readonly Figure _processorTime;
    private readonly Figure _bytes;
    private readonly Figure[] _collections;

    internal Throughput(Plan plan, Rates rates)
    {
        _plan = plan;
        _rates = rates;
        foreach ((int count, int limit) in Runs())
        {
            string name = $"{count:N0} IDs, ThrottleLimit {limit}: throughput, of";
            _ofPipeline.Add((count, limit), new Figure($"{name} the pipeline floor's", atLeast: count == plan.Large ? 0.7 : null));
            _ofNetwork.Add((count, limit), new Figure($"{name} the network floor's"));
        }
        string large = $"{plan.Large:N0} IDs:";
        _processorTime = new Figure($"{large} processor time of all threads of the process, times the pipeline floor's");
        _bytes = new Figure($"{large} bytes allocated for each ID beyond the pipeline floor's", "0", atMost: 400);
        _collections = [.. Enumerable.Range(0, GC.MaxGeneration + 1)
            .Select(generation => new Figure($"{large} garbage collections of generation {generation}", "0"))];
    }

    public Section Section => new("No latency, warm process", [.. _ofPipeline.Values, .. _ofNetwork.Values, _processorTime, _bytes, .. _collections]);

    public void MeasureRound(Bench bench)
    {
        foreach (ModuleBuild build in ModuleBuild.All)
        {
            foreach (IGrouping<int, (int Count, int Limit)> runs in Runs().GroupBy(run => run.Count))
            {
                JobResult floor = bench.Worker(build).Run(JobKind.PipelineFloor, new IdRange(0, runs.Key), DefaultLimit, bench.Emulator());
                foreach ((int count, int limit) in runs) Measure(bench, build, count, limit, floor);
            }
        }
    }

    private void Measure(Bench bench, ModuleBuild build, int count, int limit, JobResult floor)
    {
        Worker worker = bench.Worker(build);
        var ids = new IdRange(0, count);
        double network = worker.Run(JobKind.NetworkFloor, ids, limit, bench.Emulator()).Seconds;
        JobResult module = worker.Run(JobKind.Module, ids, limit, bench.Emulator());
        _ofPipeline[(count, limit)].Add(build, floor.Seconds / module.Seconds);
        _ofNetwork[(count, limit)].Add(build, network / module.Seconds);
        if (count == _plan.Medium) _rates.Add(build, latency: 0, limit, count / module.Seconds, count / network);
        if (count < _plan.Large) return;
        _processorTime.Add(build, module.ProcessorSeconds / floor.ProcessorSeconds);
        _bytes.Add(build, (double)(module.AllocatedBytes - floor.AllocatedBytes) / count);
        for (int generation = 0; generation < _collections.Length; generation++) _collections[generation].Add(build, module.Collections[generation]);
    }

    // The longest list by the default alone, to save time.
    private IEnumerable<(int Count, int Limit)> Runs() => new[] { _plan.Small, _plan.Medium }
        .SelectMany(count => _plan.ThrottleLimits.Select(limit => (count, limit))).Append((_plan.Large, DefaultLimit));
}
