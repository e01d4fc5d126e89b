using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Journal;
using TcbPowerShell.Model;
using TcbPowerShell.Tests.Client.Http;
using TcbPowerShell.Tests.Client.Runs;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Client.Journal;

/// <summary>Uses a journal in fewer words: with IDs that are known to be well formed, and waiting for what is written.</summary>
internal static class JournalShortcuts
{
    /// <summary>The run of most tests.</summary>
    internal static readonly JournalRun Run = new() { Id = "run-1", ModuleVersion = "0.1.0", Service = "host.example:443", User = "me", Computer = "here" };

    /// <summary>Opens a journal in a file.</summary>
    internal static RemovalJournal Open(string path, Clock? clock = null, JournalRun? run = null) =>
        RemovalJournal.Open(path, FileIds.Environment, run ?? Run, clock ?? Clock.System);

    /// <summary>Goes on with a journal in memory.</summary>
    internal static RemovalJournal Open(Stream lines) => Open(new JournalFile(lines));

    /// <summary>Goes on with a journal in a file that does as the test says.</summary>
    internal static RemovalJournal Open(JournalFile file) => RemovalJournal.Begin(file, "run.jsonl", FileIds.Environment, Run, new ManualClock());

    internal static bool IsDone(this RemovalJournal journal, string fileId) => journal.IsDone(Parse(fileId));

    internal static bool IsUnanswered(this RemovalJournal journal, string fileId) => journal.IsUnanswered(Parse(fileId));

    internal static void WriteSent(this RemovalJournal journal, string[] fileIds) => Wait(journal.WriteSentAsync(fileIds));

    internal static void WriteOutcomes(this RemovalJournal journal, IEnumerable<JournalLine> outcomes) => Wait(journal.WriteOutcomesAsync(outcomes));

    internal static void WriteEnd(this RemovalJournal journal, string how) => Wait(journal.WriteEndAsync(how));

    private static void Wait(Task writing) => writing.WaitAsync(EngineHarness.Guard).GetAwaiter().GetResult();

    private static CloudFileId Parse(string fileId)
    {
        Assert.True(CloudFileId.TryParse(fileId, null, out CloudFileId id, out _), fileId);
        return id;
    }
}
