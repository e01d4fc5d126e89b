using System.Globalization;
using System.Text.Json;
using TcbPowerShell.Emulation;

namespace TcbPowerShell.Benchmarks;

/// <summary>
/// Emulators with a list of file IDs. Every file exists at all times, so that nothing has to be created between two runs; the emulators count the files
/// that they are asked for.
/// </summary>
internal sealed class Bench : IDisposable
{
    internal const int Latency = 100;

    /// <summary>How long a download takes to begin, in milliseconds.</summary>
    internal const int DownloadLatency = 50;

    /// <summary>How many bytes a second all downloads of the large file get.</summary>
    internal const int LineRate = 50_000_000;

    /// <summary>The length of each of many files that are copied.</summary>
    internal const int CopiedLength = 100_000;

    /// <summary>How many of them are downloaded at a time; Measure.ps1 knows it, too.</summary>
    internal const int CopyLimit = 8;

    private const string EnvironmentId = "test2-4a89da";

    private readonly string _module;
    private readonly string _list = Path.GetTempFileName();
    private readonly Dictionary<Server, TcbEmulator> _emulators;
    private long _asked;

    /// <param name="module">The argument of Import-Module.</param>
    /// <param name="files">The length of the list.</param>
    /// <param name="plan">How many of its files the two list.</param>
    internal Bench(string module, int files, Plan plan)
    {
        _module = module;
        string[] fileIds = [.. Enumerable.Range(0, files).Select(i =>
            $"cloud://{EnvironmentId}.7465-{EnvironmentId}-1258717764/商品图/2024春季/{i / 100:0000}/红色连衣裙  {i:0000000}.png")];
        _emulators = new()
        {
            [Server.Fast] = Start(TimeSpan.Zero, fileIds.Take(plan.Lists[^1])),
            [Server.Slow] = Start(TimeSpan.FromMilliseconds(Latency), fileIds.Take(plan.Listed)),
            [Server.Files] = StartFiles(fileIds.Take(plan.Copied * 2), CopiedLength,
                new EmulatorOptions { DownloadFault = _ => Fault.Delay(TimeSpan.FromMilliseconds(DownloadLatency)) }),
            [Server.SmallFiles] = StartFiles(fileIds.Take(plan.Pipelines[^1]), 1_000, new EmulatorOptions()),
            [Server.Line] = StartFiles(fileIds.Take(1), plan.LargeMegabytes * 1_000_000L, new EmulatorOptions { Bandwidth = LineRate }),
        };
        File.WriteAllLines(_list, fileIds);
    }

    /// <summary>The emulators.</summary>
    internal enum Server
    {
        /// <summary>Answers at once.</summary>
        Fast,

        /// <summary>Takes <see cref="Latency"/>.</summary>
        Slow,

        /// <summary>Has files of 100 KB. Look-ups are answered at once; a download takes <see cref="DownloadLatency"/> to begin.</summary>
        Files,

        /// <summary>Has files of 1 KB and answers at once.</summary>
        SmallFiles,

        /// <summary>Has one large file, on a line of <see cref="LineRate"/>.</summary>
        Line,
    }

    /// <summary>A folder in memory, on which a flush costs nothing; null where the system has none.</summary>
    internal static string? MemoryFolder { get; } = Directory.Exists("/dev/shm") ? "/dev/shm" : null;

    /// <summary>Takes one of the measurements of Measure.ps1, in a process of its own.</summary>
    /// <returns>The figures by name.</returns>
    internal Dictionary<string, double> Measure(string what, int count, Server server)
    {
        long before = _asked;
        string copies = Path.Combine(what == "CopiesInMemory" ? MemoryFolder! : Path.GetTempPath(), $"tcb-copies-{Environment.ProcessId}");
        try
        {
            string output = Shell.RunScript("Measure.ps1", "-What", what, "-Count", count.ToString(CultureInfo.InvariantCulture), "-Module", _module,
                "-EnvironmentId", EnvironmentId, "-AccessToken", new EmulatorOptions().AccessToken!, "-Endpoint", _emulators[server].Endpoint.ToString(),
                "-Path", _list, "-Copies", copies);
            Dictionary<string, double> figures = JsonSerializer.Deserialize<Dictionary<string, double>>(output)!;
            return figures.Remove("Files", out double files) && _asked - before == files
                ? figures
                : throw new InvalidOperationException($"{what}: {_asked - before} files were asked for instead of {files}.");
        }
        finally
        {
            if (Directory.Exists(copies)) Directory.Delete(copies, recursive: true);
        }
    }

    public void Dispose()
    {
        foreach (TcbEmulator emulator in _emulators.Values) emulator.Dispose();
        File.Delete(_list);
    }

    private TcbEmulator Start(TimeSpan latency, IEnumerable<string> fileIds)
    {
        var exists = Fault.FileStatus(0, "ok", _ => true);
        var found = Fault.FileList(entries => entries.Select(entry => FileEntry.Of(entry.FileId, 0) with { DownloadUrl = "https://example.invalid/a.png?sign=1" }));
        return Start(new EmulatorOptions { FileIds = fileIds, Latency = latency, Fault = request => request.Kind == RequestKind.Lookup ? found : exists });
    }

    private TcbEmulator StartFiles(IEnumerable<string> fileIds, long length, EmulatorOptions options)
    {
        var exists = Fault.FileStatus(0, "ok", _ => true);
        TcbEmulator emulator = Start(options with { Fault = request => request.Kind == RequestKind.Lookup ? null : exists });
        foreach (string fileId in fileIds)
        {
            emulator.Files.PutGenerated(fileId, length);
            // Opening it computes its MD5, which is not a part of what is measured.
            emulator.Files.OpenRead(fileId)!.Dispose();
        }
        return emulator;
    }

    private TcbEmulator Start(EmulatorOptions options) => TcbEmulator.Start(options with
    {
        Environments = [EnvironmentId],
        Detail = LogDetail.Counts,
        RequestCompleted = request =>
        {
            if (request.Outcome!.ErrorCode == 0) Interlocked.Add(ref _asked, request.FileCount);
        },
    });
}
