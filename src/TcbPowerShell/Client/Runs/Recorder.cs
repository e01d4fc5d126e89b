using TcbPowerShell.Client.Journal;
using TcbPowerShell.Model;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Runs;

/// <summary>Records what is sent and what becomes of it: in the journal first, then for the pipeline thread.</summary>
/// <param name="journal">The journal; null for none.</param>
/// <param name="operation">The call that is made for the files.</param>
/// <param name="pending">The files without an outcome, for the pipeline thread only.</param>
/// <param name="run">The run.</param>
internal sealed class Recorder(RemovalJournal? journal, IOperation operation, PendingFiles pending, RunContext run)
{
    /// <summary>
    /// A request is about to be sent. The journal names each file once: a request that is sent again only makes sure that the journal is still there.
    /// </summary>
    /// <exception cref="TcbException">The journal cannot be written, or is not there any more; nothing was sent.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped, and the journal hangs; nothing was sent.</exception>
    internal Task SendingAsync(IReadOnlyList<PendingFile> files) =>
        journal?.WriteSentAsync(files[0].Attempts > 0 ? [] : [.. files.Select(file => file.FileId)], run.JournalAbandoned) ?? Task.CompletedTask;

    /// <summary>Files got their outcomes.</summary>
    internal async Task FinishedAsync(IReadOnlyList<PendingFile> files, IReadOnlyList<FileOutcome> outcomes)
    {
        if (files.Count == 0) return;
        try
        {
            if (journal is not null) await journal.WriteOutcomesAsync(outcomes.Select(ToLine), run.JournalAbandoned).ConfigureAwait(false);
        }
        catch (TcbException e)
        {
            // The outcomes still reach the user.
            run.EndWith(e);
        }
        foreach (PendingFile file in files) file.MarkDone();
        run.PostWork(() =>
        {
            foreach (FileOutcome outcome in outcomes) journal?.Remember(outcome.FileId, outcome.Result?.OutcomeName, outcome.Failure?.OutcomeUnknown ?? false);
            return new RunEvent.FilesDone(pending.Close(files, outcomes));
        });
    }

    /// <summary>Files failed together.</summary>
    internal Task FailedAsync(IReadOnlyList<PendingFile> files, ErrorId errorId, TcbException failure) =>
        FinishedAsync(files, [.. files.Select(file => Judgement.Failed(file, errorId, failure))]);

    /// <summary>
    /// Records that these files were sent but not deleted, because the service refused their requests. Otherwise a later run would report a missing
    /// one as AlreadyGone.
    /// </summary>
    internal async Task LeftOpenAsync(IEnumerable<PendingFile> files, TcbException? lastFailure)
    {
        if (journal is null) return;
        PendingFile[] refused = [.. files.Where(file => !file.IsDone && file.Attempts > 0 && !file.IsInDoubt)];
        if (refused.Length == 0) return;
        TcbException failure = lastFailure ?? run.EndReason ?? new TcbException(new UserText(nameof(Messages.RunEndedBeforeRetry)));
        try
        {
            await journal.WriteOutcomesAsync(refused.Select(file => ToLine(Judgement.Failed(file, FailureIdOf(failure), failure))), run.JournalAbandoned).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TcbException or OperationCanceledException)
        {
            // The run is over, and files without an outcome in the journal count as unknown.
        }
    }

    /// <summary>The run is over. A journal that later runs would not find, or not as this run wrote it, ends the run with an error.</summary>
    /// <param name="isComplete">Whether its input came to an end.</param>
    internal async Task EndedAsync(bool isComplete)
    {
        if (journal is null) return;
        string how = run.EndReason?.ErrorId.ToString() ?? (isComplete && !run.IsEnding ? JournalRun.Completed : JournalRun.Stopped);
        try
        {
            await journal.WriteEndAsync(how, run.JournalAbandoned).ConfigureAwait(false);
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

    private ErrorId FailureIdOf(TcbException failure) => failure.Rule.Ends == Ending.AtOnce ? failure.ErrorId : operation.RequestFailed;

    private JournalLine ToLine(FileOutcome file) => new()
    {
        FileId = file.FileId,
        Outcome = file.Result?.OutcomeName ?? file.Failure!.ErrorId.ToString(),
        Status = file.Result is null ? file.Failure!.Facts.ErrorCode : file.Result.Status,
        Message = file.Result is null ? file.Failure!.Facts.ServiceMessage ?? file.Failure.Facts.Message : file.Result.Message,
        RequestId = file.Result is null ? file.Failure!.Facts.RequestId : file.Result.RequestId,
        OutcomeUnknown = file.Failure?.OutcomeUnknown ?? false,
    };
}
