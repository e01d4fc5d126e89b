namespace TcbPowerShell.Benchmarks;

/// <summary>What a <see cref="Worker"/> is to run.</summary>
internal sealed record Job(JobKind Kind, IdRange Ids, int ThrottleLimit, Uri Endpoint);

internal enum JobKind
{
    /// <summary>Write-FloorObject: what PowerShell itself costs.</summary>
    PipelineFloor,

    /// <summary><see cref="Benchmarks.NetworkFloor"/>: what HTTP and JSON cost.</summary>
    NetworkFloor,

    /// <summary>Remove-TcbCloudFile with the IDs from the pipeline.</summary>
    Module,

    /// <summary>Remove-TcbCloudFile with the IDs as an argument, timed to its first result.</summary>
    FirstResult,
}

/// <summary>What a job took.</summary>
/// <param name="Seconds">Time.</param>
/// <param name="ProcessorSeconds">Processor time of the whole process.</param>
/// <param name="AllocatedBytes">Bytes allocated by the whole process.</param>
/// <param name="Collections">Garbage collections, by generation.</param>
/// <param name="PeakBytes">The peak working set of the process so far.</param>
/// <param name="FirstResult">When the first result came (Stopwatch); 0 where it was not asked for.</param>
internal sealed record JobResult(double Seconds, double ProcessorSeconds, long AllocatedBytes, int[] Collections, long PeakBytes, long FirstResult)
{
    /// <summary>Processor time of the emulator meanwhile.</summary>
    public double EmulatorProcessorSeconds { get; init; }
}
