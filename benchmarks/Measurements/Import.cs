using System.Diagnostics;

namespace TcbPowerShell.Benchmarks;

/// <summary>Import-Module, in a fresh process each time, against a binary module with one small cmdlet and as many format files.</summary>
internal sealed class Import(Plan plan) : IMeasurement
{
    internal const string ChildCommand = "import-child";

    private readonly Figure _ofEmpty = new("import time, times the empty module's", atMost: 1.5);

    public Section Section => new("Import, a process for each", [_ofEmpty]);

    public void MeasureRound(Bench bench)
    {
        foreach (ModuleBuild build in ModuleBuild.All)
        {
            for (int i = 0; i < plan.Imports; i++) _ofEmpty.Add(build, Measure(build.Module) / Measure(build.Floor));
        }
    }

    /// <summary>The child process: the question is the module, the answer seconds.</summary>
    internal static int RunChild()
    {
        using var session = new Session();
        return ChildProcess.Serve<string>(module =>
        {
            var watch = Stopwatch.StartNew();
            session.Import(module);
            return watch.Elapsed.TotalSeconds;
        });
    }

    private static double Measure(string module)
    {
        using var child = new ChildProcess(ChildCommand);
        return child.Ask<double>(module);
    }
}
