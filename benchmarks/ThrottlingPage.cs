using System.Text;

namespace TcbPowerShell.Benchmarks;

/// <summary>docs/throttling.md and its chart. Nothing in them is written by hand.</summary>
internal static class ThrottlingPage
{
    private const int Requests = 120;

    // The last number is the time of a client that knows the limit.
    private static readonly (string What, string Limit, int Latency, double Ideal)[] Limits =
    [
        ("20 requests per second, HTTP 429", "20/s,http-429", 20, 6),
        ("20 requests per second, HTTP 429 with `Retry-After: 1`", "20/s,http-429-retry-after-1", 20, 6),
        ("20 requests per second, errcode -501004", "20/s", 20, 6),
        ("two requests at once, errcode -501004", "2-at-once", 50, 3),
        ("20 requests per second, a burst of 20, HTTP 503", "20/s,burst=20,http-503", 20, 5),
    ];

    /// <summary>Takes the measurements.</summary>
    /// <param name="module">The module.</param>
    /// <param name="folder">Where the page is written; null for nowhere.</param>
    /// <returns>Whether no file was lost.</returns>
    internal static bool Make(string module, string? folder)
    {
        bool isComplete = true;
        List<string> rows = [];
        foreach ((string what, string limit, int latency, double ideal) in Limits)
        {
            var run = LimitedRun.Start(module, Requests, latency, limit);
            isComplete &= run.Failed == 0;
            rows.Add($"| {what} | {latency} ms | {ideal:0} s | {run.Seconds:0.0} s | {ideal / run.Seconds:0.00} | {run.TurnedAway} | {run.Failed} |");
            Console.Error.WriteLine(rows[^1]);
        }
        // Enough for what the limits let through in a hundred seconds.
        var changing = LimitedRun.Start(module, 3_650, 20, "50/s,burst=5", "5/s,burst=5@30s", "50/s,burst=5@60s");
        isComplete &= changing.Failed == 0;
        string text = $"""
            # Throttling

            Written by `dotnet run -c Release --project benchmarks -- --limits --write docs`. Each run deletes {Requests * LimitedRun.BatchSize:N0} files in {Requests} requests
            with the default parameters, over real sockets, against the emulator on the same machine. How the module finds the rate is described in
            [design.md](design.md#the-sending-rate).

            | limit of the service | latency | ideal | measured | goodput | turned away | files failed |
            |---|---:|---:|---:|---:|---:|---:|
            {string.Join('\n', rows)}

            The ideal is the time of a client that knows the limit. Goodput is the ideal as a share of the measured time. Each request that is turned away goes back
            and is sent again; it uses up no retry.

            ## A limit that changes

            The service takes 50 requests per second, 5 from second 30 on, and 50 again from second 60 on. {changing.Accepted.Count:N0} requests were accepted
            in {changing.Seconds:0} s, {changing.TurnedAway:N0} were turned away, and {changing.Failed:N0} files failed.

            ![Requests per second over time](throttling.svg)
            """.ReplaceLineEndings("\n") + "\n";
        Console.WriteLine(text);
        if (folder is null) return isComplete;
        Save("throttling.md", text);
        Save("throttling.svg", Charts.DrawOverTime("Requests per second", "seconds",
            ("accepted", PerSecond(changing.Accepted)),
            ("the service's limit", [(0, 50), (30, 50), (30, 5), (60, 5), (60, 50), (changing.Accepted[^1], 50)])));
        return isComplete;

        void Save(string name, string content) => File.WriteAllText(Path.Combine(folder, name), content, new UTF8Encoding(false));
    }

    // The last second is not whole.
    private static IEnumerable<(double, double)> PerSecond(IReadOnlyList<double> times) =>
        Enumerable.Range(0, (int)times[^1]).Select(second => (second + 0.5, (double)times.Count(time => time >= second && time < second + 1)));
}
