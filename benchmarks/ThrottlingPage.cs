using System.Text;

namespace TcbPowerShell.Benchmarks;

/// <summary>docs/throttling.md and its chart. Nothing in them is written by hand.</summary>
internal static class ThrottlingPage
{
    // A client that knows the limit needs so many seconds for each request, but for those that go at once.
    private static readonly (string What, string Limit, int Latency, double PerRequest, int AtOnce)[] Limits =
    [
        ("20 requests per second, HTTP 429", "20/s,http-429", 20, 0.05, 0),
        ("20 requests per second, HTTP 429 with `Retry-After: 1`", "20/s,http-429-retry-after-1", 20, 0.05, 0),
        ("20 requests per second, errcode -501004", "20/s", 20, 0.05, 0),
        ("two requests at once, errcode -501004", "2-at-once", 50, 0.025, 0),
        ("20 requests per second, a burst of 20, HTTP 503", "20/s,burst=20,http-503", 20, 0.05, 20),
    ];

    /// <summary>Takes the measurements.</summary>
    /// <param name="module">The module.</param>
    /// <param name="folder">The folder of the page; null if it is not written.</param>
    /// <returns>Whether no file was lost.</returns>
    internal static bool Make(string module, string? folder)
    {
        bool isComplete = true;
        List<string> rows = [];
        foreach (int requests in (int[])[120, 600])
        {
            foreach ((string what, string limit, int latency, double perRequest, int atOnce) in Limits)
                Add(what, requests, latency, (requests - atOnce) * perRequest, LimitedRun.Start(module, requests, latency, null, limit));
        }
        // No limit but the default ThrottleLimit of 5.
        Add("none; 5% rejected at random, errcode -501004", 1000, 100, 1000 * 0.1 / 5, LimitedRun.Start(module, 1000, 100, "errcode--501004:5%"));
        // Enough for what the limits let through in a hundred seconds.
        var changing = LimitedRun.Start(module, 3_650, 20, null, "50/s,burst=5", "5/s,burst=5@30s", "50/s,burst=5@60s");
        isComplete &= changing.Failed == 0;
        string text = $"""
            # Throttling

            Written by `dotnet run -c Release --project benchmarks -- --limits --write docs`. A request deletes {LimitedRun.BatchSize} files.
            The runs use the default parameters and real sockets; the emulator runs on the same machine. How the module finds the rate is described in
            [design.md](design.md#the-sending-rate).

            | limit of the service | requests | latency | ideal | measured | goodput | rejected | files failed |
            |---|---:|---:|---:|---:|---:|---:|---:|
            {string.Join('\n', rows)}

            The ideal is the time of a client that knows the limit. Goodput is the ideal as a share of the measured time. A rejected request goes back
            and is sent again, and does not count as a retry.

            ## A limit that changes

            The service accepts 50 requests per second, 5 from second 30 on, and 50 again from second 60 on. {changing.Accepted.Count:N0} requests were accepted
            in {changing.Seconds:0} s, {changing.TurnedAway:N0} were rejected, and {changing.Failed:N0} files failed.

            ![Requests per second over time](throttling.svg)
            """.ReplaceLineEndings("\n") + "\n";
        Console.WriteLine(text);
        if (folder is null) return isComplete;
        Save("throttling.md", text);
        Save("throttling.svg", Charts.DrawOverTime("Requests per second", "seconds",
            ("accepted", PerSecond(changing.Accepted)),
            ("the service's limit", [(0, 50), (30, 50), (30, 5), (60, 5), (60, 50), (changing.Accepted[^1], 50)])));
        return isComplete;

        void Add(string what, int requests, int latency, double ideal, LimitedRun run)
        {
            isComplete &= run.Failed == 0;
            rows.Add($"| {what} | {requests} | {latency} ms | {ideal:0} s | {run.Seconds:0.0} s | {ideal / run.Seconds:0.00} | {run.TurnedAway} | {run.Failed} |");
            Console.Error.WriteLine(rows[^1]);
        }

        void Save(string name, string content) => File.WriteAllText(Path.Combine(folder, name), content, new UTF8Encoding(false));
    }

    // The last second is not whole.
    private static IEnumerable<(double, double)> PerSecond(IReadOnlyList<double> times) =>
        Enumerable.Range(0, (int)times[^1]).Select(second => (second + 0.5, (double)times.Count(time => time >= second && time < second + 1)));
}
