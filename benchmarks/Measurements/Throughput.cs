namespace TcbPowerShell.Benchmarks;

/// <summary>A service that answers at once: what is left is the module's own time. Warm processes.</summary>
internal sealed class Throughput : IMeasurement
{
    private const int DefaultLimit = 5;

    private static readonly string[] Processes = ["the module's process", "the emulator meanwhile", "the network floor's process"];

    private readonly Plan _plan;
    private readonly Rates _rates;
    private readonly Dictionary<(int Count, int Limit), Figure> _ofPipeline = [];
    private readonly Dictionary<(int Count, int Limit), Figure> _ofNetwork = [];
    private readonly Figure _limit;
    private readonly Figure[] _processorTimes;
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
        _limit = new Figure($"{large} the most that so much processor time allows on {Environment.ProcessorCount} processors, of the pipeline floor's throughput");
        _processorTimes = [.. Processes.Select(who => new Figure($"{large} processor time of {who}, times the pipeline floor's"))];
        _bytes = new Figure($"{large} bytes allocated for each ID beyond the pipeline floor's", "0", atMost: 400);
        _collections = [.. Enumerable.Range(0, GC.MaxGeneration + 1)
            .Select(generation => new Figure($"{large} garbage collections of generation {generation}", "0"))];
    }

    public Section Section => new("No latency, warm process", [.. _ofPipeline.Values, .. _ofNetwork.Values, .. _processorTimes, _limit, _bytes, .. _collections]);

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
        JobResult network = worker.Run(JobKind.NetworkFloor, ids, limit, bench.Emulator());
        JobResult module = worker.Run(JobKind.Module, ids, limit, bench.Emulator());
        _ofPipeline[(count, limit)].Add(build, floor.Seconds / module.Seconds);
        _ofNetwork[(count, limit)].Add(build, network.Seconds / module.Seconds);
        if (count == _plan.Medium) _rates.Add(build, latency: 0, limit, count / module.Seconds, count / network.Seconds);
        if (count < _plan.Large) return;
        double[] seconds = [module.ProcessorSeconds, module.EmulatorProcessorSeconds, network.ProcessorSeconds];
        for (int i = 0; i < seconds.Length; i++) _processorTimes[i].Add(build, seconds[i] / floor.ProcessorSeconds);
        _limit.Add(build, floor.Seconds * Environment.ProcessorCount / (module.ProcessorSeconds + module.EmulatorProcessorSeconds));
        _bytes.Add(build, (double)(module.AllocatedBytes - floor.AllocatedBytes) / count);
        for (int generation = 0; generation < _collections.Length; generation++) _collections[generation].Add(build, module.Collections[generation]);
    }

    // The longest list by the default alone, to save time.
    private IEnumerable<(int Count, int Limit)> Runs() => new[] { _plan.Small, _plan.Medium }
        .SelectMany(count => _plan.ThrottleLimits.Select(limit => (count, limit))).Append((_plan.Large, DefaultLimit));
}
