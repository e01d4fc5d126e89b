using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Reflection;
using System.Text;
using Microsoft.PowerShell;
using TcbPowerShell.Emulation;

namespace TcbPowerShell.Quickstart;

/// <summary>
/// Runs samples/quickstart.ps1 in the real PowerShell engine, with the staged module, against an emulator that has most of the files of the
/// list; then compares what the cmdlet said with what the emulator saw.
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
        Console.WriteLine($"An emulator of CloudBase at {emulator.Endpoint} has {emulator.Files.Count} files of environment {EnvironmentId}.\n");

        var check = new CrossCheck(list, emulator, Path.Combine(samples, "retry.txt"));
        File.Delete(check.RetryList);
        using Runspace runspace = Open();
        try
        {
            Run(runspace, Path.Combine(samples, "quickstart.ps1"), emulator, check.RetryList);
        }
        catch (RuntimeException e)
        {
            Console.Error.WriteLine(e.ErrorRecord);
            return 1;
        }
        Console.WriteLine();
        return check.Agrees(runspace.SessionStateProxy.PSVariable) ? 0 : 1;
    }

    private static Runspace Open()
    {
        var state = InitialSessionState.CreateDefault2();
        if (OperatingSystem.IsWindows()) state.ExecutionPolicy = ExecutionPolicy.Bypass;
        state.ImportPSModule([Metadata("StagedModule")]);
        Runspace runspace = RunspaceFactory.CreateRunspace(new SampleHost(), state);
        runspace.Open();
        return runspace;
    }

    private static void Run(Runspace runspace, string script, TcbEmulator emulator, string retryList)
    {
        // Dot-sourced, so that its variables can be read afterwards.
        var command = new Command(script, isScript: false, useLocalScope: false);
        command.Parameters.Add("Endpoint", emulator.Endpoint);
        command.Parameters.Add("EnvironmentId", EnvironmentId);
        command.Parameters.Add("AccessToken", new EmulatorOptions().AccessToken);
        command.Parameters.Add("RetryList", retryList);
        // As pwsh does it: errors go down the pipeline with the results, and Out-Default formats both in their order.
        command.MergeMyResults(PipelineResultTypes.Error, PipelineResultTypes.Output);
        using var powerShell = System.Management.Automation.PowerShell.Create(runspace);
        powerShell.Commands.AddCommand(command);
        powerShell.AddCommand("Out-Default").Invoke();
    }

    private static bool IsOnService(string line) =>
        line.StartsWith($"cloud://{EnvironmentId}", StringComparison.Ordinal) && !line.Contains(MissingFolder) && !line.Contains('\ufffd');

    private static string Metadata(string key) =>
        typeof(Program).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(item => item.Key == key).Value!;
}
