namespace TcbPowerShell.Benchmarks;

/// <summary>A service that answers at once: what is left is the module's own time. Warm processes.</summary>
internal sealed class Throughput : IMeasurement
{
    private readonly Rates _rates;
    private readonly Dictionary<(int Count, int Limit), Figure> _ofPipeline = [];
    private readonly Dictionary<(int Count, int Limit), Figure> _ofNetwork = [];
    private readonly int[] _counts;
    private readonly int[] _limits;

    internal Throughput(Plan plan, Rates rates)
    {
        _rates = rates;
        _counts = [plan.Small, plan.Medium];
        _limits = plan.ThrottleLimits;
        foreach (int count in _counts)
        {
            foreach (int limit in _limits)
            {
                string name = $"{count:N0} IDs, ThrottleLimit {limit}: throughput, of";
                _ofPipeline.Add((count, limit), new Figure($"{name} the pipeline floor's"));
                _ofNetwork.Add((count, limit), new Figure($"{name} the network floor's"));
            }
        }
    }

    public Section Section => new("No latency, warm process", [.. _ofPipeline.Values, .. _ofNetwork.Values]);

    public void MeasureRound(Bench bench)
    {
        EmulatorProcess emulator = bench.Emulator();
        foreach (int count in _counts)
        {
            var ids = new IdRange(0, count);
            foreach (ModuleBuild build in ModuleBuild.All)
            {
                Worker worker = bench.Worker(build);
                double pipeline = worker.Run(JobKind.PipelineFloor, ids, 0, emulator).Seconds;
                foreach (int limit in _limits)
                {
                    double network = worker.Run(JobKind.NetworkFloor, ids, limit, emulator).Seconds;
                    double module = worker.Run(JobKind.Module, ids, limit, emulator).Seconds;
                    _ofPipeline[(count, limit)].Add(build, pipeline / module);
                    _ofNetwork[(count, limit)].Add(build, network / module);
                    if (count == _counts[^1]) _rates.Add(build, latency: 0, limit, count / module, count / network);
                }
            }
        }
    }
}
