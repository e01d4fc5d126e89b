using System.Text.Encodings.Web;
using System.Text.Json;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Model;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Journal;

/// <summary>
/// The append-only record of a removal, as JSON Lines: each batch before it is sent, each file once it is answered. A later run reads it
/// and skips what is gone. Writing is thread-safe.
/// </summary>
internal sealed class RemovalJournal : IDisposable
{
    // Readable text for people; no browser reads it.
    private static readonly JournalJson Json = new(new JsonSerializerOptions(JournalJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    // One for all journals of the process: two of them may be one file under two names, and neither must write between the other's check and its line.
    private static readonly object Writing = new();

    private readonly string? _environmentId;
    private readonly Clock _clock;
    private readonly FileIdSet _done = new();
    private readonly FileIdSet _unanswered = new();
    private readonly MemoryStream _lines = new();
    private readonly Stream? _file;
    private readonly string _name;
    private FileStream? _guard;
    private long _length;
    private bool _torn;

    /// <summary>A journal in a stream, read to its end, to be gone on with.</summary>
    /// <param name="file">The stream; null for a journal that does not exist and is not to be made. It is the journal's to dispose.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="environmentId">The environment of the run; null where it only reads.</param>
    /// <param name="clock">Time.</param>
    /// <param name="cancellationToken">Ends the reading at once.</param>
    internal RemovalJournal(Stream? file, string name, string? environmentId, Clock clock, CancellationToken cancellationToken = default)
    {
        _file = file;
        _name = name;
        _environmentId = environmentId;
        _clock = clock;
        if (file is null) return;
        try
        {
            _torn = new JournalReader(_done, _unanswered).ReadToEnd(file, cancellationToken);
            _length = file.Position;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Opens a journal to go on with it, or makes it, and locks it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="environmentId">The environment of the run.</param>
    /// <param name="clock">Time.</param>
    /// <param name="cancellationToken">Ends the reading at once.</param>
    /// <exception cref="TcbException">It cannot be opened or read, or another run writes to it.</exception>
    /// <exception cref="OperationCanceledException">The reading was cancelled.</exception>
    internal static RemovalJournal Open(string path, string environmentId, Clock clock, CancellationToken cancellationToken = default)
    {
        FileStream? guard = null;
        try
        {
            FileStream file = JournalFile.Open(path, out guard);
            return new RemovalJournal(file, path, environmentId, clock, cancellationToken) { _guard = guard };
        }
        catch (Exception e)
        {
            guard?.Dispose();
            if (!IsFileFailure(e)) throw;
            throw Failed(path, e);
        }
    }

    /// <summary>Reads a journal, if there is one, without locking or changing it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Ends the reading at once.</param>
    /// <exception cref="TcbException">It cannot be opened or read.</exception>
    /// <exception cref="OperationCanceledException">The reading was cancelled.</exception>
    internal static RemovalJournal Read(string path, CancellationToken cancellationToken = default)
    {
        try
        {
            bool exists = File.Exists(path);
            var file = exists ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete) : null;
            return new RemovalJournal(file, path, environmentId: null, Clock.System, cancellationToken);
        }
        catch (Exception e) when (IsFileFailure(e))
        {
            throw Failed(path, e);
        }
    }

    /// <summary>Whether an earlier run removed the file. Only on the pipeline thread.</summary>
    internal bool IsDone(CloudFileId id) => _done.Contains(id.EnvironmentId, id.Value);

    /// <summary>Whether an earlier run sent the file and never learned what became of it. Only on the pipeline thread.</summary>
    internal bool IsUnanswered(CloudFileId id) => _unanswered.Contains(id.EnvironmentId, id.Value);

    /// <summary>Records that a batch is about to be sent.</summary>
    /// <exception cref="TcbException">The journal cannot be written.</exception>
    internal Task WriteSentAsync(string[] fileIds, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Append([new JournalLine { Time = _clock.UtcNow.UtcDateTime, EnvironmentId = _environmentId, Sent = fileIds }]);
        return Task.CompletedTask;
    }

    /// <summary>Records what became of files.</summary>
    /// <exception cref="TcbException">The journal cannot be written.</exception>
    internal Task WriteOutcomesAsync(IEnumerable<JournalLine> outcomes, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        DateTime time = _clock.UtcNow.UtcDateTime;
        Append(outcomes.Select(line => line with { Time = time, EnvironmentId = _environmentId }));
        return Task.CompletedTask;
    }

    /// <summary>
    /// Remembers what became of a file in this run, as a later run would read it, for an ID that comes again: what is removed is skipped, and what
    /// is in doubt stays so (rule 12). Only on the pipeline thread.
    /// </summary>
    internal void Remember(string fileId, string? outcome, bool outcomeUnknown)
    {
        if (JournalLine.IsGone(outcome)) _done.Add(_environmentId!, fileId);
        if (outcomeUnknown) _unanswered.Add(_environmentId!, fileId);
        else _unanswered.Remove(_environmentId!, fileId);
    }

    public void Dispose()
    {
        _file?.Dispose();
        _guard?.Dispose();
        _lines.Dispose();
        _done.Dispose();
        _unanswered.Dispose();
    }

    private void Append(IEnumerable<JournalLine> lines)
    {
        lock (Writing)
        {
            _lines.SetLength(0);
            // A torn line gets its end and nothing else: with the next line behind it, both would be lost.
            if (_torn) _lines.WriteByte((byte)'\n');
            foreach (JournalLine line in lines)
            {
                JsonSerializer.Serialize(_lines, line, Json.JournalLine);
                _lines.WriteByte((byte)'\n');
            }
            try
            {
                WriteAtEnd(_lines.GetBuffer(), (int)_lines.Length);
            }
            catch (Exception e) when (IsFileFailure(e))
            {
                throw Failed(_name, e);
            }
        }
    }

    private void WriteAtEnd(byte[] lines, int count)
    {
        // Where no lock tells two names of one file apart, its length does: over or behind another run's lines, these would contradict what was read.
        if (_file!.Seek(0, SeekOrigin.End) != _length) throw new JournalFault(new UserText(nameof(Messages.JournalGrown)));
        try
        {
            _torn = true;
            _file.Write(lines, 0, count);
            _file.Flush();
            _torn = false;
        }
        finally
        {
            // On a full disk, as much as had room.
            _length = _file.Length;
        }
    }

    private static bool IsFileFailure(Exception e) =>
        e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException;

    private static TcbException Failed(string path, Exception e) =>
        new(new UserText(nameof(Messages.JournalFailed), path, e is JournalFault fault ? fault.Text : e.Message.TrimEnd('.'))) { ErrorId = ErrorId.JournalUnavailable };
}
