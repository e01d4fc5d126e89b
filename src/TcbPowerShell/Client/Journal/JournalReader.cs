using System.Text.Json;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Journal;

/// <summary>Reads a journal, line by line, into what a later run needs of it.</summary>
/// <param name="done">Gets the files that are gone.</param>
/// <param name="unanswered">Gets the files that were sent and whose outcome is unknown.</param>
internal sealed class JournalReader(FileIdSet done, FileIdSet unanswered)
{
    // How each line of a journal begins; a torn first line is a part of it.
    private static readonly byte[] Head = "{\"time\":"u8.ToArray();

    private bool _isJournal;

    /// <summary>Reads to the end.</summary>
    /// <param name="stream">The journal.</param>
    /// <param name="cancellationToken">Ends the reading at once.</param>
    /// <exception cref="IOException">It is not a journal.</exception>
    /// <exception cref="OperationCanceledException">The reading was cancelled.</exception>
    /// <returns>Whether the last line is without its end: a run was killed while it wrote.</returns>
    internal bool ReadToEnd(Stream stream, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[64 * 1024];
        int length = 0;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int read = Read(stream, buffer, length, cancellationToken);
            if (read == 0) break;
            length += read;
            int start = 0;
            for (int end; (end = Array.IndexOf(buffer, (byte)'\n', start, length - start)) >= 0; start = end + 1)
                ReadLine(buffer.AsSpan(start, end - start));
            length -= start;
            Buffer.BlockCopy(buffer, start, buffer, 0, length);
            if (length == buffer.Length) Array.Resize(ref buffer, length * 2);
        }
        // A torn line that happens to be whole says as much as any other.
        ReadLine(buffer.AsSpan(0, length));
        return length > 0;
    }

    // A network drive that does not answer must not hold up Ctrl+C. The read is left behind then, with a buffer that nobody uses any more.
    private static int Read(Stream stream, byte[] buffer, int start, CancellationToken cancellationToken) =>
        Task.Run(() => stream.Read(buffer, start, buffer.Length - start), CancellationToken.None).OrCancelledAsync(cancellationToken).GetAwaiter().GetResult();

    private void ReadLine(ReadOnlySpan<byte> line)
    {
        if (!_isJournal)
        {
            // An editor may have put a byte order mark in front.
            if (line.StartsWith("\ufeff"u8)) line = line.Slice(3);
            if (line.Length == 0) return;
            // A list of IDs, or a journal that was saved in another encoding, would only count as an empty one.
            if (!line.StartsWith(Head) && !Head.AsSpan().StartsWith(line)) throw new JournalFault(new UserText(nameof(Messages.JournalNotOne)));
            _isJournal = true;
        }
        JournalLine? entry;
        try
        {
            entry = JsonSerializer.Deserialize(line, JournalJson.Default.JournalLine);
        }
        catch (JsonException)
        {
            // Torn. What it would have said is not known, and a sent line before it says so.
            return;
        }
        if (entry?.EnvironmentId is not { } environmentId) return;
        foreach (string fileId in entry.Sent ?? []) unanswered.Add(environmentId, fileId);
        if (entry.FileId is null || entry.OutcomeUnknown) return;
        unanswered.Remove(environmentId, entry.FileId);
        if (JournalLine.IsGone(entry.Outcome)) done.Add(environmentId, entry.FileId);
    }
}
