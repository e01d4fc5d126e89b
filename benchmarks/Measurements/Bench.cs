namespace TcbPowerShell.Benchmarks;

/// <summary>The processes that measurements share; each is started when it is first asked for.</summary>
internal sealed class Bench(Plan plan) : IDisposable
{
    // The runtime compiles a second time, in the background, what has shown to be hot: it waits until nothing new has been called for a while.
    private const int WarmUps = 5;

    private static readonly TimeSpan CompilerPause = TimeSpan.FromMilliseconds(300);

    private readonly Dictionary<int, EmulatorProcess> _emulators = [];
    private readonly Dictionary<ModuleBuild, Worker> _workers = [];
    private Worker? _network;

    /// <summary>A process for the network floor alone, beside those of the builds.</summary>
    internal Worker Network => _network ??= Start(ModuleBuild.Core);

    internal EmulatorProcess Emulator(int latency = 0)
    {
        if (!_emulators.TryGetValue(latency, out EmulatorProcess? emulator)) _emulators.Add(latency, emulator = new EmulatorProcess(latency));
        return emulator;
    }

    /// <summary>A warm process with a build of the module.</summary>
    internal Worker Worker(ModuleBuild build)
    {
        if (!_workers.TryGetValue(build, out Worker? worker)) _workers.Add(build, worker = Start(build));
        return worker;
    }

    private Worker Start(ModuleBuild build)
    {
        var worker = new Worker(build);
        for (int i = 0; i < WarmUps; i++)
        {
            foreach (JobKind kind in Enum.GetValues<JobKind>())
                _ = worker.Run(kind, new IdRange(0, kind == JobKind.FirstResult ? 50 : plan.WarmUp), 5, Emulator());
            Thread.Sleep(CompilerPause);
        }
        return worker;
    }

    public void Dispose()
    {
        foreach (Worker worker in _workers.Values) worker.Dispose();
        _network?.Dispose();
        foreach (EmulatorProcess emulator in _emulators.Values) emulator.Dispose();
    }
}
