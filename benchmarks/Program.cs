using System.Diagnostics;
using System.Globalization;
using System.Text;
using TcbPowerShell.Benchmarks;

const string Help =
    """
    dotnet run -c Release --project benchmarks [-- [--quick | --limits] [--only NAME ...] [--write FOLDER] [--module PATH]]

      --quick           one round with shorter lists
      --limits          runs against services that throttle, and nothing else
      --only NAME       takes this measurement of Measure.ps1, such as Copies, and prints its figures without the page (repeatable)
      --write FOLDER    writes performance.md and its charts to this folder (docs); with --limits throttling.md
      --module PATH     measures another build of the module than the one that has just been built

    The exit code is 1 if a target is missed.
    """;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
Console.OutputEncoding = new UTF8Encoding(false);
Plan plan = Plan.Full;
string module = Shell.StagedModule;
string? folder = null;
bool limits = false;
HashSet<string> only = [];
for (int i = 0; i < args.Length; i++)
{
    switch (args[i])
    {
        case "--quick": plan = Plan.Quick; break;
        case "--limits": limits = true; break;
        case "--only" when i + 1 < args.Length: only.Add(args[++i]); break;
        case "--write" when i + 1 < args.Length: folder = args[++i]; break;
        case "--module" when i + 1 < args.Length: module = Path.GetFullPath(args[++i]); break;
        default:
            Console.WriteLine(Help);
            return args[i] == "--help" ? 0 : 2;
    }
}

Dictionary<string, List<double>> figures = [];
var watch = Stopwatch.StartNew();
Shell.Restore();
if (limits) return ThrottlingPage.Make(module, folder) ? 0 : 1;
using (var bench = new Bench(module, Math.Max(plan.Lists[^1], plan.Waves * 64 * 50), plan))
{
    (string What, int Count, Bench.Server Server)[] copies =
    [
        ("Copies", plan.Copied, Bench.Server.Files), .. Bench.MemoryFolder is null ? [] : new[] { ("CopiesInMemory", plan.Copied, Bench.Server.Files) },
        ("LargeCopy", plan.LargeMegabytes, Bench.Server.Line), .. plan.Pipelines.Select(count => ("CopiedMemory", count, Bench.Server.SmallFiles)),
    ];
    (string What, int Count, Bench.Server Server)[] measurements =
    [
        ("Latency", plan.Waves, Bench.Server.Slow), ("FirstResult", 1_000, Bench.Server.Slow), ("Pipelines", plan.Piped, Bench.Server.Fast),
        ("Module", 50, Bench.Server.Fast), ("RestMethod", 50, Bench.Server.Fast), .. plan.Lists.Select(count => ("Memory", count, Bench.Server.Fast)),
        ("Listing", plan.Listed, Bench.Server.Slow), ("ListedRemoval", plan.Lists[0], Bench.Server.Slow),
        ("ListedMemory", plan.Lists[0], Bench.Server.Fast), ("ListedMemory", plan.Lists[^1], Bench.Server.Fast), .. copies,
    ];
    // In turn, so that what happens on the machine meanwhile falls on all of them.
    foreach (int round in Enumerable.Range(1, plan.Rounds))
    {
        foreach ((string what, int count, Bench.Server server) in measurements.Where(measurement => only.Count == 0 || only.Contains(measurement.What)))
        {
            Console.Error.WriteLine($"{watch.Elapsed:mm\\:ss} round {round} of {plan.Rounds}: {what} {count:N0}");
            foreach ((string name, double value) in bench.Measure(what, count, server))
            {
                if (!figures.TryAdd(name, [value])) figures[name].Add(value);
            }
        }
    }
}
if (only.Count > 0)
{
    foreach ((string name, List<double> values) in figures) Console.WriteLine($"{name}: {string.Join(", ", values.Select(value => value.ToString("0.00", CultureInfo.InvariantCulture)))}");
    return 0;
}
var page = new PerformancePage(plan, figures);
Console.WriteLine(page.Text);
if (folder is not null) page.Write(folder);
return page.Rows.All(row => row.IsMet) ? 0 : 1;
