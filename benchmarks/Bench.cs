using System.Globalization;
using System.Text.Json;
using TcbPowerShell.Emulation;

namespace TcbPowerShell.Benchmarks;

/// <summary>
/// Two emulators, one that answers at once and one that takes its time, and a list of file IDs. Every file exists at all times, so that nothing has to
/// be created between two runs; the emulators count the files that they are asked for.
/// </summary>
internal sealed class Bench : IDisposable
{
    internal const int Latency = 100;

    private const string EnvironmentId = "test2-4a89da";

    private readonly string _module;
    private readonly string _list = Path.GetTempFileName();
    private readonly TcbEmulator _fast;
    private readonly TcbEmulator _slow;
    private long _asked;

    /// <param name="module">What Import-Module is given.</param>
    /// <param name="files">The length of the list.</param>
    /// <param name="plan">How many of its files the two list.</param>
    internal Bench(string module, int files, Plan plan)
    {
        _module = module;
        string[] fileIds = [.. Enumerable.Range(0, files).Select(i =>
            $"cloud://{EnvironmentId}.7465-{EnvironmentId}-1258717764/商品图/2024春季/{i / 100:0000}/红色连衣裙  {i:0000000}.png")];
        _fast = Start(TimeSpan.Zero, fileIds.Take(plan.Lists[^1]));
        _slow = Start(TimeSpan.FromMilliseconds(Latency), fileIds.Take(plan.Listed));
        File.WriteAllLines(_list, fileIds);
    }

    /// <summary>Takes one of the measurements of Measure.ps1, in a process of its own.</summary>
    /// <returns>The figures by name.</returns>
    internal Dictionary<string, double> Measure(string what, int count, bool isSlow = false)
    {
        long before = _asked;
        string output = Shell.RunScript("Measure.ps1", "-What", what, "-Count", count.ToString(CultureInfo.InvariantCulture), "-Module", _module,
            "-EnvironmentId", EnvironmentId, "-AccessToken", new EmulatorOptions().AccessToken!, "-Endpoint", (isSlow ? _slow : _fast).Endpoint.ToString(), "-Path", _list);
        Dictionary<string, double> figures = JsonSerializer.Deserialize<Dictionary<string, double>>(output)!;
        return figures.Remove("Files", out double files) && _asked - before == files
            ? figures
            : throw new InvalidOperationException($"{what}: {_asked - before} files were asked for instead of {files}.");
    }

    public void Dispose()
    {
        _fast.Dispose();
        _slow.Dispose();
        File.Delete(_list);
    }

    private TcbEmulator Start(TimeSpan latency, IEnumerable<string> fileIds)
    {
        var exists = Fault.FileStatus(0, "ok", _ => true);
        var found = Fault.FileList(entries => entries.Select(entry => FileEntry.Of(entry.FileId, 0) with { DownloadUrl = "https://example.invalid/a.png?sign=1" }));
        return TcbEmulator.Start(new EmulatorOptions
        {
            Environments = [EnvironmentId],
            FileIds = fileIds,
            Latency = latency,
            Detail = LogDetail.Counts,
            Fault = request => request.Kind == RequestKind.Lookup ? found : exists,
            RequestCompleted = request =>
            {
                if (request.Outcome!.ErrorCode == 0) Interlocked.Add(ref _asked, request.FileCount);
            },
        });
    }
}
