using System.Diagnostics;
using System.Reflection;
using System.Text;
using TcbPowerShell.Emulation;

namespace TcbPowerShell.Quickstart;

/// <summary>
/// Runs samples/quickstart.ps1 in PowerShell, with the staged module, against an emulator that has most of the files of the list; then
/// compares what the cmdlet said with what the emulator saw.
/// </summary>
internal static class Program
{
    private const string EnvironmentId = "test2-4a89da";

    // Listed, but long gone from the service.
    private const string MissingFolder = "/archive/2019/";

    private static int Main()
    {
        Console.OutputEncoding = Encoding.UTF8;
        string samples = Metadata("Samples");
        string[] list = File.ReadAllLines(Path.Combine(samples, "quickstart-ids.txt"));
        using TcbEmulator emulator = TcbEmulator.Start(new EmulatorOptions
        {
            Environments = [EnvironmentId],
            FileIds = list.Where(IsOnService),
            Latency = TimeSpan.FromMilliseconds(60),
        });
        Console.WriteLine(UiText.Of(
            $"An emulator of CloudBase at {emulator.Endpoint} has {emulator.Files.Count} files of environment {EnvironmentId}.\n",
            $"云开发模拟器 {emulator.Endpoint} 的环境 {EnvironmentId} 中有 {emulator.Files.Count} 个文件。\n"));

        var check = new CrossCheck(list, emulator, Path.Combine(samples, "retry.txt"));
        File.Delete(check.RetryList);
        string account = Path.GetTempFileName();
        try
        {
            int exitCode = Run(samples, emulator, check.RetryList, account);
            if (exitCode != 0) return exitCode;
            Console.WriteLine();
            return check.Agrees(Account.Read(account)) ? 0 : 1;
        }
        finally
        {
            File.Delete(account);
        }
    }

    // On the console of this program, so that it looks as it does at a prompt.
    private static int Run(string samples, TcbEmulator emulator, string retryList, string account)
    {
        string[] arguments =
        [
            "tool", "run", "pwsh", "-NoProfile", "-ExecutionPolicy", "Bypass", "-File", Path.Combine(samples, "Quickstart", "Run.ps1"),
            "-Module", Metadata("StagedModule"), "-Account", account, "-Endpoint", $"{emulator.Endpoint}", "-EnvironmentId", EnvironmentId,
            "-AccessToken", new EmulatorOptions().AccessToken!, "-RetryList", retryList,
        ];
        // The working directory leads to the list of tools.
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", arguments) { WorkingDirectory = samples };
        // Another PowerShell's modules are no use to this one.
        start.Environment.Remove("PSModulePath");
        // PowerShell leaves colours in what goes to the console, also where the console goes into a file.
        if (Console.IsOutputRedirected) start.Environment["NO_COLOR"] = "1";
        using Process process = Process.Start(start)!;
        process.WaitForExit();
        return process.ExitCode;
    }

    private static bool IsOnService(string line) =>
        line.StartsWith($"cloud://{EnvironmentId}", StringComparison.Ordinal) && !line.Contains(MissingFolder) && !line.Contains('\ufffd');

    private static string Metadata(string key) =>
        typeof(Program).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(item => item.Key == key).Value!;
}
