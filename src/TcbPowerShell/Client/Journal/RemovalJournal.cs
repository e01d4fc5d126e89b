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

    private readonly string _environmentId;
    private readonly Clock _clock;
    private readonly FileIdSet _done;
    private readonly FileIdSet _unanswered;
    private readonly MemoryStream _lines = new();
    private readonly Stream? _file;
    private readonly string _name;
    private FileStream? _guard;
    private bool _torn;

    /// <summary>A journal in a stream, read to its end, to be gone on with.</summary>
    /// <param name="file">The stream; null for a journal that does not exist and is not to be made. It is the journal's to dispose.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="environmentId">The environment of the run.</param>
    /// <param name="clock">Time.</param>
    internal RemovalJournal(Stream? file, string name, string environmentId, Clock clock)
    {
        _file = file;
        _name = name;
        _environmentId = environmentId;
        _clock = clock;
        _done = new FileIdSet(environmentId);
        _unanswered = new FileIdSet(environmentId);
        if (file is null) return;
        try
        {
            _torn = new JournalReader(environmentId, _done, _unanswered).ReadToEnd(file);
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
    /// <exception cref="TcbException">It cannot be opened or read, or another run writes to it.</exception>
    internal static RemovalJournal Open(string path, string environmentId, Clock clock)
    {
        FileStream? guard = null;
        try
        {
            // A file of its own: on Unix .NET locks as a whole or not at all, and nobody could read the journal of a run under way.
            guard = Lock(path + ".lock");
            // Unbuffered: what is written is with the system at once.
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 1);
            return new RemovalJournal(file, path, environmentId, clock) { _guard = guard };
        }
        catch (Exception e) when (IsFileFailure(e))
        {
            guard?.Dispose();
            throw Failed(path, e);
        }
    }

    /// <summary>Reads a journal, if there is one, without locking or changing it.</summary>
    /// <inheritdoc cref="Open"/>
    internal static RemovalJournal Read(string path, string environmentId, Clock clock)
    {
        try
        {
            bool exists = File.Exists(path);
            var file = exists ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete) : null;
            return new RemovalJournal(file, path, environmentId, clock);
        }
        catch (Exception e) when (IsFileFailure(e))
        {
            throw Failed(path, e);
        }
    }

    /// <summary>Whether an earlier run removed the file. Only on the pipeline thread.</summary>
    internal bool IsDone(string fileId) => _done.Contains(fileId);

    /// <summary>Whether an earlier run sent the file and never learned what became of it. Only on the pipeline thread.</summary>
    internal bool IsUnanswered(string fileId) => _unanswered.Contains(fileId);

    /// <summary>Records that a batch is about to be sent.</summary>
    /// <exception cref="TcbException">The journal cannot be written.</exception>
    internal void WriteSent(string[] fileIds) =>
        Append([new JournalLine { Time = _clock.UtcNow.UtcDateTime, EnvironmentId = _environmentId, Sent = fileIds }]);

    /// <summary>Records what became of files.</summary>
    /// <exception cref="TcbException">The journal cannot be written.</exception>
    internal void WriteOutcomes(IEnumerable<JournalLine> outcomes)
    {
        DateTime time = _clock.UtcNow.UtcDateTime;
        Append(outcomes.Select(line => line with { Time = time, EnvironmentId = _environmentId }));
    }

    /// <summary>
    /// Remembers a file that this run removed: an ID that comes again is skipped, not an error (rule 12). Only on the pipeline thread.
    /// </summary>
    internal void Remember(string fileId, string? outcome)
    {
        if (JournalLine.IsGone(outcome)) _done.Add(fileId);
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
        lock (_lines)
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
                _torn = true;
                _file!.Write(_lines.GetBuffer(), 0, (int)_lines.Length);
                _file.Flush();
                _torn = false;
            }
            catch (Exception e) when (IsFileFailure(e))
            {
                throw Failed(_name, e);
            }
        }
    }

    private static FileStream Lock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
        }
        catch (IOException e) when (File.Exists(path))
        {
            // .NET has no type of its own for "somebody else holds it"; a file that a killed run left behind can be opened.
            throw new JournalFault(new UserText(nameof(Messages.JournalInUse), path, e.Message.TrimEnd('.')));
        }
    }

    private static bool IsFileFailure(Exception e) =>
        e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException;

    private static TcbException Failed(string path, Exception e) =>
        new(new UserText(nameof(Messages.JournalFailed), path, e is JournalFault fault ? fault.Text : e.Message.TrimEnd('.'))) { ErrorId = ErrorId.JournalUnavailable };
}
