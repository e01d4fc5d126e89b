using TcbPowerShell.Client.Journal;
using TcbPowerShell.Model;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Runs;

/// <summary>
/// Keeps account of the files of a run: accepts each ID once, and records what is sent and what becomes of it, in the journal first, then for the pipeline
/// thread.
/// </summary>
/// <param name="options">The options of the run.</param>
/// <param name="operation">The call that is made for the files.</param>
/// <param name="run">The run.</param>
internal sealed class Recorder(RunOptions options, IOperation operation, RunContext run)
{
    private readonly RemovalJournal? _journal = options.Journal;

    // The files that have no outcome yet. Only on the pipeline thread.
    private readonly Dictionary<string, PendingFile> _pending = new(StringComparer.Ordinal);
    private long _accepted;

    /// <summary>Accepts a file. Only on the pipeline thread.</summary>
    /// <param name="id">Its ID.</param>
    /// <param name="expected">The file as a listing described it; null for none.</param>
    /// <returns>The file; null if it is pending already, and this occurrence gets its answer (rule 13).</returns>
    internal PendingFile? Accept(CloudFileId id, CloudFileInfo? expected)
    {
        bool isPending = _pending.TryGetValue(id.Value, out PendingFile? file);
        if (isPending) file!.Occurrences++;
        else _pending.Add(id.Value, file = new PendingFile(id, _accepted++) { Copy = options.Copies is null ? null : new PendingCopy() });
        if (expected is not null) file!.Copy?.Expect(expected);
        if (isPending) return null;
        if (_journal?.IsUnanswered(id) ?? false) file!.MarkInDoubt();
        return file;
    }

    /// <summary>
    /// Records that a request is about to be sent. The journal names each file once; before files are sent again, it is only checked to be there.
    /// </summary>
    /// <exception cref="TcbException">The journal cannot be written, or is not there any more; nothing was sent.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped, and the journal hangs; nothing was sent.</exception>
    internal Task SendingAsync(IReadOnlyList<PendingFile> files) =>
        _journal?.WriteSentAsync(files[0].Attempts > 0 ? [] : [.. files.Select(file => file.FileId)], run.JournalAbandoned) ?? Task.CompletedTask;

    /// <summary>Records the outcomes that files have: in the journal, then for the user.</summary>
    internal async Task FinishedAsync(IReadOnlyList<PendingFile> files)
    {
        if (files.Count == 0) return;
        try
        {
            if (_journal is not null) await _journal.WriteOutcomesAsync(files.Select(file => ToLine(file, file.Failure)), run.JournalAbandoned).ConfigureAwait(false);
        }
        catch (TcbException e)
        {
            // The outcomes still reach the user.
            run.EndWith(e);
        }
        foreach (PendingFile file in files) file.MarkDone();
        run.PostWork(() =>
        {
            foreach (PendingFile file in files) Close(file);
            // Nearly always each ID came once. Then no copy is needed.
            return new RunEvent.FilesDone(files.All(file => file.Occurrences == 1) ? files : [.. files.SelectMany(file => Enumerable.Repeat(file, file.Occurrences))]);
        });
    }

    /// <summary>Gives files the same failure, and records it.</summary>
    internal Task FailedAsync(IReadOnlyList<PendingFile> files, ErrorId errorId, TcbException failure)
    {
        foreach (PendingFile file in files) file.Fail(Judgement.Failure(file, errorId, failure));
        return FinishedAsync(files);
    }

    /// <summary>
    /// Records that these files were sent but not deleted, because the service refused their requests. Otherwise a later run would report a missing
    /// one as AlreadyGone.
    /// </summary>
    internal async Task LeftOpenAsync(IEnumerable<PendingFile> files, TcbException? lastFailure)
    {
        if (_journal is null) return;
        PendingFile[] refused = [.. files.Where(file => file is { Result: null, Failure: null, Attempts: > 0, IsInDoubt: false })];
        if (refused.Length == 0) return;
        TcbException failure = lastFailure ?? run.EndReason ?? new TcbException(new UserText(nameof(Messages.RunEndedBeforeRetry)));
        try
        {
            await _journal.WriteOutcomesAsync(refused.Select(file => ToLine(file, Judgement.Failure(file, FailureIdOf(failure), failure))), run.JournalAbandoned).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TcbException or OperationCanceledException)
        {
            // The run is over, and files without an outcome in the journal count as unknown.
        }
    }

    /// <summary>Writes the last line of the journal. If later runs would not find the journal as this run wrote it, the run ends with an error.</summary>
    /// <param name="isComplete">Whether its input came to an end.</param>
    internal async Task EndedAsync(bool isComplete)
    {
        if (_journal is null) return;
        string how = run.EndReason?.ErrorId.ToString() ?? (isComplete && !run.IsEnding ? JournalRun.Completed : JournalRun.Stopped);
        try
        {
            await _journal.WriteEndAsync(how, run.JournalAbandoned).ConfigureAwait(false);
        }
        catch (TcbException e)
        {
            run.EndWith(e);
        }
        catch (OperationCanceledException)
        {
            // The journal hangs, and the run was stopped.
        }
    }

    /// <summary>The event with which the run ends early. Only on the pipeline thread.</summary>
    internal RunEvent.RunEnded End(TcbException reason) => new(reason,
        [.. _pending.Values.OrderBy(file => file.Ordinal).SelectMany(file => Enumerable.Repeat(file.FileId, file.Occurrences))],
        _pending.Values.Any(file => file.IsInDoubt));

    private void Close(PendingFile file)
    {
        if (file.Failure is null && file.Copy?.FindDifference() is { } difference)
            file.Fail(Judgement.Failure(file, ErrorId.CloudFileNotSaved, new TcbException(difference)));
        _journal?.Remember(file.FileId, file.Result?.OutcomeName, file.Failure?.OutcomeUnknown ?? false);
        _pending.Remove(file.FileId);
    }

    private ErrorId FailureIdOf(TcbException failure) => failure.Rule.Ends == Ending.AtOnce ? failure.ErrorId : operation.RequestFailed;

    private static JournalLine ToLine(PendingFile file, FileFailure? failure) => new()
    {
        FileId = file.FileId,
        Outcome = failure?.ErrorId.ToString() ?? file.Result!.OutcomeName,
        Status = failure is null ? file.Result!.Status : failure.Facts.ErrorCode,
        Message = failure is null ? file.Result!.Message : failure.Facts.ServiceMessage ?? failure.Facts.Message,
        RequestId = failure is null ? file.Result!.RequestId : failure.Facts.RequestId,
        OutcomeUnknown = failure?.OutcomeUnknown ?? false,
    };
}
