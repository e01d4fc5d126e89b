using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;

namespace TcbPowerShell.Endurance;

/// <summary>
/// Find | Save | Remove under faults, killed in the middle of a part file, at the renaming, at the last line of the index and during a deletion, and then
/// run again until nothing is left. The originals that are gone must all be in the folder, byte for byte.
/// </summary>
internal static class SaveTrial
{
    /// <summary>The verb with which this program starts itself to be killed.</summary>
    internal const string Victim = "save-victim";

    private const string Env = "test2-4a89da";
    private const string Bucket = $"cloud://{Env}.7465-{Env}-1258717764/";
    private const string Large = Bucket + "tmp/00 large.bin";
    private const int MostRuns = 10;

    private static readonly string[] DownloadFaults =
        ["drop:2%", "cut-1000:2%", "http-503:2%", "http-429:1%", "expire:3%", "damage:2%", "stale:2%", "short:1%", "stall-50:0.5%"];

    private static readonly string[] Faults = ["drop:2%", "drop-after:3%", "http-503:2%", "errcode--1:2%", "truncate:1%"];

    internal static Table Run(int rounds, int files, int largeMegabytes)
    {
        var table = new Table($"Find | Save | Remove, kill -9: {files:N0} files and one of {largeMegabytes} MB; downloads: {string.Join(", ", DownloadFaults)}; other calls: {string.Join(", ", Faults)}",
            "round", "links", "killed in the part file", "at the renaming", "at the last line of the index", "during a deletion", "runs after that", "originals gone",
            "without an equal copy", "paths with other bytes", "part files left", "passed");
        for (int round = 0; round < rounds; round++) new Round(round, files, largeMegabytes).Run(table);
        return table;
    }

    /// <summary>The run that is killed. Prints each copy before the pipeline hands it to the deletion.</summary>
    internal static int RunVictim(string[] arguments)
    {
        Console.OutputEncoding = new UTF8Encoding(false);
        using PowerShellSession session = Trial.CreateSession();
        ScriptOutcome result = session.Run("""
            $c = Connect-TcbEnvironment $e -AccessToken 'emulator-access-token' -Endpoint $u -TimeoutSec 5
            Find-TcbCloudFile 'tmp/' | Save-TcbCloudFile $folder -ThrottleLimit 8 -WarningAction SilentlyContinue |
                ForEach-Object { [Console]::Out.WriteLine("$($_.FileId)`t$($_.Path)`t$($_.Outcome)"); $_ } |
                Remove-TcbCloudFile -ThrottleLimit 2 -WarningAction SilentlyContinue
            """, ("e", Env), ("u", new Uri(arguments[0])), ("folder", arguments[1]));
        foreach (string error in result.Errors.Select(error => error.ToString()).Append(result.Terminating?.ToString() ?? "-")) Console.Error.WriteLine(error);
        return result.Terminating is null ? 0 : 1;
    }

    private sealed class Round : IDisposable
    {
        private readonly int _number;
        private readonly Random _random;
        private readonly int _largeLength;
        private readonly string _folder = Directory.CreateTempSubdirectory("tcb-saves-").FullName;
        private readonly string _copies;
        private readonly Dictionary<string, (long Length, string? ETag)> _files = new(StringComparer.Ordinal);
        private readonly Dictionary<string, string> _paths = new(StringComparer.Ordinal);
        private readonly TcbEmulator _emulator;
        // The same files, of which none is ever deleted: what a copy must hold.
        private readonly TcbEmulator _originals;
        private int _changedPaths;

        internal Round(int number, int files, int largeMegabytes)
        {
            _number = number;
            _random = new Random(number);
            _largeLength = largeMegabytes * 1_000_000;
            _copies = Path.Combine(_folder, "copies");
            _files[Large] = (_largeLength, null);
            for (int i = 0; i < files; i++)
            {
                string fileId = Bucket + "tmp/" + Name(i);
                // Uploaded in parts, a file has an ETag that is not an MD5.
                _files[fileId] = (_random.Next(64, 20_000), i % 3 == 0 ? $"{FileHash(fileId)}-3" : null);
            }
            Func<EmulatorRequest, Fault?> faults = FaultPlan.Parse(number, DownloadFaults);
            _emulator = Start(new EmulatorOptions
            {
                Seed = number,
                Latency = TimeSpan.FromMilliseconds(5),
                Jitter = TimeSpan.FromMilliseconds(20),
                Bandwidth = 40_000_000,
                RawLinks = number % 2 == 1,
                Fault = FaultPlan.Parse(number, Faults),
                // A damaged byte in a file without an MD5 is what nobody can see.
                DownloadFault = request => faults(request) is { } fault && !(fault.Name == "damage" && _files[request.FileIds[0]].ETag is not null) ? fault : null,
            });
            _originals = Start(new EmulatorOptions());
        }

