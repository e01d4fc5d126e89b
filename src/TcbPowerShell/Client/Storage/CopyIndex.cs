using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using TcbPowerShell.Client.Journal;
using TcbPowerShell.Model;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Storage;

/// <summary>
/// The append-only list of a folder's copies, as JSON Lines: the path of an ID before its copy gets its name, and the facts of the copy after it. Any
/// thread can use it.
/// </summary>
internal sealed class CopyIndex : IDisposable
{
    // Without the escapes that only browsers need, so that Chinese stays readable.
    private static readonly CopyJson Json = new(new JsonSerializerOptions(CopyJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    private readonly CopyPaths _paths = new();
    private JournalWriter? _writer;

    private CopyIndex()
    {
    }

    /// <summary>Reads an index to its end.</summary>
    /// <param name="file">The index. It is disposed with the result, or if there is none.</param>
    /// <param name="cancellationToken">Ends the reading at once.</param>
    /// <exception cref="IOException">It cannot be read or written, or is not an index.</exception>
    /// <exception cref="OperationCanceledException">The reading was cancelled.</exception>
    internal static CopyIndex Open(JournalFile file, CancellationToken cancellationToken)
    {
        var index = new CopyIndex();
        try
        {
            var reader = new CopyIndexReader(index._paths);
            bool torn = reader.ReadToEnd(file.Stream, cancellationToken);
            index._writer = new JournalWriter(file, torn);
            if (!reader.IsContinued) index.WriteAsync(new CopyLine { Format = CopyLine.Current }, toDisk: false).GetAwaiter().GetResult();
            return index;
        }
        catch
        {
            if (index._writer is null) file.Dispose();
            index.Dispose();
            throw;
        }
    }

    /// <summary>The path of an ID, which is its own from now on.</summary>
    /// <exception cref="CopyRefused">It has a segment that no path can have.</exception>
    internal CopyPath Reserve(CloudFileId id)
    {
        lock (_paths) return _paths.Reserve(id);
    }

    /// <summary>The <see cref="CopyState"/> of a path.</summary>
    internal ulong StateOf(CopyPath path)
    {
        lock (_paths) return _paths.StateOf(path);
    }

    /// <summary>Returns when the disk has a line that gives the path to the ID.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    internal async Task<bool> WritePathAsync(CloudFileId id, CopyPath path)
    {
        lock (_paths)
        {
            if (_paths.HasLine(id, path)) return true;
        }
        await WriteAsync(new CopyLine { FileId = id.Value, Path = path.Value }, toDisk: true).ConfigureAwait(false);
        lock (_paths) _paths.SetLine(id, path);
        return true;
    }

    /// <summary>Writes the facts of a copy that has its name. If a crash loses them, the next run compares the file.</summary>
    /// <exception cref="IOException">They cannot be written.</exception>
    internal async Task<bool> WriteFactsAsync(CloudFileId id, CopyPath path, CopyFacts facts, DateTimeOffset written)
    {
        var line = new CopyLine
        {
            FileId = id.Value,
            Length = facts.Length,
            ETag = facts.ETag,
            LastModified = facts.LastModified?.UtcDateTime,
            Written = written.UtcDateTime,
        };
        await WriteAsync(line, toDisk: false).ConfigureAwait(false);
        lock (_paths) _paths.SetState(path, CopyState.Of(facts, written));
        return true;
    }

    public void Dispose()
    {
        _writer?.Dispose();
        lock (_paths) _paths.Dispose();
    }

    private Task<bool> WriteAsync(CopyLine line, bool toDisk)
    {
        using var bytes = new MemoryStream();
        JsonSerializer.Serialize(bytes, line, Json.CopyLine);
        bytes.WriteByte((byte)'\n');
        return _writer!.WriteAsync(bytes.ToArray(), toDisk);
    }
}

/// <summary>Reads an index into the paths of its IDs.</summary>
/// <param name="paths">Gets them.</param>
internal sealed class CopyIndexReader(CopyPaths paths) : LineReader
{
    private long _number;

    /// <summary>Whether the index has a whole first line.</summary>
    internal bool IsContinued => HasHead;

    /// <inheritdoc/>
    protected override byte[] Head { get; } = "{\"format\":"u8.ToArray();

    /// <inheritdoc/>
    protected override bool MayHaveZeros => true;

    /// <inheritdoc/>
    protected override void Take(ReadOnlySpan<byte> line)
    {
        _number++;
        CopyLine? entry;
        try
        {
            entry = JsonSerializer.Deserialize(line, CopyJson.Default.CopyLine);
        }
        catch (JsonException) when (IsTorn(line))
        {
            // No copy has the name that this line was to give.
            return;
        }
        catch (JsonException)
        {
            throw NotOne();
        }
        if (!HasHead) HasHead = entry?.Format == CopyLine.Current ? true : throw NotOne();
        else if (entry is null || !CloudFileId.TryParse(entry.FileId ?? string.Empty, null, out CloudFileId id, out _) || !TryTake(entry, id)) throw NotOne();
    }

    /// <inheritdoc/>
    protected override IOException NotOne() => new JournalFault(new UserText(nameof(Messages.DestinationIndexDamaged), _number));

    private bool TryTake(CopyLine entry, CloudFileId id)
    {
        try
        {
            if (entry.Path is { } path) return paths.TryRecord(id, path);
            var facts = new CopyFacts(entry.Length ?? -1, entry.ETag, AsUtc(entry.LastModified));
            return facts.Length >= 0 && entry.Written is not null && paths.TrySetFacts(id, CopyState.Of(facts, AsUtc(entry.Written)!.Value));
        }
        catch (CopyRefused)
        {
            return false;
        }
    }

    private static DateTimeOffset? AsUtc(DateTime? time) => time is { } known ? new DateTimeOffset(known.ToUniversalTime()) : null;

    // A crash cuts a line off, or leaves zeros in its place. Any other line that cannot be read may have given a path to an ID: then it is not known
    // which copy belongs to which ID.
    private static bool IsTorn(ReadOnlySpan<byte> line)
    {
        if (line.IndexOf((byte)0) >= 0) return true;
        ReadOnlySpan<byte> start = "{\"fileId\":"u8, head = "{\"format\":"u8;
        if (!line.StartsWith(start) && !start.StartsWith(line) && !line.StartsWith(head) && !head.StartsWith(line)) return false;
        try
        {
            var reader = new Utf8JsonReader(line, isFinalBlock: false, state: default);
            while (reader.Read())
            {
                // To the point at which it was cut off.
            }
            return reader.TokenType != JsonTokenType.EndObject;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}

/// <summary>A line of the index: its format, a path, or the facts of a copy.</summary>
internal sealed record CopyLine
{
    /// <summary>The format that this version writes.</summary>
    internal const string Current = "TcbPowerShell.Copies/1";

    /// <summary>The format, in the first line.</summary>
    public string? Format { get; init; }

    /// <summary>The file.</summary>
    public string? FileId { get; init; }

    /// <summary>The path that is to be its copy's.</summary>
    public string? Path { get; init; }

    /// <summary>The length of the copy.</summary>
    public long? Length { get; init; }

    /// <summary>The service's ETag.</summary>
    public string? ETag { get; init; }

    /// <summary>When the file was last modified in the cloud, in UTC.</summary>
    public DateTime? LastModified { get; init; }

    /// <summary>The time that the copy has on the disk, in UTC.</summary>
    public DateTime? Written { get; init; }
}

/// <summary>The JSON of the index, made at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(CopyLine))]
internal sealed partial class CopyJson : JsonSerializerContext;
