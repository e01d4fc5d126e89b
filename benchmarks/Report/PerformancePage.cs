using System.Runtime.InteropServices;
using System.Text;

namespace TcbPowerShell.Benchmarks;

/// <summary>Writes docs/performance.md and its charts: nothing in them is written by hand.</summary>
internal static class PerformancePage
{
    internal static void Write(string folder, Plan plan, string table, Rates rates, IReadOnlyDictionary<int, Figure> memory)
    {
        Directory.CreateDirectory(folder);
        Save("throughput.svg", Charts.DrawThroughput(rates));
        Save("memory.svg", Charts.DrawMemory(memory));
        string machine = $"{Environment.ProcessorCount} cores ({RuntimeInformation.OSArchitecture}, {Platform()}), {RuntimeInformation.FrameworkDescription}";
        string rounds = plan.Rounds == 1 ? "one short round (--quick)" : $"{plan.Rounds} interleaved rounds";
        Save("performance.md", $"""
            # Performance

            Written by `dotnet run -c Release --project benchmarks -- --write docs`, on {machine}. The service is the emulator, in a
            process of its own on the same cores. Ratios are taken side by side, in {rounds}: the median, and in brackets the lowest
            and the highest. Absolute times mean nothing on another machine.

            - **Pipeline floor**: a binary cmdlet with the same parameter that only calls `ShouldProcess` and writes an object for each ID. What it
              takes, PowerShell itself takes. It has no network and no emulator to share the cores with.
            - **Network floor**: a bare `HttpClient` loop in C# with the same batches, requests under way and connection settings, that writes and
              reads the same JSON and does nothing else.
            - The netstandard2.0 build is the one for Windows PowerShell; here it runs in the same engine as the other.
            - Without latency the processors are the limit: module, network and emulator share those that the pipeline floor has for itself. What
              so much processor time allows at most has a row of its own. A service with processors of its own, or some milliseconds away, leaves
              the module waiting instead.
            - What a loop of `Invoke-RestMethod` is compared by is a call for each file, as one writes it first; one with 50 files in each call
              stands below it. `Get-Content` takes so long itself that the two pipelines from a file differ by less than their spread.
            - IDs come one at a time from a generator, and the pipeline ends in `Out-Null`, for the pipeline floor too. What `Get-Content` takes
              comes on top.
            - Processes are warm where nothing else is said: the engine from NuGet is not compiled ahead as the one of pwsh is, so in a fresh
              process the compiler would be measured.

            {table}
            ![Files a second over latency](throughput.svg)

            ![Peak memory over the number of IDs](memory.svg)

            """);

        void Save(string name, string text) => File.WriteAllText(Path.Combine(folder, name), text.TrimEnd().ReplaceLineEndings("\n") + "\n", new UTF8Encoding(false));
    }

    private static string Platform() => OperatingSystem.IsWindows() ? "Windows" : OperatingSystem.IsMacOS() ? "macOS" : "Linux";
}