        public void Dispose()
        {
            _emulator.Dispose();
            _originals.Dispose();
            Directory.Delete(_folder, recursive: true);
        }

        internal void Run(Table table)
        {
            using (this)
            {
                int length = _random.Next(_largeLength / 10, _largeLength);
                string part = Kill(() => OnDisk().Parts.Exists(part => part > length),
                    () => $"{OnDisk().Parts.DefaultIfEmpty().Max():N0} bytes");
                string renaming = KillAfterReports(() => OnDisk().Named > 0, () => $"{OnDisk().Named} with a line, without a name");
                string line = KillAfterReports(() => OnDisk().Renamed > 0, () => $"{OnDisk().Renamed} with a name, without the line");
                int deletions = _emulator.Requests.CountOf(RequestKind.Delete) + _random.Next(1, 2 + (_files.Count / 750));
                EmulatorRequest[] inFlight = [];
                string deletion = Kill(
                    () => _emulator.Requests.CountOf(RequestKind.Delete) >= deletions && (inFlight = Deleting()).Length > 0,
                    () => $"{inFlight.Length} in flight, {inFlight.Sum(request => request.Outcome!.Deleted)} files deleted");
                int runs = 0;
                for (; _emulator.Files.Count > 0 && runs < MostRuns; runs++) _ = Kill(() => false, () => string.Empty);

                string[] gone = [.. _files.Keys.Where(fileId => !_emulator.Files.Contains(fileId))];
                int lost = gone.Count(fileId => !_paths.TryGetValue(fileId, out string? path) || !IsCopy(fileId, path));
                (int foreign, int parts) = CheckFolder();
                bool passed = !new[] { part, renaming, line, deletion }.Contains("missed") && gone.Length == _files.Count && lost + foreign + parts + _changedPaths == 0;
                table.Add(passed, _number, _number % 2 == 1 ? "not encoded" : "encoded", part, renaming, line, deletion, runs, gone.Length, lost, foreign + _changedPaths, parts);
            }
        }

        private EmulatorRequest[] Deleting() =>
            [.. _emulator.Requests.Snapshot().Where(request => request.Kind == RequestKind.Delete && request.Outcome is null)];

        // At another place in each round. The moment is short, so the process stands still for the question.
        private string KillAfterReports(Func<bool> isMoment, Func<string> describe) =>
            Kill(isMoment, describe, Reports + _random.Next(20, Math.Max(21, _files.Count / 8)));

        private int Reports
        {
            get
            {
                lock (_paths) return _paths.Count;
            }
        }

        /// <summary>Starts the run and kills it at a moment, or lets it end.</summary>
        /// <param name="isMoment">Whether now is the moment.</param>
        /// <param name="describe">Describes the state after the kill.</param>
        /// <param name="reports">How many copies must have been reported before; then the process stands still for the question.</param>
        /// <returns>The state after the kill; "missed" if the run ended before the moment came.</returns>
        private string Kill(Func<bool> isMoment, Func<string> describe, int? reports = null)
        {
            var start = new ProcessStartInfo(Environment.ProcessPath!, [.. KillTrial.Self(), Victim, _emulator.Endpoint.AbsoluteUri, _copies])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                StandardOutputEncoding = Encoding.UTF8,
            };
            using Process victim = Process.Start(start)!;
            victim.OutputDataReceived += (_, line) => Note(line.Data);
            victim.BeginOutputReadLine();
            Task<string> errors = victim.StandardError.ReadToEndAsync();
            bool killed = false;
            while (!killed && !victim.HasExited)
            {
                bool isNear = Reports >= (reports ?? 0);
                bool stops = isNear && reports is not null;
                if (stops) Signal(victim, Stop);
                killed = isNear && isMoment();
                if (killed) victim.Kill();
                else if (stops) Signal(victim, Continue);
                if (!killed) Thread.Sleep(_random.Next(1, 4));
            }
            // Also waits for the last line of its output.
            victim.WaitForExit();
            string text = errors.GetAwaiter().GetResult();
            if (!killed && victim.ExitCode != 0) Console.Error.WriteLine(text);
            _emulator.Requests.WhenAsync(log => log.InFlight == 0).Wait();
            return killed ? describe() : "missed";
        }

