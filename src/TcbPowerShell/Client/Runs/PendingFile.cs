using TcbPowerShell.Client.Storage;
using TcbPowerShell.Model;
using TcbPowerShell.Protocol;

namespace TcbPowerShell.Client.Runs;

/// <summary>
/// A file that was accepted and has no outcome yet. One worker at a time writes to it; <see cref="Occurrences"/> belongs to the pipeline thread.
/// </summary>
/// <param name="id">The file ID.</param>
/// <param name="ordinal">Its place among the accepted IDs.</param>
internal sealed class PendingFile(CloudFileId id, long ordinal)
{
    /// <summary>The file ID.</summary>
    internal CloudFileId Id => id;

    /// <summary>The file ID as text.</summary>
    internal string FileId => id.Value;

    /// <summary>Its place among the accepted IDs.</summary>
    internal long Ordinal => ordinal;

    /// <summary>How often the ID came in while it was pending: each occurrence gets the answer.</summary>
    internal int Occurrences { get; set; } = 1;

    /// <summary>In how many requests it was sent.</summary>
    internal int Attempts { get; private set; }

    /// <summary>How many of them were for its content.</summary>
    internal int Downloads { get; private set; }

    /// <summary>The last link to it, in a run that saves files; null before.</summary>
    internal CloudFile? Found { get; set; }

    /// <summary>The copy that was made of it.</summary>
    internal WholeCopy? Copy { get; set; }

    /// <summary>The file as listings described it, each different description once.</summary>
    internal IReadOnlyList<CloudFileInfo> Expected { get; private set; } = [];

    /// <summary>When it was last sent.</summary>
    internal DateTimeOffset LastSent { get; private set; }

    /// <summary>Whether a request that may have deleted it went without an answer (rule 8).</summary>
    internal bool IsInDoubt { get; private set; }

    /// <summary>Whether an earlier attempt was answered with HTTP 503, which is taken to mean that nothing was done.</summary>
    internal bool MetUnavailable { get; private set; }

    /// <summary>The last answer of the service about it.</summary>
    internal FileAnswer LastAnswer { get; private set; }

    /// <summary>The ID of the request that the last answer came with.</summary>
    internal string? LastRequestId { get; private set; }

    /// <summary>Whether its outcome is on the way to the user.</summary>
    internal bool IsDone { get; private set; }

    internal void MarkSent(DateTimeOffset now)
    {
        Attempts++;
        LastSent = now;
    }

    internal void MarkDownload()
    {
        Attempts++;
        Downloads++;
    }

    /// <summary>The copy has to be the file that a listing described. It may be under way already.</summary>
    internal void Expect(CloudFileInfo info)
    {
        if (!Expected.Any(other => other.Length == info.Length && other.ETag == info.ETag)) Expected = [.. Expected, info];
    }

    internal void MarkInDoubt() => IsInDoubt = true;

    internal void MarkDone() => IsDone = true;

    /// <summary>A request that named the file was answered.</summary>
    internal void MarkAnswered(FileAnswer answer, string? requestId)
    {
        LastAnswer = answer;
        LastRequestId = requestId;
    }

    /// <summary>A request that named the file failed.</summary>
    internal void MarkFailed(TcbException failure)
    {
        LastAnswer = default;
        IsInDoubt |= failure.OutcomeUnknown || failure.FilesInDoubt.Contains(FileId);
        MetUnavailable |= failure.Category == FailureCategory.Unavailable && !failure.IsTokenCall;
    }
}

/// <summary>The files that were accepted and have no outcome yet, each ID once (rule 13). Only on the pipeline thread.</summary>
internal sealed class PendingFiles
{
    private readonly Dictionary<string, PendingFile> _files = new(StringComparer.Ordinal);
    private long _accepted;

    /// <summary>Accepts an ID.</summary>
    /// <param name="id">The ID.</param>
    /// <param name="expected">The file as a listing described it; null for none.</param>
    /// <returns>The file; null if it is pending already, and this occurrence gets its answer.</returns>
    internal PendingFile? Add(CloudFileId id, CloudFileInfo? expected = null)
    {
        bool isPending = _files.TryGetValue(id.Value, out PendingFile? file);
        if (isPending) file!.Occurrences++;
        else _files.Add(id.Value, file = new PendingFile(id, _accepted++));
        if (expected is not null) file!.Expect(expected);
        return isPending ? null : file;
    }

    /// <summary>Files of one batch got their outcomes.</summary>
    /// <param name="files">The files.</param>
    /// <param name="outcomes">Their outcomes, in the same order.</param>
    /// <returns>The outcomes, one for each occurrence.</returns>
    internal IReadOnlyList<FileOutcome> Close(IReadOnlyList<PendingFile> files, IReadOnlyList<FileOutcome> outcomes)
    {
        foreach (PendingFile file in files) _files.Remove(file.FileId);
        if (files.Any(file => file.Copy is not null)) outcomes = [.. files.Zip(outcomes, Judgement.OfCopy)];
        // Nearly always each ID came once. Then no copy is needed.
        if (files.All(file => file.Occurrences == 1)) return outcomes;
        return [.. files.Zip(outcomes, (file, outcome) => Enumerable.Repeat(outcome, file.Occurrences)).SelectMany(each => each)];
    }

    /// <summary>The event with which a run ends early.</summary>
    internal RunEvent.RunEnded End(TcbException reason) => new(reason,
        [.. _files.Values.OrderBy(file => file.Ordinal).SelectMany(file => Enumerable.Repeat(file.FileId, file.Occurrences))],
        _files.Values.Any(file => file.IsInDoubt));
}
