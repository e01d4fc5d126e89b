using System.Diagnostics;

namespace TcbPowerShell.Benchmarks;

/// <summary>From the moment when the service has the reply ready to the first result of a call with 50 IDs in the pipeline behind it. Warm process.</summary>
internal sealed class FirstResult : IMeasurement
{
    private const int Calls = 10;
    private const int Files = 50;

    private readonly Figure _milliseconds = new("from the reply to the first result, ms", atMost: 15);
    private readonly int _latency;

    internal FirstResult(Plan plan) => _latency = plan.Latencies[0];

    public Section Section => new($"First result of a call with {Files} IDs, {_latency} ms latency, warm process", [_milliseconds]);

    public void MeasureRound(Bench bench)
    {
        EmulatorProcess emulator = bench.Emulator(_latency);
        foreach (ModuleBuild build in ModuleBuild.All)
        {
            Worker worker = bench.Worker(build);
            // The first call makes the connection.
            for (int call = 0; call <= Calls; call++)
            {
                long first = worker.Run(JobKind.FirstResult, new IdRange(0, Files), 1, emulator).FirstResult;
                if (call > 0) _milliseconds.Add(build, Stopwatch.GetElapsedTime(emulator.Look().LastReply, first).TotalMilliseconds);
            }
        }
    }
}
