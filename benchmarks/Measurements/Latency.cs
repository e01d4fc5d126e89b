namespace TcbPowerShell.Benchmarks;

/// <summary>
/// A service that takes its time: at best ThrottleLimit requests of 50 IDs come back in each latency. Where that is no work for the machine, both
/// builds and the network floor run at the same time, to save yours.
/// </summary>
internal sealed class Latency : IMeasurement
{
    private const int BatchSize = 50;

    // IDs a second.
    private const double Idle = 2_500;

    private readonly Plan _plan;
    private readonly Rates _rates;
    private readonly Dictionary<(int Latency, int Limit), Figure> _ofBest = [];
    private readonly Dictionary<(int Latency, int Limit), Figure> _ofNetwork = [];

    internal Latency(Plan plan, Rates rates)
    {
        _plan = plan;
        _rates = rates;
        foreach (int latency in plan.Latencies)
        {
            foreach (int limit in plan.ThrottleLimits)
            {
                string name = $"{latency} ms, ThrottleLimit {limit}: throughput, of";
                _ofBest.Add((latency, limit), new Figure($"{name} ThrottleLimit × {BatchSize} / latency", atLeast: latency >= 100 ? 0.95 : null));
                _ofNetwork.Add((latency, limit), new Figure($"{name} the network floor's"));
            }
        }
    }

    public Section Section => new($"With latency, {_plan.WithLatency:N0} IDs, warm process", [.. _ofBest.Values, .. _ofNetwork.Values]);

    public void MeasureRound(Bench bench)
    {
        foreach ((int latency, int limit) in _ofBest.Keys)
        {
            double best = limit * BatchSize * 1000.0 / latency;
            double[] rates = [.. Run(bench, bench.Emulator(latency), limit, sideBySide: best <= Idle).Select(seconds => _plan.WithLatency / seconds)];
            for (int i = 0; i < ModuleBuild.All.Length; i++)
            {
                _ofBest[(latency, limit)].Add(ModuleBuild.All[i], rates[i] / best);
                _ofNetwork[(latency, limit)].Add(ModuleBuild.All[i], rates[i] / rates[^1]);
                _rates.Add(ModuleBuild.All[i], latency, limit, rates[i], rates[^1]);
            }
        }
    }

    // Seconds: of the builds in their order, and then of the network floor.
    private double[] Run(Bench bench, EmulatorProcess emulator, int limit, bool sideBySide)
    {
        (Worker Worker, JobKind Kind)[] runs = [.. ModuleBuild.All.Select(build => (bench.Worker(build), JobKind.Module)), (bench.Network, JobKind.NetworkFloor)];
        // A request for each place: the making of the connections is not to be measured.
        foreach ((Worker worker, JobKind kind) in runs) _ = worker.Run(kind, new IdRange(0, BatchSize * limit), limit, emulator);
        var ids = new IdRange(0, _plan.WithLatency);
        if (!sideBySide) return [.. runs.Select(run => run.Worker.Run(run.Kind, ids, limit, emulator).Seconds)];
        EmulatorProcess.State before = emulator.Look();
        IEnumerable<Task<double>> jobs = runs.Select(run => Task.Run(() => run.Worker.Run(new Job(run.Kind, ids, limit, before.Endpoint)).Seconds));
        double[] seconds = Task.WhenAll(jobs).GetAwaiter().GetResult();
        return emulator.Look().Deleted - before.Deleted == runs.Length * ids.Count ? seconds : throw new InvalidOperationException("Files were left behind.");
    }
}
