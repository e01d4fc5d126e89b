using TcbPowerShell.Client.Http;
using TcbPowerShell.Tests.Client.Batches;
using TcbPowerShell.Tests.Client.Http;
using TcbPowerShell.Tests.Client.Journal;
using TcbPowerShell.Tests.Infrastructure;

namespace TcbPowerShell.Tests.Network;

/// <summary>
/// This assembly as a program: one delete call by the module's own client, in a process of its own, because OpenSSL's environment variables
/// are read once in a process; or another process that holds a journal.
/// </summary>
internal static class SingleCall
{
    private static async Task Main(string[] args)
    {
        if (args is [JournalHolder.Command, { } path])
        {
            await JournalHolder.HoldAsync(path);
            return;
        }
        using var harness = new EngineHarness(HttpClientFactory.Create(null, handler => handler.UseProxy = false), new Uri(args[0]), new ManualClock());
        try
        {
            await harness.DeleteAsync(FileIds.Of(1));
            Console.WriteLine("answered");
        }
        catch (TcbException e)
        {
            Console.WriteLine(e.Message);
        }
    }
}
