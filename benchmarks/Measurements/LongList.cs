namespace TcbPowerShell.Benchmarks;

/// <summary>The longest list, and the shorter ones beside it for their memory: each in a process of its own that does nothing else.</summary>
internal sealed class LongList : IMeasurement
{
    private const int ThrottleLimit = 5;

    private readonly Plan _plan;
    private readonly Figure _ofPipeline;
    private readonly Figure _ofNetwork;
    private readonly Figure _processorTime;
    private readonly Figure _memory;
    private readonly Figure _bytes;
    private readonly Figure[] _collections;

    internal LongList(Plan plan)
    {
        _plan = plan;
        _ofPipeline = new Figure($"{plan.Large:N0} IDs: throughput, of the pipeline floor's", atLeast: 0.7);
        _ofNetwork = new Figure($"{plan.Large:N0} IDs: throughput, of the network floor's");
        _processorTime = new Figure($"{plan.Large:N0} IDs: processor time of all threads of the process, times the pipeline floor's");
        _memory = new Figure($"{plan.Large:N0} IDs: peak memory, times that of {plan.Small:N0}", atMost: 1.1);
        _bytes = new Figure("bytes allocated for each ID beyond the pipeline floor's", "0", atMost: 400);
        _collections = [.. Enumerable.Range(0, GC.MaxGeneration + 1)
            .Select(generation => new Figure($"{plan.Large:N0} IDs: garbage collections of generation {generation}", "0"))];
        Memory = new() { [plan.Small] = new(""), [plan.Medium] = new(""), [plan.Large] = new("") };
    }

    /// <summary>Peak memory in bytes, by the length of the list: for the chart.</summary>
    internal Dictionary<int, Figure> Memory { get; }

    public Section Section => new($"No latency, ThrottleLimit {ThrottleLimit}, a process for each run", [_ofPipeline, _ofNetwork, _processorTime, _memory, _bytes, .. _collections]);

    public void MeasureRound(Bench bench)
    {
        EmulatorProcess emulator = bench.Emulator();
        JobResult pipeline = Run(ModuleBuild.Core, JobKind.PipelineFloor, _plan.Large, emulator);
        JobResult network = Run(ModuleBuild.Core, JobKind.NetworkFloor, _plan.Large, emulator);
        foreach (ModuleBuild build in ModuleBuild.All)
        {
            JobResult large = Run(build, JobKind.Module, _plan.Large, emulator);
            JobResult medium = Run(build, JobKind.Module, _plan.Medium, emulator);
            JobResult small = Run(build, JobKind.Module, _plan.Small, emulator);
            _ofPipeline.Add(build, pipeline.Seconds / large.Seconds);
            _ofNetwork.Add(build, network.Seconds / large.Seconds);
            _processorTime.Add(build, large.ProcessorSeconds / pipeline.ProcessorSeconds);
            _memory.Add(build, (double)large.PeakBytes / small.PeakBytes);
            _bytes.Add(build, (double)(large.AllocatedBytes - pipeline.AllocatedBytes) / _plan.Large);
            for (int generation = 0; generation < _collections.Length; generation++) _collections[generation].Add(build, large.Collections[generation]);
            Memory[_plan.Small].Add(build, small.PeakBytes);
            Memory[_plan.Medium].Add(build, medium.PeakBytes);
            Memory[_plan.Large].Add(build, large.PeakBytes);
        }
    }

    private static JobResult Run(ModuleBuild build, JobKind kind, int count, EmulatorProcess emulator)
    {
        using var worker = new Worker(build);
        return worker.Run(kind, new IdRange(0, count), ThrottleLimit, emulator);
    }
}
