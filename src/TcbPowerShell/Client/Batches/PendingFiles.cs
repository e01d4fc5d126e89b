using TcbPowerShell.Model;

namespace TcbPowerShell.Client.Batches;

/// <summary>The files that were accepted and have no outcome yet, each ID once (rule 13). Only on the pipeline thread.</summary>
internal sealed class PendingFiles
{
    private readonly Dictionary<string, PendingFile> _files = new(StringComparer.Ordinal);
    private long _accepted;

    /// <summary>Accepts an ID.</summary>
    /// <param name="id">The ID.</param>
    /// <returns>The file; null if it is pending already, and this occurrence gets its answer.</returns>
    internal PendingFile? Add(CloudFileId id)
    {
        if (_files.TryGetValue(id.Value, out PendingFile? first))
        {
            first.Occurrences++;
            return null;
        }
        var file = new PendingFile(id, _accepted++);
        _files.Add(id.Value, file);
        return file;
    }

    /// <summary>Files of one batch got their outcomes.</summary>
    /// <param name="files">The files.</param>
    /// <param name="outcomes">Their outcomes, in the same order.</param>
    /// <returns>The outcomes, one for each occurrence.</returns>
    internal IReadOnlyList<FileOutcome> Close(IReadOnlyList<PendingFile> files, IReadOnlyList<FileOutcome> outcomes)
    {
        foreach (PendingFile file in files) _files.Remove(file.FileId);
        // Nearly always each ID came once, and the list goes on as it is.
        if (files.All(file => file.Occurrences == 1)) return outcomes;
        return [.. files.Zip(outcomes, (file, outcome) => Enumerable.Repeat(outcome, file.Occurrences)).SelectMany(each => each)];
    }

    /// <summary>The event with which a run ends early.</summary>
    internal BatchEvent.RunEnded End(RunEnd end) => new(end.ErrorId, end.Reason,
        [.. _files.Values.OrderBy(file => file.Ordinal).SelectMany(file => Enumerable.Repeat(file.FileId, file.Occurrences))],
        _files.Values.Any(file => file.IsInDoubt));
}
