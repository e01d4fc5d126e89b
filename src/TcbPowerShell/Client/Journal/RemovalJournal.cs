using System.Text.Encodings.Web;
using System.Text.Json;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Model;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Journal;

/// <summary>
/// The append-only record of a removal, as JSON Lines: the run, each batch before it is sent, each file once it is answered, and how the run ended.
/// A later run reads it and skips what is gone. Writing is thread-safe.
/// </summary>
internal sealed class RemovalJournal : IDisposable
{
    // Without the escapes that only browsers need, so that Chinese stays readable.
    private static readonly JournalJson Json = new(new JsonSerializerOptions(JournalJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    private readonly string _name;
    private readonly string _environmentId;
    private readonly string? _runId;
    private readonly Clock _clock;
    private readonly FileIdSet _done = new();
    private readonly FileIdSet _unanswered = new();
    private JournalWriter? _writer;

    private RemovalJournal(string name, string environmentId, string? runId, Clock clock)
    {
        _name = name;
        _environmentId = environmentId;
        _runId = runId;
        _clock = clock;
    }

    /// <summary>Opens a journal to go on with it, or makes it, locks it, and writes the first line of the run.</summary>
    /// <param name="path">The file.</param>
    /// <param name="environmentId">The environment of the run.</param>
    /// <param name="run">The run.</param>
    /// <param name="clock">Time.</param>
    /// <param name="cancellationToken">Ends it at once.</param>
    /// <exception cref="TcbException">It cannot be opened, read or written, belongs to another service, or another run writes to it.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    internal static RemovalJournal Open(string path, string environmentId, JournalRun run, Clock clock, CancellationToken cancellationToken = default) =>
        Guarded(path, () => Begin(TaskWait.OpenOrCancelled(() => JournalFile.Open(path), cancellationToken), path, environmentId, run, clock, cancellationToken));

    /// <summary>Goes on with a journal that is open.</summary>
    /// <param name="file">The journal. It is disposed with the result, or if there is none.</param>
    /// <param name="name">The name that messages use.</param>
    /// <param name="environmentId">The environment of the run.</param>
    /// <param name="run">The run.</param>
    /// <param name="clock">Time.</param>
    /// <param name="cancellationToken">Ends it at once.</param>
    internal static RemovalJournal Begin(
        JournalFile file, string name, string environmentId, JournalRun run, Clock clock, CancellationToken cancellationToken = default) => Guarded(name, () =>
    {
        var journal = new RemovalJournal(name, environmentId, run.Id, clock);
        try
        {
            bool torn = new JournalReader(journal._done, journal._unanswered, run.Service).ReadToEnd(file.Stream, cancellationToken);
            journal._writer = new JournalWriter(file, torn);
            journal.WriteAsync([new JournalLine { Run = run }], toDisk: false, cancellationToken).GetAwaiter().GetResult();
            return journal;
        }
        catch
        {
            if (journal._writer is null) file.Dispose();
            journal.Dispose();
            throw;
        }
    });

    /// <summary>Reads a journal, if there is one, without locking or changing it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="service">The service of the dry run; null if there is no connection.</param>
    /// <param name="cancellationToken">Ends the reading at once.</param>
    /// <exception cref="TcbException">It cannot be opened or read, or belongs to another service.</exception>
    /// <exception cref="OperationCanceledException">The reading was cancelled.</exception>
    internal static RemovalJournal Read(string path, string? service, CancellationToken cancellationToken = default) => Guarded(path, () =>
    {
        var journal = new RemovalJournal(path, string.Empty, null, Clock.System);
        try
        {
            using FileStream? file = TaskWait.OpenOrCancelled(() => JournalFile.OpenToRead(path), cancellationToken);
            if (file is not null) new JournalReader(journal._done, journal._unanswered, service).ReadToEnd(file, cancellationToken);
            return journal;
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    });

    /// <summary>Whether an earlier run removed the file. Only on the pipeline thread.</summary>
    internal bool IsDone(CloudFileId id) => _done.Contains(id.EnvironmentId, id.Value);

    /// <summary>Whether an earlier run sent the file and never learned what became of it. Only on the pipeline thread.</summary>
    internal bool IsUnanswered(CloudFileId id) => _unanswered.Contains(id.EnvironmentId, id.Value);

    /// <summary>Records that a batch is about to be sent. When the task is done, the line is on the disk.</summary>
    /// <param name="fileIds">The files; none if an earlier line names them.</param>
    /// <param name="cancellationToken">Ends the wait; the line may still be written.</param>
    /// <exception cref="TcbException">The journal cannot be written, or is not there any more.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    internal Task WriteSentAsync(string[] fileIds, CancellationToken cancellationToken = default) =>
        WriteAsync(fileIds.Length == 0 ? [] : [new JournalLine { Sent = fileIds }], toDisk: fileIds.Length > 0, cancellationToken);

    /// <summary>
    /// Records the outcomes of files. When the task is done, the system has the lines, and the next flush takes them to the disk. If a power failure
    /// loses some, their files count as unanswered, and a later run sends them again.
    /// </summary>
    /// <exception cref="TcbException">The journal cannot be written, or is not there any more.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    internal Task WriteOutcomesAsync(IEnumerable<JournalLine> outcomes, CancellationToken cancellationToken = default) =>
        WriteAsync(outcomes, toDisk: false, cancellationToken);

    /// <summary>Writes the last line of the run. When the task is done, the whole journal is on the disk.</summary>
    /// <param name="how"><see cref="JournalRun.Ended"/>.</param>
    /// <param name="cancellationToken">Ends the wait; the line may still be written.</param>
    /// <exception cref="TcbException">The journal cannot be written, or is not there any more.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    internal Task WriteEndAsync(string how, CancellationToken cancellationToken = default) =>
        WriteAsync([new JournalLine { Run = new JournalRun { Id = _runId, Ended = how } }], toDisk: true, cancellationToken);

    /// <summary>
    /// Remembers an outcome of this run as a later run would read it, in case the ID comes again: a removed file is skipped, and one in doubt stays
    /// in doubt (rule 12). Only on the pipeline thread.
    /// </summary>
    internal void Remember(string fileId, string? outcome, bool outcomeUnknown)
    {
        if (JournalLine.IsGone(outcome)) _done.Add(_environmentId, fileId);
        if (outcomeUnknown) _unanswered.Add(_environmentId, fileId);
        else _unanswered.Remove(_environmentId, fileId);
    }

    public void Dispose()
    {
        _writer?.Dispose();
        _done.Dispose();
        _unanswered.Dispose();
    }

    private async Task WriteAsync(IEnumerable<JournalLine> lines, bool toDisk, CancellationToken cancellationToken)
    {
        DateTime time = _clock.UtcNow.UtcDateTime;
        using var bytes = new MemoryStream();
        foreach (JournalLine line in lines)
        {
            JsonSerializer.Serialize(bytes, line with { Time = time, EnvironmentId = _environmentId }, Json.JournalLine);
            bytes.WriteByte((byte)'\n');
        }
        try
        {
            await _writer!.WriteAsync(bytes.ToArray(), toDisk).OrCancelledAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (IsFileFailure(e))
        {
            throw Failed(_name, e);
        }
    }

    private static T Guarded<T>(string path, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (IsFileFailure(e))
        {
            throw Failed(path, e);
        }
    }

    private static bool IsFileFailure(Exception e) =>
        e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException;

    private static TcbException Failed(string path, Exception e) =>
        new(new UserText(nameof(Messages.JournalFailed), path, e is JournalFault fault ? fault.Text : FileLock.JournalError(e.Message))) { ErrorId = ErrorId.JournalUnavailable };
}
