using TcbPowerShell.Model;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Batches;

/// <summary>One batch in flight, from its first request until each of its files has an outcome or the run ends.</summary>
/// <param name="run">The run.</param>
/// <param name="files">The files.</param>
internal sealed class Batch(BatchRun run, PendingFile[] files)
{
    private readonly BatchSender _sender = new(run);
    // The batch, or what is left of it once it is sent in halves.
    private readonly Stack<PendingFile[]> _parts = new([files]);
    private bool _refused;

    /// <summary>Sends the batch, and returns when the run has no more need of its place.</summary>
    internal async Task RunAsync()
    {
        try
        {
            await SendPartsAsync().ConfigureAwait(false);
            if (await run.Refusals.LeftAsync(_refused, run.SendingCancelled).ConfigureAwait(false) is { } reason) run.EndWith(reason.ErrorId, reason);
        }
        catch (OperationCanceledException) when (run.IsOver)
        {
            // The files stay open: the engine lists them, or nobody can be told any more.
        }
        finally
        {
            await run.Recorder.LeftOpenAsync(files, _sender.LastFailure).ConfigureAwait(false);
        }
    }

    private async Task SendPartsAsync()
    {
        try
        {
            while (_parts.Count > 0 && !run.IsOver) await SendAsync(_parts.Pop()).ConfigureAwait(false);
        }
        // An exception that escaped would end the process (rule 5).
        catch (Exception e) when (e is not OperationCanceledException || !run.IsOver)
        {
            // Not the exception's message: nobody can vouch for what is in it.
            var failure = new TcbException(new UserText(nameof(Messages.ErrorInside), e.GetType().Name, e.TargetSite?.Name), FailureCategory.ClientBug);
            PendingFile[] open = Array.FindAll(files, file => !file.IsDone);
            // Nobody can say how far the request had come.
            foreach (PendingFile file in open.Where(file => file.Attempts > 0)) file.MarkInDoubt();
            await run.Recorder.FailedAsync(open, run.Operation.RequestFailed, failure).ConfigureAwait(false);
            await MayGoOnAsync(failure).ConfigureAwait(false);
        }
    }

    // One part: until it is answered, split or given up.
    private async Task SendAsync(PendingFile[] open)
    {
        var delay = TimeSpan.Zero;
        for (int attempt = 1; ;)
        {
            TcbException? failure;
            (open, failure, HealthVerdict verdict) = await _sender.SendAsync(open, delay).ConfigureAwait(false);
            if (failure is null || run.IsOver) return;
            delay = TimeSpan.Zero;
            if (verdict.IsThrottling) continue;
            if (failure.Category == FailureCategory.RequestInvalid)
            {
                await SplitAsync(open, failure).ConfigureAwait(false);
                return;
            }
            if (run.Options.Retry.Decide(failure, attempt) is not { } wait)
            {
                await GiveUpAsync(open, failure).ConfigureAwait(false);
                return;
            }
            run.Post(new BatchEvent.RetryWaits(open.Length, wait, attempt++, failure));
            delay = wait;
        }
    }

    private async Task SplitAsync(PendingFile[] open, TcbException failure)
    {
        if (open.Length == files.Length && !await MayGoOnAsync(failure).ConfigureAwait(false)) return;
        if (open.Length == 1)
        {
            await run.Recorder.FailedAsync(open, ErrorId.RequestRefused, failure).ConfigureAwait(false);
            return;
        }
        run.Post(new BatchEvent.RequestSplit(open.Length, failure));
        int half = open.Length / 2;
        _parts.Push(open.AsSpan(half).ToArray());
        _parts.Push(open.AsSpan(0, half).ToArray());
    }

    private async Task GiveUpAsync(PendingFile[] open, TcbException failure)
    {
        if (failure.Rule.Ends == Ending.FromTheStart && !await MayGoOnAsync(failure).ConfigureAwait(false)) return;
        if (failure.Category is FailureCategory.NoAnswer or FailureCategory.Incomplete)
            await run.Recorder.FinishedAsync(open, [.. open.Select(file => Judgement.GivenUp(file, run.Operation))]).ConfigureAwait(false);
        else
            await run.Recorder.FailedAsync(open, run.Operation.RequestFailed, failure).ConfigureAwait(false);
        if (run.Health.GaveUp(failure) is { } errorId) run.EndWith(errorId, failure);
    }

    private async Task<bool> MayGoOnAsync(TcbException failure)
    {
        if (_refused) return true;
        TcbException? reason = await run.Refusals.RefusedAsync(failure, run.SendingCancelled).ConfigureAwait(false);
        _refused = true;
        if (reason is not null) run.EndWith(reason.ErrorId, reason);
        return reason is null;
    }
}
