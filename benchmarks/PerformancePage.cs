using System.Runtime.InteropServices;
using System.Text;

namespace TcbPowerShell.Benchmarks;

/// <summary>docs/performance.md and its charts. Nothing in them is written by hand.</summary>
internal sealed class PerformancePage
{
    private const string Loop = "How many times as fast is `Remove-TcbCloudFile` as";

    private static readonly int[] Limits = [1, 5, 16, 64];

    private readonly Plan _plan;
    private readonly Dictionary<string, List<double>> _figures;
    private readonly List<Row> _rows = [];

    internal PerformancePage(Plan plan, Dictionary<string, List<double>> figures)
    {
        _plan = plan;
        _figures = figures;
        (int small, int large) = (plan.Lists[0], plan.Lists[^1]);
        string rounds = plan.Rounds == 1 ? "one short round (`--quick`)" : $"{plan.Rounds} rounds";
        Text = $"""
            # Performance

            Written by `dotnet run -c Release --project benchmarks -- --write docs` on a machine with {Environment.ProcessorCount} cores
            ({RuntimeInformation.OSDescription}, {RuntimeInformation.OSArchitecture}). Each measurement runs in a PowerShell process of its own (`dotnet pwsh`)
            against the emulator on the same machine. The result is the median of {rounds}; the range is the lowest and the highest value. Ratios carry over to
            other machines. Times and rates do not.

            ## Compared with a loop of Invoke-RestMethod

            The service takes {Bench.Latency} ms to answer. `Remove-TcbCloudFile` runs with its default settings: 50 files per request, five requests in flight. The
            loops build the JSON, call the service and check `errcode`; they do not retry anything.

            {Table(
                Ratio($"{Loop} a `foreach` loop with one file per call?", "LoopOfOne", atLeast: 15),
                Ratio($"{Loop} a `foreach` loop with 50 files per call?", "LoopOfFifty"),
                Ratio($"{Loop} `ForEach-Object -Parallel -ThrottleLimit 5` with 50 files per call?", "Parallel"))}

            ## Compared with what the latency allows

            If each request takes 50 files and {Bench.Latency} ms, then `-ThrottleLimit` × {50_000 / Bench.Latency:N0} files per second is the limit, however fast the
            client is. At `-ThrottleLimit 64`, the module and the emulator share the processors of this machine, and their speed counts as well.
            A run starts with at most three requests in flight, and adds two more for each accepted request, up to `-ThrottleLimit`. This start costs about
            one round trip at `-ThrottleLimit 16` and two at 64. The lists here are {plan.Waves} round trips
            long at full concurrency; the longer the list, the less the start matters.

            {Table([
                .. Limits.Select(limit => Reach($"How much of the limit does `Remove-TcbCloudFile -ThrottleLimit {limit}` reach?", "Limit", limit)),
                Reach("How much of it does `Get-TcbCloudFile` reach with its default, `-ThrottleLimit 5`?", "LookUp", 5)])}

            ![Files per second by ThrottleLimit](throughput.svg)

            ## Lists in a file

            The service answers at once, so the processors are the limit. They also do the work of the emulator. The memory that a run holds is what is left
            after a garbage collection in the middle of it. The rest of the peak is PowerShell itself, and garbage that it has not collected yet.

            {Table(
                Ask("How many files does `Get-Content ids.txt \\| Remove-TcbCloudFile` delete?", "#,0' per second'", "Lines"),
                Ask("How many does `Get-Content ids.txt -ReadCount 1000 \\| Remove-TcbCloudFile` delete?", "#,0' per second'", "Blocks"),
                new Row($"How much more memory does a run hold for {large:N0} files than for {small:N0}?", "0.0' MB'",
                    [.. figures[$"Held{large}"].Zip(figures[$"Held{small}"], (most, least) => most - least)], AtMost: 5))}

            ![Memory by the length of the list](memory.svg)

            ## Listings

            `Find-TcbCloudFile` lists {plan.Listed:N0} files in pages of 1,000. If each page takes {Bench.Latency} ms, then {1_000_000 / Bench.Latency:N0} files per
            second is the limit: the storage names the next page only in the one before. `Find-TcbCloudFile | Remove-TcbCloudFile -ThrottleLimit 5` deletes
            {small:N0} files, and so does `Get-Content` with the same IDs.

            {Table(
                Ask("How much of the limit does `Find-TcbCloudFile` reach?", "0 %", "Listing", value => value * Bench.Latency / 1_000_000, atLeast: 0.9),
                new Row("How fast is a deletion of listed files, compared with the same list in a file?", "0 %",
                    [.. figures["FromListing"].Zip(figures["FromList"], (listing, list) => listing / list)], AtLeast: 0.95),
                new Row($"How much more memory does a listing of {large:N0} files hold than before it began?", "0.0' MB'",
                    [.. figures[$"HeldListing{large}"].Zip(figures[$"BeforeListing{large}"], (held, before) => held - before)], AtMost: 10),
                new Row($"How much more memory does a listing of {large:N0} files hold than one of {small:N0}?", "0.0' MB'",
                    [.. figures[$"HeldListing{large}"].Zip(figures[$"HeldListing{small}"], (most, least) => most - least)], AtMost: 5))}

            ## Copies

            `Save-TcbCloudFile -ThrottleLimit {Bench.CopyLimit}` saves {plan.Copied:N0} files of {Bench.CopiedLength / 1000} KB. Each download takes {Bench.DownloadLatency} ms to
            begin, so {Bench.CopyLimit * 1000 / Bench.DownloadLatency} files per second is the limit; look-ups are answered at once. Each copy is on the disk before
            it has its name. The file of {plan.LargeMegabytes:N0} MB comes over a line of {Bench.LineRate / 1_000_000} MB per second.

            {Table([
                Copies("How much of the limit does `Save-TcbCloudFile` reach?", "Copies", atLeast: 0.85),
                .. Bench.MemoryFolder is null ? [] : new[] { Copies("How much of it does it reach in a folder in memory, on which a flush costs nothing?", "CopiesInMemory") },
                Ask("How much of the line does a copy of the large file reach?", "0 %", "LargeCopy", value => value * 1_000_000 / Bench.LineRate, atLeast: 0.95),
                new Row("How much does the peak memory of the PowerShell process grow during that copy?", "0.0' MB'",
                    [.. figures["PeakLargeCopy"].Zip(figures["BeforeLargeCopy"], (peak, before) => peak - before)], AtMost: 50),
                new Row($"How much more memory does `Find-TcbCloudFile \\| Save-TcbCloudFile \\| Remove-TcbCloudFile` hold for {plan.Pipelines[^1]:N0} files than for {plan.Pipelines[0]:N0}?",
                    "0.0' MB'", [.. figures[$"HeldCopies{plan.Pipelines[^1]}"].Zip(figures[$"HeldCopies{plan.Pipelines[0]}"], (most, least) => most - least)], AtMost: 5)])}

            ## Throttling

            [throttling.md](throttling.md) has the runs against services that limit the rate or the number of requests.

            ## Time to start

            {Table(
                Ask($"How long does a run take to its first result, if the service takes {Bench.Latency} ms?", "0' ms'", "FirstResult", atMost: Bench.Latency + 15),
                Ask("How long does `Import-Module TcbPowerShell` take in a new session?", "0' ms'", "Import"),
                Ask("How long does it take in a new session to import the module, connect and delete 50 files?", "0' ms'", "Module"),
                Ask("How long does one call of `Invoke-RestMethod` take in a new session for the same 50 files?", "0' ms'", "RestMethod"))}
            """.ReplaceLineEndings("\n") + "\n";
    }