        private void Note(string? line)
        {
            // Half a line is that of a process that was killed: its file was not handed on.
            if (line?.Split('\t') is not [var fileId, var path, "Saved" or "AlreadySaved"]) return;
            lock (_paths)
            {
                if (_paths.TryGetValue(fileId, out string? known) && known != path) _changedPaths++;
                _paths[fileId] = path;
            }
        }

        /// <summary>The lengths of the part files, and how many copies the index has without their facts: before and after they got their name.</summary>
        private (List<long> Parts, int Named, int Renamed) OnDisk()
        {
            List<long> parts = [];
            if (!Directory.Exists(_copies)) return (parts, 0, 0);
            foreach (string path in Directory.EnumerateFiles(_copies, "*%part", SearchOption.AllDirectories))
            {
                var part = new FileInfo(path);
                if (part.Exists) parts.Add(part.Length);
            }
            string[] unfinished = Unfinished(Path.Combine(_copies, "%index.jsonl"));
            return (parts, unfinished.Count(path => !File.Exists(path) && File.Exists(path + "%part")), unfinished.Count(File.Exists));
        }

        // Of the index's end, which is where the copies are that are being made.
        private string[] Unfinished(string index)
        {
            if (!File.Exists(index)) return [];
            using var file = new FileStream(index, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            file.Position = Math.Max(0, file.Length - 16_384);
            Dictionary<string, string> paths = new(StringComparer.Ordinal);
            foreach (string line in new StreamReader(file).ReadToEnd().Split('\n'))
            {
                try
                {
                    using var entry = JsonDocument.Parse(line);
                    string fileId = entry.RootElement.GetProperty("fileId").GetString()!;
                    if (entry.RootElement.TryGetProperty("length", out _)) paths.Remove(fileId);
                    else paths[fileId] = Path.Combine(_copies, entry.RootElement.GetProperty("path").GetString()!);
                }
                catch (Exception e) when (e is JsonException or KeyNotFoundException)
                {
                    // The line at which the reading began, or which the kill tore.
                }
            }
            return [.. paths.Values];
        }

        private bool IsCopy(string fileId, string path)
        {
            if (!File.Exists(path) || !path.StartsWith(_copies, StringComparison.Ordinal)) return false;
            using Stream original = _originals.Files.OpenRead(fileId)!;
            using FileStream copy = File.OpenRead(path);
            return original.Length == copy.Length && SHA256.HashData(original).AsSpan().SequenceEqual(SHA256.HashData(copy));
        }

        /// <summary>Counts the paths that hold what is not the content of their ID, and the part files.</summary>
        private (int Foreign, int Parts) CheckFolder()
        {
            Dictionary<string, string> owners = _paths.ToDictionary(pair => pair.Value, pair => pair.Key, StringComparer.Ordinal);
            string[] all = [.. Directory.EnumerateFiles(_copies, "*", SearchOption.AllDirectories).Where(path => !Path.GetFileName(path).StartsWith("%index", StringComparison.Ordinal))];
            string[] parts = [.. all.Where(path => path.EndsWith("%part", StringComparison.Ordinal))];
            return (all.Except(parts).Count(path => !owners.TryGetValue(path, out string? fileId) || !IsCopy(fileId, path)), parts.Length);
        }

        private TcbEmulator Start(EmulatorOptions options)
        {
            TcbEmulator emulator = TcbEmulator.Start(options with { Environments = [Env] });
            foreach ((string fileId, (long length, string? eTag)) in _files) emulator.Files.PutGenerated(fileId, length, new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), eTag);
            return emulator;
        }

        private static string Name(int i) => (i % 8) switch
        {
            0 => $"照片/{i % 97} 年/IMG_{i:D5}+&.png",
            1 => $"a#b/{i}?x.png",
            2 => $"100%/{i}%41.txt",
            3 => $"Case/{i - i % 8}.PNG",
            4 => $"case/{i - i % 8}.png",
            5 => $"con/{i}. ",
            6 => $"deep/{i % 5}/x:y/{i}|.json",
            _ => $"{new string('长', 80)}{i}.txt",
        };

        private static string FileHash(string fileId) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(fileId)))[..32];

        private static int Stop => OperatingSystem.IsMacOS() ? 17 : 19;

        private static int Continue => OperatingSystem.IsMacOS() ? 19 : 18;

        private static void Signal(Process process, int signal)
        {
            if (OperatingSystem.IsWindows()) return;
            _ = SendSignal(process.Id, signal);
            // Until it stands still; a thread in a system call first comes to its end.
            if (signal == Stop) Thread.Sleep(2);
        }

        [DllImport("libc", EntryPoint = "kill")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static extern int SendSignal(int process, int signal);
    }
}
