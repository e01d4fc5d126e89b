using TcbPowerShell.Client.Journal;
using TcbPowerShell.Model;
using Xunit;

namespace TcbPowerShell.Tests.Client.Journal;

/// <summary>Asks a journal for IDs that are known to be well formed.</summary>
internal static class JournalShortcuts
{
    internal static bool IsDone(this RemovalJournal journal, string fileId) => journal.IsDone(Parse(fileId));

    internal static bool IsUnanswered(this RemovalJournal journal, string fileId) => journal.IsUnanswered(Parse(fileId));

    private static CloudFileId Parse(string fileId)
    {
        Assert.True(CloudFileId.TryParse(fileId, null, out CloudFileId id, out _), fileId);
        return id;
    }
}
