using System.Diagnostics;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Journal;
using TcbPowerShell.Tests.Client.Batches;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Client.Journal;

/// <summary>Another process that has a journal open.</summary>
internal sealed class JournalHolder : IDisposable
{
    internal const string Command = "journal";
    private const string Opened = "opened";

    private readonly Process _process;

    private JournalHolder(Process process) => _process = process;

    /// <summary>Starts it; it holds the journal until it is disposed.</summary>
    internal static async Task<JournalHolder> StartAsync(string path)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", typeof(JournalHolder).Assembly.Location, Command, path]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        var holder = new JournalHolder(Process.Start(start)!);
        Assert.Equal(Opened, await holder._process.StandardOutput.ReadLineAsync().WaitAsync(EngineHarness.Guard));
        return holder;
    }

    /// <summary>What it does: opens the journal, and waits until its input ends.</summary>
    internal static async Task HoldAsync(string path)
    {
        using var journal = RemovalJournal.Open(path, FileIds.Environment, Clock.System);
        Console.WriteLine(Opened);
        await Console.In.ReadToEndAsync();
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
