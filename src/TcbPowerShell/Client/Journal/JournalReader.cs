using System.Text.Json;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Journal;

/// <summary>Reads a journal, line by line, into what a later run needs of it.</summary>
/// <param name="done">Gets the files that are gone.</param>
/// <param name="unanswered">Gets the files that were sent and whose outcome is unknown.</param>
/// <param name="service">The service of the run that goes on with it; null for a dry run without a connection.</param>
internal sealed class JournalReader(FileIdSet done, FileIdSet unanswered, string? service) : LineReader
{
    /// <inheritdoc/>
    protected override byte[] Head { get; } = "{\"time\":"u8.ToArray();

    /// <inheritdoc/>
    protected override void Take(ReadOnlySpan<byte> line)
    {
        JournalLine? entry;
        try
        {
            entry = JsonSerializer.Deserialize(line, JournalJson.Default.JournalLine);
        }
        catch (JsonException)
        {
            // A torn line. The sent line before it leaves its files in doubt.
            return;
        }
        if (entry?.Run?.Service is { } itsService) CheckService(itsService);
        if (!HasHead) throw entry?.EnvironmentId is null ? NotOne() : new JournalFault(new UserText(nameof(Messages.JournalOlderForm)));
        if (entry?.EnvironmentId is not { } environmentId) return;
        foreach (string fileId in entry.Sent ?? []) unanswered.Add(environmentId, fileId);
        if (entry.FileId is null || entry.OutcomeUnknown) return;
        unanswered.Remove(environmentId, entry.FileId);
        if (JournalLine.IsGone(entry.Outcome)) done.Add(environmentId, entry.FileId);
    }

    /// <inheritdoc/>
    protected override IOException NotOne() => new JournalFault(new UserText(nameof(Messages.JournalNotOne)));

    // After a rehearsal, a run of the real service would skip every file.
    private void CheckService(string itsService)
    {
        HasHead = true;
        if (service is not null && service != itsService) throw new JournalFault(new UserText(nameof(Messages.JournalOfOtherService), itsService, service));
    }
}
