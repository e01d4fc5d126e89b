using System.Diagnostics;

namespace TcbPowerShell.Benchmarks;

/// <summary>A process with a PowerShell engine and one build of the module in it. It stays warm from one job to the next.</summary>
internal sealed class Worker : IDisposable
{
    internal const string ChildCommand = "worker-child";

    private readonly ChildProcess _process;

    internal Worker(ModuleBuild build)
    {
        Build = build;
        _process = new ChildProcess(ChildCommand, build.Module, build.Floor);
    }

    internal ModuleBuild Build { get; }

    /// <summary>Runs a job, and sees to it that the emulator was asked for each file once.</summary>
    internal JobResult Run(JobKind kind, IdRange ids, int throttleLimit, EmulatorProcess emulator)
    {
        EmulatorProcess.State before = emulator.Look();
        JobResult result = Run(new Job(kind, ids, throttleLimit, before.Endpoint));
        EmulatorProcess.State after = emulator.Look();
        long deleted = after.Deleted - before.Deleted;
        long expected = kind == JobKind.PipelineFloor ? 0 : ids.Count;
        return deleted == expected
            ? result with { EmulatorProcessorSeconds = after.ProcessorSeconds - before.ProcessorSeconds }
            : throw new InvalidOperationException($"{kind}: {deleted} of {expected} files were deleted.");
    }

    /// <summary>Runs a job beside others, where nobody can say whose files were deleted.</summary>
    internal JobResult Run(Job job) => _process.Ask<JobResult>(job);

    /// <summary>The child process: its arguments are the modules.</summary>
    internal static int RunChild(string[] arguments)
    {
        using var session = new Session(arguments);
        using var network = new NetworkFloor();
        return ChildProcess.Serve<Job>(job => Measure(() => job.Kind switch
        {
            JobKind.PipelineFloor => session.RunFloor(job.Ids),
            JobKind.NetworkFloor => network.Run(job),
            JobKind.Module => session.Remove(job),
            _ => session.TimeFirstResult(job),
        }));
    }

    private static JobResult Measure(Func<long> job)
    {
        long bytes = GC.GetTotalAllocatedBytes(precise: true);
        int[] collections = CountCollections();
        TimeSpan processorTime = Environment.CpuUsage.TotalTime;
        var watch = Stopwatch.StartNew();
        long firstResult = job();
        double seconds = watch.Elapsed.TotalSeconds;
        return new JobResult(seconds, (Environment.CpuUsage.TotalTime - processorTime).TotalSeconds, GC.GetTotalAllocatedBytes(precise: true) - bytes,
            [.. CountCollections().Zip(collections, (after, before) => after - before)], Process.GetCurrentProcess().PeakWorkingSet64, firstResult);
    }

    private static int[] CountCollections() => [.. Enumerable.Range(0, GC.MaxGeneration + 1).Select(GC.CollectionCount)];

    public void Dispose() => _process.Dispose();
}
