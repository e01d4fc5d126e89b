using System.Diagnostics;
using System.Globalization;
using System.Text;
using TcbPowerShell.Benchmarks;

const string Help =
    """
    dotnet run -c Release --project benchmarks [-- [--quick | --limits] [--write FOLDER] [--module PATH]]

      --quick           one round with shorter lists
      --limits          runs against services that throttle, and nothing else
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
for (int i = 0; i < args.Length; i++)
{
    switch (args[i])
    {
        case "--quick": plan = Plan.Quick; break;
        case "--limits": limits = true; break;
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
    (string What, int Count, bool IsSlow)[] measurements =
    [
        ("Latency", plan.Waves, true), ("FirstResult", 1_000, true), ("Pipelines", plan.Piped, false), ("Module", 50, false), ("RestMethod", 50, false),
        .. plan.Lists.Select(count => ("Memory", count, false)),
        ("Listing", plan.Listed, true), ("ListedRemoval", plan.Lists[0], true), ("ListedMemory", plan.Lists[0], false), ("ListedMemory", plan.Lists[^1], false),
    ];
    // In turn, so that what happens on the machine meanwhile falls on all of them.
    foreach (int round in Enumerable.Range(1, plan.Rounds))
    {
        foreach ((string what, int count, bool isSlow) in measurements)
        {
            Console.Error.WriteLine($"{watch.Elapsed:mm\\:ss} round {round} of {plan.Rounds}: {what} {count:N0}");
            foreach ((string name, double value) in bench.Measure(what, count, isSlow))
            {
                if (!figures.TryAdd(name, [value])) figures[name].Add(value);
            }
        }
    }
}
var page = new PerformancePage(plan, figures);
Console.WriteLine(page.Text);
if (folder is not null) page.Write(folder);
return page.Rows.All(row => row.IsMet) ? 0 : 1;
