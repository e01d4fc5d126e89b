using System.Diagnostics;
using System.Net;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Tests.Client.Batches;
using TcbPowerShell.Tests.Client.Http;
using TcbPowerShell.Tests.Client.Journal;
using TcbPowerShell.Tests.Infrastructure;

namespace TcbPowerShell.Tests.Network;

/// <summary>
/// This assembly as a program: one delete call by the module's own client, in a process of its own, because the variables of OpenSSL and of
/// proxies are read once in a process. Its arguments are the endpoint and, where the system's proxy is used, the account there. It is also the
/// other process of <see cref="JournalHolder"/>.
/// </summary>
internal static class SingleCall
{
    /// <summary>Runs it, and returns what it said.</summary>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="variables">Its environment.</param>
    internal static async Task<string> RunAsync(string[] arguments, params (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", typeof(SingleCall).Assembly.Location, .. arguments]) { RedirectStandardOutput = true };
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
        NetworkCredential? account = args.Length > 2 ? new NetworkCredential(args[1], args[2]) : null;
        var options = new HttpOptions { BypassesProxy = args.Length == 1, ProxyCredentials = account };
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
