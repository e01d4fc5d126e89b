using System.Diagnostics;
using TcbPowerShell.Tests.Client.Runs;
using Xunit;

namespace TcbPowerShell.Tests.Client.Journal;

/// <summary>Another process that has a journal open.</summary>
internal sealed class JournalHolder : IDisposable
{
    internal const string Command = "journal";
    private const string Opened = "opened";
    private const string Read = "read";

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

    /// <summary>Opens the journal, and holds it until its input ends; reads it for each line of the input.</summary>
    internal static async Task HoldAsync(string path)
    {
        using var journal = JournalShortcuts.Open(path);
        Console.WriteLine(Opened);
        while (await Console.In.ReadLineAsync() is not null)
        {
            // As Get-Content does.
            using (var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite)) file.ReadByte();
            Console.WriteLine(Read);
        }
    }

    /// <summary>Has it read the journal, by another handle, and close that.</summary>
    internal async Task ReadAsync()
    {
        await _process.StandardInput.WriteLineAsync();
        await _process.StandardInput.FlushAsync();
        Assert.Equal(Read, await _process.StandardOutput.ReadLineAsync().WaitAsync(EngineHarness.Guard));
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