    internal string Text { get; }

    internal IReadOnlyList<Row> Rows => _rows;

    internal void Write(string folder)
    {
        Save("performance.md", Text);
        Save("throughput.svg", Charts.Draw($"Files per second at a latency of {Bench.Latency} ms", "ThrottleLimit", 2,
            ("Remove-TcbCloudFile", Limits.Select(limit => Point(limit, $"Limit{limit}"))),
            ("what the latency allows", Limits.Select(limit => (limit, 50_000.0 * limit / Bench.Latency)))));
        Save("memory.svg", Charts.Draw("Memory of the PowerShell process, MB", "files", 10,
            ("at its peak", _plan.Lists.Select(count => Point(count, $"Peak{count}"))),
            ("held by the run", _plan.Lists.Select(count => Point(count, $"Held{count}")))));

        (int, double) Point(int x, string figure) => (x, Row.MedianOf(_figures[figure]));
        void Save(string name, string text) => File.WriteAllText(Path.Combine(folder, name), text, new UTF8Encoding(false));
    }

    private Row Ratio(string question, string figure, double? atLeast = null) =>
        new(question, "0.0' times'", [.. _figures["Limit5"].Zip(_figures[figure], (module, loop) => module / loop)], atLeast);

    private Row Reach(string question, string figure, int limit) =>
        Ask(question, "0 %", $"{figure}{limit}", value => value * Bench.Latency / (50_000 * limit), atLeast: limit <= 16 ? 0.95 : null);

    private Row Copies(string question, string figure, double? atLeast = null) =>
        Ask(question, "0 %", figure, value => value * Bench.DownloadLatency / (1000 * Bench.CopyLimit), atLeast);

    private Row Ask(string question, string format, string figure, Func<double, double>? convert = null, double? atLeast = null, double? atMost = null) =>
        new(question, format, [.. _figures[figure].Select(convert ?? (value => value))], atLeast, atMost);

    private string Table(params Row[] rows)
    {
        _rows.AddRange(rows);
        return string.Join('\n', ["| Question | Result | Range | Target |", "|---|---:|---:|---:|", .. rows.Select(row => row.ToString())]);
    }
}
