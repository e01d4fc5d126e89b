using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using TcbPowerShell.Protocol;

namespace TcbPowerShell.Client;

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
    private readonly FileStream? _file;
    private bool _torn;

    private RemovalJournal(string path, string environmentId, Clock clock, bool write)
    {
        _environmentId = environmentId;
        _clock = clock;
        _done = new FileIdSet(environmentId);
        _unanswered = new FileIdSet(environmentId);
        var reader = new JournalReader(environmentId, _done, _unanswered);
        if (!write)
        {
            if (!File.Exists(path)) return;
            using var existing = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            reader.ReadToEnd(existing);
            return;
        }
        // Only None locks at all on Unix, where the lock is advisory and readers get in; on Windows it would shut them out.
        FileShare share = RuntimeInformation.IsOSPlatform(OSPlatform.Windows) ? FileShare.Read : FileShare.None;
        // Unbuffered: what is written here is with the system at once.
        _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, share, bufferSize: 1);
        try
        {
            _torn = reader.ReadToEnd(_file);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>Opens a journal to go on with it, or makes it, and locks it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="environmentId">The environment of the run.</param>
    /// <param name="clock">Time.</param>
    /// <exception cref="TcbException">It cannot be opened or read, or another run writes to it.</exception>
    internal static RemovalJournal Open(string path, string environmentId, Clock clock) => Try(path, () => new RemovalJournal(path, environmentId, clock, write: true));

    /// <summary>Reads a journal, if there is one, without locking or changing it.</summary>
    /// <inheritdoc cref="Open"/>
    internal static RemovalJournal Read(string path, string environmentId) =>
        Try(path, () => new RemovalJournal(path, environmentId, Clock.System, write: false));

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
    internal void WriteOutcomes(IEnumerable<FileOutcome> outcomes)
    {
        DateTime time = _clock.UtcNow.UtcDateTime;
        Append(outcomes.Select(file => JournalLine.FromOutcome(time, _environmentId, file)));
    }

    public void Dispose()
    {
        _file?.Dispose();
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
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw Failed(_file!.Name, e);
            }
        }
    }

    private static RemovalJournal Try(string path, Func<RemovalJournal> open)
    {
        try
        {
            return open();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw Failed(path, e);
        }
    }

    private static TcbException Failed(string path, Exception e) => new($"the journal '{path}' cannot be used: {e.Message}", FailureClass.JournalFailed);
}
