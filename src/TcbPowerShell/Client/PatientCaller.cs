using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Tokens;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client;

/// <summary>
/// Makes single calls, one after the other, and repeats each as <see cref="FailurePolicy"/> decides: retries, throttling, other tokens, outages (rules
/// 7, 9 and 10).
/// </summary>
/// <param name="environment">The connection.</param>
/// <param name="retry">How often and how soon a call is repeated.</param>
/// <param name="context">The cmdlet that waits for the calls.</param>
internal sealed class PatientCaller(TcbEnvironment environment, RetryPolicy retry, ICallContext context)
{
    /// <summary>The policy. The default one waits out an outage.</summary>
    internal FailurePolicy Policy { get; init; } = new(retry, environment.Timeout);

    /// <summary>The verbose line of a retry, as a key of Messages.resx: the number of the attempt, the failure, the seconds to wait.</summary>
    internal string RetryText { get; init; } = nameof(Messages.VerboseListingRetry);

    internal ICallContext Context => context;

    /// <summary>Cancelled when the cmdlet is stopped.</summary>
    internal CancellationToken Cancelled => context.SendingCancelled;

    /// <summary>Makes a call until it succeeds.</summary>
    /// <param name="send">Sends it once, with a token.</param>
    /// <exception cref="TcbException">It cannot succeed, or has failed too often.</exception>
    /// <exception cref="OperationCanceledException">The cmdlet was stopped.</exception>
    internal async Task<T> CallAsync<T>(Func<CallCredential, Task<T>> send)
    {
        var call = new RepeatedCall();
        RefusedToken? refused = null;
        while (true)
        {
            await WaitForTurnAsync(call).ConfigureAwait(false);
            CallCredential? credential = null;
            try
            {
                credential = await environment.GetCredentialAsync(context, call.HasNewToken ? refused : null).ConfigureAwait(false);
                T reply = await send(credential).ConfigureAwait(false);
                if (Policy.Accepted(call, environment.Clock.Elapsed) is { } outage)
                    context.Say(MessageStream.Verbose, new UserText(nameof(Messages.OutageEnded), outage.TotalSeconds));
                return reply;
            }
            catch (TcbException e)
            {
                Decision next = Policy.Failed(call, e, environment.Clock.Elapsed);
                if (next.Step == NextStep.OtherToken) refused = new RefusedToken(credential!.Token, e);
                else if (next.Step is NextStep.SendAgain or NextStep.Throttled && next.EndsAs is null) Report(call, next, e);
                else throw next.EndsAs is { } errorId ? e.EndingAs(errorId) : e;
            }
        }
    }

    private async Task WaitForTurnAsync(RepeatedCall call)
    {
        while (true)
        {
            context.SendingCancelled.ThrowIfCancellationRequested();
            TimeSpan now = environment.Clock.Elapsed;
            TimeSpan? turn = Policy.TakeTurn(call, now, out TcbException? runEnds);
            if (runEnds is not null) throw runEnds;
            if (turn <= now && Policy.TrySend(call, now)) return;
            await environment.Clock.DelayAsync(turn is { } due && due > now ? due - now : TimeSpan.FromMilliseconds(1), context.SendingCancelled).ConfigureAwait(false);
        }
    }

    private void Report(RepeatedCall call, Decision next, TcbException failure)
    {
        if (next.Step == NextStep.Throttled)
        {
            // No sending rate is learned for single calls.
            TimeSpan wait = retry.Delay(failure, Math.Min(++call.Failures, 6));
            call.NotBefore = environment.Clock.Elapsed + wait;
            context.Say(MessageStream.Verbose, new UserText(nameof(Messages.VerboseListingThrottled), failure.Text, wait.TotalSeconds));
            return;
        }
        context.Say(MessageStream.Verbose, new UserText(RetryText, call.Failures, failure.Text, next.Wait.TotalSeconds));
        if (next.OutageBegan) context.Say(MessageStream.Warning, new UserText(nameof(Messages.OutageBegan), failure.Text));
    }
}
