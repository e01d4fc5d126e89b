using System.Text.Json;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Journal;

/// <summary>Reads a journal, line by line, into what a later run needs of it.</summary>
/// <param name="done">Gets the files that are gone.</param>
/// <param name="unanswered">Gets the files that were sent and whose outcome is unknown.</param>
/// <param name="service">The service of the run that goes on with it; null for a dry run without a connection.</param>
internal sealed class JournalReader(FileIdSet done, FileIdSet unanswered, string? service)
{
    // The first of it is judged alone, so that a wrong file costs nothing, however long it is.
    private const int HeadBytes = 4 * 1024;
    private const int BlockBytes = 64 * 1024;
    // The longest line has a batch of 50 IDs of 4 KiB, and an escape is up to three times as long as what it stands for.
    private const int MaxLineBytes = 1024 * 1024;

    // How each line of a journal begins; a torn first line is a part of it.
    private static readonly byte[] Head = "{\"time\":"u8.ToArray();

    private bool _isFirst = true;
    private bool _hasRun;

    /// <summary>Reads to the end.</summary>
    /// <param name="stream">The journal.</param>
    /// <param name="cancellationToken">Ends the reading at once.</param>
    /// <exception cref="IOException">It is not a journal, or not one of this service.</exception>
    /// <exception cref="OperationCanceledException">The reading was cancelled.</exception>
    /// <returns>Whether the last line is without its end: a run was killed while it wrote.</returns>
    internal bool ReadToEnd(Stream stream, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[BlockBytes];
        int length = 0;
        for (long total = 0; ;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int read = Read(stream, buffer, length, total < HeadBytes ? HeadBytes - (int)total : Math.Min(BlockBytes, buffer.Length - length), cancellationToken);
            if (read == 0) break;
            length += read;
            total += read;
            int start = 0;
            for (int end; (end = Array.IndexOf(buffer, (byte)'\n', start, length - start)) >= 0; start = end + 1)
                ReadLine(buffer.AsSpan(start, end - start));
            length -= start;
            Buffer.BlockCopy(buffer, start, buffer, 0, length);
            if (_isFirst && total >= HeadBytes) CheckHead(WithoutMark(buffer.AsSpan(0, length)));
            if (length > MaxLineBytes) throw NotAJournal();
            if (length == buffer.Length) Array.Resize(ref buffer, length * 2);
        }
        // A last line without its end counts if it is valid.
        ReadLine(buffer.AsSpan(0, length));
        return length > 0;
    }

    // A network drive that does not answer must not hold up Ctrl+C. The read is then abandoned together with its buffer.
    private static int Read(Stream stream, byte[] buffer, int start, int count, CancellationToken cancellationToken) =>
        Task.Run(() => stream.Read(buffer, start, count), CancellationToken.None).OrCancelledAsync(cancellationToken).GetAwaiter().GetResult();

    private static JournalFault NotAJournal() => new(new UserText(nameof(Messages.JournalNotOne)));

    // An editor may have put a byte order mark in front.
    private static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> line) => line.StartsWith("\ufeff"u8) ? line.Slice(3) : line;

    // Otherwise a list of IDs, or a journal in another encoding, would count as an empty journal.
    private static void CheckHead(ReadOnlySpan<byte> line)
    {
        if (!line.StartsWith(Head) && (line.Length == 0 || !Head.AsSpan().StartsWith(line))) throw NotAJournal();
    }

    private void ReadLine(ReadOnlySpan<byte> line)
    {
        if (line.Length > MaxLineBytes) throw NotAJournal();
        if (!_hasRun)
        {
            if (_isFirst) line = WithoutMark(line);
            if (line.Length == 0 || line.SequenceEqual("\r"u8)) return;
            CheckHead(line);
            _isFirst = false;
        }
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
        if (!_hasRun) throw entry?.EnvironmentId is null ? NotAJournal() : new JournalFault(new UserText(nameof(Messages.JournalOlderForm)));
        if (entry?.EnvironmentId is not { } environmentId) return;
        foreach (string fileId in entry.Sent ?? []) unanswered.Add(environmentId, fileId);
        if (entry.FileId is null || entry.OutcomeUnknown) return;
        unanswered.Remove(environmentId, entry.FileId);
        if (JournalLine.IsGone(entry.Outcome)) done.Add(environmentId, entry.FileId);
    }

    // After a rehearsal, a run of the real service would skip every file.
    private void CheckService(string itsService)
    {
        _hasRun = true;
        if (service is not null && service != itsService) throw new JournalFault(new UserText(nameof(Messages.JournalOfOtherService), itsService, service));
    }
}
