using System.Diagnostics;
using System.Globalization;
using System.Net;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Tests.Client.Http;
using TcbPowerShell.Tests.Client.Journal;
using TcbPowerShell.Tests.Client.Runs;
using TcbPowerShell.Tests.Infrastructure;

namespace TcbPowerShell.Tests.Network;

/// <summary>
/// This assembly as a program: one delete call by the module's own client, in a process of its own, because the variables of OpenSSL and of
/// proxies are read once in a process. Its arguments are the endpoint and, where the system's proxy is used, the account there. It is also the
/// other process of <see cref="JournalHolder"/>, and the one of <see cref="FileHandleTests"/>.
/// </summary>
internal static class SingleCall
{
    /// <summary>Runs it, and returns what it said.</summary>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="variables">Its environment.</param>
    internal static Task<string> RunAsync(string[] arguments, params (string Name, string Value)[] variables) =>
        RunAsync(new ProcessStartInfo("dotnet", ["exec", typeof(SingleCall).Assembly.Location, .. arguments]), variables);

    /// <summary>Runs it with a limit on its open files: sockets, pipes, and what the runtime reads.</summary>
    internal static Task<string> RunAsync(int handles, params string[] arguments) =>
        RunAsync(new ProcessStartInfo("sh", ["-c", $"ulimit -n {handles}; exec dotnet exec \"$0\" \"$@\"", typeof(SingleCall).Assembly.Location, .. arguments]));

    private static async Task<string> RunAsync(ProcessStartInfo start, params (string Name, string Value)[] variables)
    {
        start.RedirectStandardOutput = true;
        foreach ((string name, string value) in variables) start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        return (await process.StandardOutput.ReadToEndAsync().WaitAsync(EngineHarness.Guard)).Trim();
    }

    private static async Task Main(string[] args)
    {
        if (args is [JournalHolder.Command, var journal])
        {
            await JournalHolder.HoldAsync(journal);
            return;
        }
        if (args is [FileHandleTests.Command, var address, var count])
        {
            // Opened while there are handles.
            TextWriter output = Console.Out;
            await output.WriteLineAsync(await FileHandleTests.RemoveAsync(new Uri(address), int.Parse(count, CultureInfo.InvariantCulture)));
            return;
        }
        NetworkCredential? account = args.Length > 2 ? new NetworkCredential(args[1], args[2]) : null;
        var options = new HttpOptions { Endpoint = new Uri(args[0]), BypassesProxy = args.Length == 1, ProxyCredentials = account };
        using var harness = new EngineHarness(HttpClientFactory.Create(options), new Uri(args[0]), new ManualClock());
        try
        {
            await harness.DeleteAsync(FileIds.Of(1));
            Console.WriteLine("answered");
        }
        catch (TcbException e)
        {
            Console.WriteLine($"{e.Category}: {e}");
        }
    }
}
