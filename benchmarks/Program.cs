using System.Globalization;

namespace TcbPowerShell.Benchmarks;

/// <summary>
/// Measures what the module promises, each promise by a command that anyone can run again:
/// <c>dotnet run -c Release --project benchmarks -- stream</c>. Ends with 1 where a promise is not kept.
/// </summary>
internal static class Program
{
    private static readonly Dictionary<string, Func<bool>> Benchmarks = new(StringComparer.Ordinal)
    {
        ["stream"] = Streaming.Run,
        ["concurrency"] = Concurrency.Run,
    };

    private static int Main(string[] arguments)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        if (arguments is [Streaming.ChildCommand, .. string[] rest]) return Streaming.RunChild(rest);
        string[] names = arguments.Length == 0 ? [.. Benchmarks.Keys] : arguments;
        foreach (string name in names)
        {
            if (Benchmarks.ContainsKey(name)) continue;
            Console.Error.WriteLine($"'{name}' is no benchmark. There are: {string.Join(", ", Benchmarks.Keys)}.");
            return 2;
        }
        // All of them, whatever becomes of the first.
        bool[] isKept = [.. names.Select(name => Benchmarks[name]())];
        return isKept.All(kept => kept) ? 0 : 1;
    }
}
