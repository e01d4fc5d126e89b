using System.Diagnostics;

namespace TcbPowerShell.Benchmarks;

/// <summary>
/// The module against the floors below it and the loops that one would write without it: one table of ratios, each with its spread over
/// interleaved rounds.
/// </summary>
internal static class Ratios
{
    internal static bool Run(Plan plan, string? folder)
    {
        var watch = Stopwatch.StartNew();
        var rates = new Rates();
        var memory = new Memory(plan);
        List<IMeasurement> measurements = [new Throughput(plan, rates), memory, new Latency(plan, rates), new FirstResult(plan), new Import(plan)];
        if (Loops.FindPowerShell() is null) Console.Error.WriteLine("There is no pwsh: the loops of Invoke-RestMethod are left out.");
        else measurements.Add(new Loops(plan));
        using (var bench = new Bench(plan))
        {
            for (int round = 1; round <= plan.Rounds; round++)
            {
                foreach (IMeasurement measurement in measurements)
                {
                    Console.Error.WriteLine($"{watch.Elapsed:mm\\:ss} round {round} of {plan.Rounds}: {measurement.Section.Title}");
                    measurement.MeasureRound(bench);
                }
            }
        }
        string table = Table.Write(measurements.Select(measurement => measurement.Section));
        Console.WriteLine(table);
        if (folder is not null) PerformancePage.Write(folder, plan, table, rates, memory.Peaks);
        return measurements.SelectMany(measurement => measurement.Section.Figures).All(figure => figure.IsKept);
    }
}
