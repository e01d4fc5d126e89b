namespace TcbPowerShell.Benchmarks;

/// <summary>IDs a second by latency and ThrottleLimit, of the module and of the network floor: for the chart.</summary>
internal sealed class Rates
{
    private readonly SortedDictionary<(int Limit, int Latency), (Figure Module, Figure Network)> _rates = [];

    internal void Add(ModuleBuild build, int latency, int limit, double module, double network)
    {
        if (!_rates.TryGetValue((limit, latency), out (Figure Module, Figure Network) rate))
            _rates.Add((limit, latency), rate = (new Figure(string.Empty), new Figure(string.Empty)));
        rate.Module.Add(build, module);
        rate.Network.Add(build, network);
    }

    /// <summary>A curve for each ThrottleLimit.</summary>
    internal IEnumerable<IGrouping<int, (int Latency, double Module, double Network)>> Curves(ModuleBuild build) =>
        _rates.GroupBy(rate => rate.Key.Limit, rate => (rate.Key.Latency, rate.Value.Module.Median(build), rate.Value.Network.Median(build)));
}
