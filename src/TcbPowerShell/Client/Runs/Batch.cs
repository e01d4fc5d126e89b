using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Tokens;
using TcbPowerShell.Model;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Runs;

/// <summary>One batch, from its first request until each of its files has an outcome or the run ends.</summary>
internal sealed class Batch(
    PendingFile[] files, TcbEnvironment environment, IOperation operation, RequestTurns turns, Recorder recorder, RunContext run, Downloads? downloads = null)
{
    // The batch, or what is left of it once it is sent in halves.
    private readonly Stack<PendingFile[]> _parts = new([files]);
    private TcbException? _lastFailure;
    // The last refusal of a part, and whether a part was accepted or failed in another way. With refusals only, the batch counts as refused.
    private TcbException? _refusal;
    private bool _metMoreThanRefusals;

    /// <summary>Sends the batch. Another batch may begin when it returns.</summary>
    internal async Task RunAsync()
    {
        try
        {
            await SendPartsAsync().ConfigureAwait(false);
            if (_refusal is { } reason && !_metMoreThanRefusals && !run.IsEnding && turns.Refused()) run.EndWith(reason);
        }
        catch (OperationCanceledException) when (run.IsEnding)
        {
            // The files stay open: the error that ends the run lists them.
        }
        finally
        {
            await recorder.LeftOpenAsync(files, _lastFailure).ConfigureAwait(false);
        }
    }

    private async Task SendPartsAsync()
    {
        try
        {
            while (_parts.Count > 0 && !run.IsEnding) await SendAsync(_parts.Pop()).ConfigureAwait(false);
        }
        // An exception that escaped would end the process (rule 5).
        catch (Exception e) when (e is not OperationCanceledException || !run.IsEnding)
        {
            // Without the exception's message, which may contain a secret.
            _refusal = new TcbException(new UserText(nameof(Messages.ErrorInside), e.GetType().Name, e.TargetSite?.Name), FailureCategory.ClientBug);
            // Files with a link are downloaded, and get their outcome there.
            PendingFile[] open = Array.FindAll(files, file => !file.IsDone && file.Copy?.Link is null);
            // The request may have reached the service.
            foreach (PendingFile file in open.Where(file => file.Attempts > 0)) file.MarkInDoubt();
            await recorder.FailedAsync(open, operation.RequestFailed, _refusal).ConfigureAwait(false);
        }
    }

    // One part, until it is answered, split or given up.
    private async Task SendAsync(PendingFile[] open)
    {
        var call = new RepeatedCall();
        RefusedToken? refusedToken = null;
        while (true)
        {
            Attempt attempt = await AttemptAsync(call, open, call.HasNewToken ? refusedToken : null).ConfigureAwait(false);
            if (attempt.Failure is not { } failure) return;
            open = attempt.Open;
            switch (attempt.Next.Step)
            {
                case NextStep.SendAgain or NextStep.Throttled:
                    break;
                case NextStep.OtherToken:
                    refusedToken = new RefusedToken(attempt.Token, failure);
                    break;
                case NextStep.Split when open.Length > 1:
                    run.Post(new RunEvent.RequestSplit(open.Length, failure));
                    _parts.Push(open.AsSpan(open.Length / 2).ToArray());
                    _parts.Push(open.AsSpan(0, open.Length / 2).ToArray());
                    return;
                case NextStep.Split:
                    _refusal = failure;
                    await recorder.FailedAsync(open, ErrorId.RequestRefused, failure).ConfigureAwait(false);
                    return;
                case NextStep.GiveUp:
                    await GiveUpAsync(open, failure).ConfigureAwait(false);
                    return;
                case NextStep.EndRun:
                    return;
            }
        }
    }

    // Waits for a turn, sends one request, and tells how it ended.
    private async Task<Attempt> AttemptAsync(RepeatedCall call, PendingFile[] open, RefusedToken? refusedToken)
    {
        await turns.EnterAsync(call).ConfigureAwait(false);
        var attempt = new Attempt(call, open);
        try
        {
            try
            {
                await SendOnceAsync(attempt, refusedToken).ConfigureAwait(false);
            }
            catch (TcbException e)
            {
                attempt.Failure = e;
                foreach (PendingFile file in open) file.MarkFailed(e);
            }
            _lastFailure = attempt.Failure;
            if (attempt.Failure is not null) attempt.Next = turns.Failed(call, attempt.Failure, attempt.Open.Length);
        }
        catch
        {
            turns.Abandoned(call);
            throw;
        }
        finally
        {
            turns.Leave(call, attempt.IsAccepted, attempt.Failure, attempt.Next, open.Length);
        }
        return attempt;
    }

    private async Task SendOnceAsync(Attempt attempt, RefusedToken? refusedToken)
    {
        PendingFile[] open = attempt.Open;
        // The token comes first: without one nothing is sent, and the journal must not say so.
        CallCredential credential = await environment.GetCredentialAsync(run, refusedToken).ConfigureAwait(false);
        attempt.Token = credential.Token;
        run.SendingCancelled.ThrowIfCancellationRequested();
        await recorder.SendingAsync(open).ConfigureAwait(false);
        TimeSpan start = environment.Clock.Elapsed;
        foreach (PendingFile file in open) file.MarkSent(environment.Clock.UtcNow);
        string[] fileIds = Array.ConvertAll(open, file => file.FileId);
        BatchReply reply;
        try
        {
            reply = await environment.PostAsync(
                operation.Call, operation.WriteRequest(environment.EnvironmentId, fileIds),
                (bytes, redact) => BatchReply.Read(bytes, operation.ReplyList, fileIds, redact), credential, run).ConfigureAwait(false);
        }
        catch (CallCancelledException e) when (e.WasSent)
        {
            foreach (PendingFile file in open) file.MarkInDoubt();
            throw;
        }
        await SettleAsync(attempt, reply, environment.Clock.Elapsed - start).ConfigureAwait(false);
    }

    private async Task SettleAsync(Attempt attempt, BatchReply reply, TimeSpan duration)
    {
        PendingFile[] open = attempt.Open;
        var settled = new List<PendingFile>(open.Length);
        var left = new List<PendingFile>();
        bool mentionsAny = false;
        for (int i = 0; i < open.Length; i++)
        {
            PendingFile file = open[i];
            file.MarkAnswered(reply.Answers[i], reply.RequestId);
            mentionsAny |= reply.Answers[i].IsGiven;
            if (reply.Answers[i].IsGiven && operation.TrySettle(file, environment.EnvironmentId)) settled.Add(file);
            else
            {
                left.Add(file);
                file.MarkInDoubt();
            }
        }
        if (mentionsAny)
        {
            attempt.IsAccepted = _metMoreThanRefusals = true;
            turns.Accepted(attempt.Call);
        }
        int failed = settled.Count(file => file.Failure is not null);
        var answered = new RunEvent.RequestAnswered(open.Length, settled.Count - failed, failed, duration, reply.RequestId);
        await recorder.FinishedAsync(downloads?.Take(settled) ?? settled).ConfigureAwait(false);
        run.Post(answered);
        if (left.Count == 0) return;
        attempt.Open = [.. left];
        attempt.Failure = mentionsAny
            ? new TcbException(new UserText(nameof(Messages.SomeFilesOpen)), FailureCategory.Incomplete)
            : Judgement.NoneAnswered(reply);
    }

    private async Task GiveUpAsync(PendingFile[] open, TcbException failure)
    {
        if (failure.Rule.Ends == Ending.FromTheStart) _refusal = failure;
        else _metMoreThanRefusals = true;
        if (failure.Category is not (FailureCategory.NoAnswer or FailureCategory.Incomplete))
        {
            await recorder.FailedAsync(open, operation.RequestFailed, failure).ConfigureAwait(false);
            return;
        }
        foreach (PendingFile file in open) file.Fail(Judgement.GivenUp(file, operation));
        await recorder.FinishedAsync(open).ConfigureAwait(false);
    }

    /// <summary>One request of a part, and what became of it.</summary>
    private sealed class Attempt(RepeatedCall call, PendingFile[] open)
    {
        internal RepeatedCall Call => call;

        /// <summary>The files; after the reply those that it leaves open.</summary>
        internal PendingFile[] Open { get; set; } = open;

        /// <summary>Whether the service accepted the request, whatever it said of the files.</summary>
        internal bool IsAccepted { get; set; }

        /// <summary>The token that was sent.</summary>
        internal string? Token { get; set; }

        /// <summary>Why files are left open; null if none is.</summary>
        internal TcbException? Failure { get; set; }

        /// <summary>The decision on the failure.</summary>
        internal Decision Next { get; set; }
    }
}
