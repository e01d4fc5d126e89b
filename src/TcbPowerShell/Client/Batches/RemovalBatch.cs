using TcbPowerShell.Client.Http;
using TcbPowerShell.Protocol;

namespace TcbPowerShell.Client.Batches;

/// <summary>One batch in flight, from its first request until each of its files has an outcome or the run ends.</summary>
/// <param name="run">The run.</param>
/// <param name="files">The files.</param>
internal sealed class RemovalBatch(RemovalRun run, OpenFile[] files)
{
    // The batch, or what is left of it once it is sent in halves.
    private readonly Stack<OpenFile[]> _parts = new([files]);
    private TcbException? _lastFailure;

    /// <summary>Removes the files. Whatever happens, this neither throws nor leaves the pipeline thread waiting.</summary>
    internal async Task RunAsync()
    {
        try
        {
            while (_parts.Count > 0 && !run.IsOver) await RemoveAsync(_parts.Pop()).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (run.IsOver)
        {
            // The files stay open: the remover lists them, or nobody can be told any more.
        }
#pragma warning disable CA1031 // An exception that escaped here would end the process.
        catch (Exception e)
#pragma warning restore CA1031
        {
            // Not the exception's message: nobody can vouch for what is in it.
            var facts = new TcbException($"an error inside the module: {e.GetType().Name} in {e.TargetSite?.Name}", FailureClass.ClientBug);
            OpenFile[] left = Array.FindAll(files, file => !file.IsDone);
            // Nobody can say how far the request had come.
            foreach (OpenFile file in left) file.OutcomeUnknown |= file.Attempts > 0;
            Fail(left, FailureKind.BatchNotRemoved, facts);
            // One batch after the other from the start: it is not about these files.
            if (run.Health.BatchRefused()) run.EndWith(FailureKind.RequestRefused, facts);
        }
        finally
        {
            RecordRefused();
            run.Post(RemovalEvent.BatchLeft.Instance);
        }
    }

    private async Task RemoveAsync(OpenFile[] open)
    {
        var delay = TimeSpan.Zero;
        for (int attempt = 1; open.Length > 0; attempt++)
        {
            await run.Gate.EnterAsync(delay, run.Waits).ConfigureAwait(false);
            TcbException? failure = null;
            try
            {
                try
                {
                    (open, failure) = await SendAsync(open).ConfigureAwait(false);
                }
                catch (TcbException e)
                {
                    failure = e;
                    Judge(open, failure);
                }
                if (failure is null) return;
                if (failure.FinalKind is { } kind) run.EndWith(kind, failure);
                if (run.IsOver) return;
                if (failure.Class == FailureClass.RequestWrong)
                {
                    Halve(open, failure);
                    return;
                }
                if (run.Options.Retry.Decide(failure, attempt) is not { } wait)
                {
                    GiveUp(open, failure);
                    return;
                }
                delay = Schedule(open, failure, attempt, wait);
            }
            finally
            {
                // Only now: whoever waits for the place must find the pause that a throttling answer asks for.
                run.Gate.Leave(answered: failure is null);
            }
        }
    }

    /// <summary>Sends one request.</summary>
    /// <returns>The files that its reply left open, and why; none and null when each has its outcome.</returns>
    private async Task<(OpenFile[] Left, TcbException? Why)> SendAsync(OpenFile[] open)
    {
        string[] fileIds = Array.ConvertAll(open, file => file.FileId);
        var request = new DeleteRequest(run.Environment.EnvironmentId, fileIds);
        // The token first: where there is none, nothing was sent, and a file that is missing later is not one that this run has removed.
        CallCredential credential = await run.Environment.GetCredentialAsync(run).ConfigureAwait(false);
        run.Waits.ThrowIfCancellationRequested();
        // Once for a batch: what is sent again, whole or in part, the line names already.
        if (open[0].Attempts == 0) run.Options.Journal?.WriteSent(fileIds);
        foreach (OpenFile file in open) file.Attempts++;
        TimeSpan start = run.Environment.Clock.Elapsed;
        DeleteReply reply;
        try
        {
            reply = await run.Environment.DeleteAsync(request, credential, run).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (run.Calls.IsCancellationRequested)
        {
            // Cut off under way. What ends before that was refused, and waited for another token.
            foreach (OpenFile file in open) file.OutcomeUnknown = true;
            throw;
        }
        TimeSpan duration = run.Environment.Clock.Elapsed - start;

        int removed = 0;
        bool silent = true;
        var outcomes = new List<FileOutcome>(open.Length);
        var left = new List<OpenFile>();
        for (int i = 0; i < open.Length; i++)
        {
            OpenFile file = open[i];
            file.LastAnswer = reply.Answers[i];
            file.LastRequestId = reply.RequestId;
            if (file.LastAnswer.IsGiven) silent = false;
            if (Outcomes.FromAnswer(file, run) is { } outcome)
            {
                outcomes.Add(outcome);
                if (outcome.Removal is not null) removed++;
            }
            else
            {
                left.Add(file);
                file.OutcomeUnknown = true;
            }
        }
        if (silent) run.Health.TryFailed();
        else run.Health.Answered(accepted: true);
        Finish(left.Count == 0 ? open : [.. open.Except(left)], outcomes);
        run.Post(new RemovalEvent.RequestAnswered(open.Length, removed, outcomes.Count - removed, duration, reply.RequestId));
        if (left.Count == 0) return ([], null);
        return ([.. left], silent
            ? new TcbException("the reply mentions none of the files", FailureClass.NoAnswer)
            : new TcbException("the reply leaves some of the files open", FailureClass.Incomplete));
    }

    // What a failed try means for its files and for the run.
    private void Judge(OpenFile[] open, TcbException failure)
    {
        _lastFailure = failure;
        foreach (OpenFile file in open)
        {
            file.LastAnswer = default;
            file.OutcomeUnknown |= failure.OutcomeUnknown;
        }
        if (!IsAnswer(failure.Class)) run.Health.TryFailed();
        else if (failure.Class != FailureClass.JournalFailed) run.Health.Answered(accepted: false);
    }

    private TimeSpan Schedule(OpenFile[] open, TcbException failure, int attempt, TimeSpan wait)
    {
        run.Post(new RemovalEvent.RetryWaits(open.Length, wait, attempt, failure));
        if (failure.Class != FailureClass.Throttled) return wait;
        // The gate makes everybody wait, this worker among them.
        run.Gate.SlowDown(wait);
        run.Post(new RemovalEvent.SlowedDown(wait, run.Gate.Allowed, failure));
        return TimeSpan.Zero;
    }

    private void Halve(OpenFile[] open, TcbException failure)
    {
        if (open.Length == files.Length && run.Health.BatchRefused())
        {
            run.EndWith(FailureKind.RequestRefused, failure);
            return;
        }
        if (open.Length == 1)
        {
            Fail(open, FailureKind.RequestRefused, failure);
            return;
        }
        run.Post(new RemovalEvent.RequestHalved(open.Length, failure));
        int half = open.Length / 2;
        _parts.Push(open.AsSpan(half).ToArray());
        _parts.Push(open.AsSpan(0, half).ToArray());
    }

    private void GiveUp(OpenFile[] open, TcbException failure)
    {
        if (failure.Class is FailureClass.NoAnswer or FailureClass.Incomplete)
            Finish(open, Array.ConvertAll(open, Outcomes.FromLastAnswer));
        else
            Fail(open, FailureKind.BatchNotRemoved, failure);
        if (!IsAnswer(failure.Class) && run.Health.BatchFailed()) run.EndWith(FailureKind.ServiceUnreachable, failure);
        // A proxy or a gateway that refuses from the start will go on to.
        if (failure.Class == FailureClass.HttpRefused && run.Health.BatchRefused()) run.EndWith(FailureKind.ServiceUnreachable, failure);
        // A code that nobody knows, for one batch after the other from the start, is not about one odd ID either.
        if (failure.Class == FailureClass.Unlisted && run.Health.BatchRefused()) run.EndWith(FailureKind.RequestRefused, failure);
    }

    private void Fail(OpenFile[] open, FailureKind kind, TcbException failure) =>
        Finish(open, Array.ConvertAll(open, file => Outcomes.Failed(file, kind, failure)));

    // The journal calls them sent, and the run has ended before they had an outcome. Where the last word was a refusal nothing was deleted, and
    // a later run must not take a file that is missing for one that this run has removed.
    private void RecordRefused()
    {
        if (run.Options.Journal is not { } journal) return;
        OpenFile[] refused = Array.FindAll(files, file => !file.IsDone && file.Attempts > 0 && !file.OutcomeUnknown);
        if (refused.Length == 0) return;
        TcbException failure = _lastFailure ?? run.End?.Item2 ?? new TcbException("the run ended before the request was repeated", FailureClass.Unlisted);
        FailureKind kind = failure.FinalKind ?? FailureKind.BatchNotRemoved;
        try
        {
            journal.WriteOutcomes(Array.ConvertAll(refused, file => Outcomes.Failed(file, kind, failure)));
        }
        catch (TcbException)
        {
            // The run is over: what the journal does not say counts as unknown.
        }
    }

    private void Finish(OpenFile[] done, IReadOnlyList<FileOutcome> outcomes)
    {
        if (done.Length == 0) return;
        try
        {
            run.Options.Journal?.WriteOutcomes(outcomes);
        }
        catch (TcbException e)
        {
            // The answers are the user's all the same.
            run.EndWith(FailureKind.JournalUnavailable, e);
        }
        foreach (OpenFile file in done) file.IsDone = true;
        run.Post(new RemovalEvent.BatchAnswered(done, outcomes));
    }

    private static bool IsAnswer(FailureClass failure) => failure is not (FailureClass.ConnectionFailed or FailureClass.TimedOut
        or FailureClass.HttpUnavailable or FailureClass.HttpRefused or FailureClass.Unreadable or FailureClass.NoAnswer);
}
