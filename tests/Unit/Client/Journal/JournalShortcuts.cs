using TcbPowerShell.Client.Journal;
using TcbPowerShell.Model;
using TcbPowerShell.Tests.Client.Batches;
using Xunit;

namespace TcbPowerShell.Tests.Client.Journal;

/// <summary>Uses a journal in fewer words: with IDs that are known to be well formed, and waiting for what is written.</summary>
internal static class JournalShortcuts
{
    internal static bool IsDone(this RemovalJournal journal, string fileId) => journal.IsDone(Parse(fileId));

    internal static bool IsUnanswered(this RemovalJournal journal, string fileId) => journal.IsUnanswered(Parse(fileId));

    internal static void WriteSent(this RemovalJournal journal, string[] fileIds) => Wait(journal.WriteSentAsync(fileIds));

    internal static void WriteOutcomes(this RemovalJournal journal, IEnumerable<JournalLine> outcomes) => Wait(journal.WriteOutcomesAsync(outcomes));

    private static void Wait(Task writing) => writing.WaitAsync(EngineHarness.Guard).GetAwaiter().GetResult();

    private static CloudFileId Parse(string fileId)
    {
        Assert.True(CloudFileId.TryParse(fileId, null, out CloudFileId id, out _), fileId);
        return id;
    }
}
