using System.Globalization;
using System.Text;

namespace TcbPowerShell.Benchmarks;

/// <summary>
/// Measures what the module promises. Ends with 1 where a promise is not kept.
/// </summary>
internal static class Program
{
    private const string Help =
        """
        dotnet run -c Release --project benchmarks [-- [NAME …] [--quick] [--write FOLDER]]

          ratios        the table: the module against the floors below it and the loops that it replaces (under ten minutes)
          stream        ten times the IDs need no more memory
          concurrency   ThrottleLimit is kept, and used

        Without a name all of them. --quick measures one round with shorter lists; --write writes the table and its charts to a folder (docs).
        """;

    private static int Main(string[] arguments)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        Console.OutputEncoding = new UTF8Encoding(false);
        switch (arguments)
        {
            case [Streaming.ChildCommand, .. string[] rest]: return Streaming.RunChild(rest);
            case [EmulatorProcess.ChildCommand, .. string[] rest]: return EmulatorProcess.RunChild(rest);
            case [Worker.ChildCommand, .. string[] rest]: return Worker.RunChild(rest);
            case [Import.ChildCommand]: return Import.RunChild();
        }
        Plan plan = Plan.Full;
        string? folder = null;
        List<string> names = [];
        for (int i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] == "--quick") plan = Plan.Quick;
            else if (arguments[i] == "--write" && i + 1 < arguments.Length) folder = arguments[++i];
            else names.Add(arguments[i]);
        }
        Dictionary<string, Func<bool>> benchmarks = new(StringComparer.Ordinal)
        {
            ["stream"] = Streaming.Run,
            ["concurrency"] = Concurrency.Run,
            ["ratios"] = () => Ratios.Run(plan, folder),
        };
        if (names.Exists(name => !benchmarks.ContainsKey(name)))
        {
            Console.Error.WriteLine(Help);
            return 2;
        }
        if (names.Count == 0) names.AddRange(benchmarks.Keys);
        // All of them, whatever becomes of the first.
        bool[] isKept = [.. names.Select(name => benchmarks[name]())];
        return isKept.All(kept => kept) ? 0 : 1;
    }
}
