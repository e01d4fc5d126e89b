using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Rate;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Batches;

/// <summary>Sends single requests of a batch, and settles what the replies say.</summary>
/// <param name="run">The run.</param>
internal sealed class BatchSender(BatchRun run)
{
    /// <summary>Why the last request failed; null where it did not.</summary>
    internal TcbException? LastFailure { get; private set; }

    /// <summary>Waits for its turn and sends one request. Its failures are returned, not thrown.</summary>
    /// <param name="open">The files.</param>
    /// <param name="delay">How long to wait at least.</param>
    /// <exception cref="OperationCanceledException">The run is over.</exception>
    internal async Task<SendResult> SendAsync(PendingFile[] open, TimeSpan delay)
    {
        SentRequest request = await run.Gate.EnterAsync(delay, run.SendingCancelled).ConfigureAwait(false);
        HealthVerdict verdict = default;
        bool isAccepted = false;
        try
        {
            (open, LastFailure) = await TryAsync(open).ConfigureAwait(false);
            isAccepted = LastFailure is null or { Category: FailureCategory.Incomplete };
            if (LastFailure is not null) verdict = run.Health.Failed(LastFailure, run.Environment.Clock.Elapsed);
        }
        finally
        {
            if (isAccepted) run.Gate.Accepted(request);
            else if (verdict.IsThrottling) run.Post(new BatchEvent.Throttled(open.Length, run.Gate.TurnedAway(request, LastFailure!), LastFailure!, EndsRun: verdict.EndsRunAs is not null));
            else run.Gate.Release(request);
        }
        if (verdict.EndsRunAs is { } errorId) run.EndWith(errorId, LastFailure!);
        return new SendResult(open, LastFailure, verdict);
    }

    private async Task<(PendingFile[] Open, TcbException? Failure)> TryAsync(PendingFile[] open)
    {
        try
        {
            TimeSpan start = run.Environment.Clock.Elapsed;
            BatchReply reply = await CallAsync(open).ConfigureAwait(false);
            return await SettleAsync(open, reply, run.Environment.Clock.Elapsed - start).ConfigureAwait(false);
        }
        catch (TcbException e)
        {
            foreach (PendingFile file in open) file.MarkFailed(e);
            return (open, e);
        }
    }

    private async Task<BatchReply> CallAsync(PendingFile[] open)
    {
        // The token first: where there is none, nothing is sent, and a file that is missing later is not one that this run has removed.
        CallCredential credential = await run.Environment.GetCredentialAsync(run).ConfigureAwait(false);
        run.SendingCancelled.ThrowIfCancellationRequested();
        await run.Recorder.SendingAsync(open).ConfigureAwait(false);
        DateTimeOffset now = run.Environment.Clock.UtcNow;
        foreach (PendingFile file in open) file.MarkSent(now);
        string[] fileIds = Array.ConvertAll(open, file => file.FileId);
        try
        {
            return await run.Environment.PostAsync(
                run.Operation.Call, run.Operation.WriteRequest(run.Environment.EnvironmentId, fileIds),
                (bytes, redact) => BatchReply.Read(bytes, run.Operation.ReplyList, fileIds, redact), credential, run).ConfigureAwait(false);
        }
        catch (CallCancelledException e) when (e.WasSent)
        {
            foreach (PendingFile file in open) file.MarkInDoubt();
            throw;
        }
    }

    private async Task<(PendingFile[] Left, TcbException? Why)> SettleAsync(PendingFile[] open, BatchReply reply, TimeSpan duration)
    {
        var done = new List<PendingFile>(open.Length);
        var outcomes = new List<FileOutcome>(open.Length);
        var left = new List<PendingFile>();
        bool silent = true;
        int succeeded = 0;
        for (int i = 0; i < open.Length; i++)
        {
            PendingFile file = open[i];
            file.MarkAnswered(reply.Answers[i], reply.RequestId);
            if (reply.Answers[i].IsGiven) silent = false;
            if (reply.Answers[i].IsGiven && run.Operation.Judge(file, run.Environment.EnvironmentId) is { } outcome)
            {
                done.Add(file);
                outcomes.Add(outcome);
                if (outcome.Result is not null) succeeded++;
            }
            else
            {
                left.Add(file);
                file.MarkInDoubt();
            }
        }
        if (!silent)
        {
            run.Health.Accepted(run.Environment.Clock.Elapsed);
            run.Refusals.Accepted();
        }
        await run.Recorder.FinishedAsync(done, outcomes).ConfigureAwait(false);
        run.Post(new BatchEvent.RequestAnswered(open.Length, succeeded, outcomes.Count - succeeded, duration, reply.RequestId));
        if (left.Count == 0) return ([], null);
        return ([.. left], silent
            ? new TcbException(TellSilence(reply), FailureCategory.NoAnswer)
            : new TcbException(new UserText(nameof(Messages.SomeFilesOpen)), FailureCategory.Incomplete));
    }

    private static UserText TellSilence(BatchReply reply) =>
        reply.Answers.Select(answer => answer.Problem).FirstOrDefault(problem => problem is not null) is { } problem
            ? new UserText(nameof(Messages.NoEntryUsable), problem)
            : new UserText(nameof(Messages.NoFileMentioned));
}

/// <summary>What became of one request.</summary>
/// <param name="Open">The files that are left open; none when each has its outcome.</param>
/// <param name="Failure">Why; null when each has its outcome.</param>
/// <param name="Verdict">What follows.</param>
internal sealed record SendResult(PendingFile[] Open, TcbException? Failure, HealthVerdict Verdict);
