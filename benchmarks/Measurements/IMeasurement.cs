namespace TcbPowerShell.Benchmarks;

/// <summary>A part of the benchmark. Rounds are interleaved: each measurement has its turn in each round.</summary>
internal interface IMeasurement
{
    Section Section { get; }

    void MeasureRound(Bench bench);
}
