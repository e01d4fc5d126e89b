using TcbPowerShell.Client.Http;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Tokens;

/// <summary>
/// A token that is fetched, kept, and fetched again when it is due or refused: once for all workers and runspaces that
/// use the connection.
/// </summary>
/// <param name="clock">Time.</param>
internal abstract class RenewedAccessToken(Clock clock) : AccessTokenSource
{
    /// <summary>How long a call that has been sent may take after a stop: its reply may hold a new refresh token, which replaces the old one.</summary>
    internal static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan LongestReprieve = TimeSpan.FromSeconds(30);

    private readonly object _lock = new();
    private IssuedToken? _current;
    private Renewal? _renewal;

    internal override DateTimeOffset? ExpiresOn => Volatile.Read(ref _current)?.ExpiresOn;

    protected Clock Clock => clock;

    protected sealed override async Task<string?> GetTokenAsync(RefusedToken? refused, ICallContext context)
    {
        try
        {
            return FindGood(refused) ?? await RenewAsync(refused, context).ConfigureAwait(false);
        }
        catch (TcbException) when (refused is null && TryReprieve())
        {
            return _current!.Text;
        }
    }

    /// <summary>Gets a new token with <see cref="ShareAsync"/>.</summary>
    /// <param name="refused">The token that was refused; null if the one in hand is due.</param>
    /// <param name="context">The run that asks.</param>
    protected abstract Task<string> RenewAsync(RefusedToken? refused, ICallContext context);

    /// <summary>Fetches a token.</summary>
    /// <param name="refused">The token that was refused: another one must come, or its refusal is thrown.</param>
    /// <param name="credential">The token and the secrets of the call.</param>
    /// <param name="context">The run that began the renewal.</param>
    /// <param name="stopped">Cancelled when all who wait for the token are stopped.</param>
    /// <exception cref="TcbException">There is none.</exception>
    protected abstract Task<IssuedToken> FetchAsync(RefusedToken? refused, CallCredential credential, ICallContext context, CancellationToken stopped);

    /// <summary>Begins a renewal, or waits for the one under way. A renewal needs no pipeline thread.</summary>
    protected async Task<string> ShareAsync(RefusedToken? refused, CallCredential credential, ICallContext context)
    {
        while (true)
        {
            Renewal renewal;
            lock (_lock)
            {
                if (FindGood(refused) is { } good) return good;
                renewal = _renewal ??= Begin(refused, credential, context);
                renewal.Waiting++;
            }
            try
            {
                IssuedToken token = await renewal.Token.OrCancelledAsync(context.SendingCancelled).ConfigureAwait(false);
                // The refused token is accepted again only from a renewal that knew of the refusal.
                if (token.Text != refused?.Token || token.Text == renewal.RefusedToken) return token.Text;
            }
            catch (TcbException) when (renewal.Credential.Token != credential.Token)
            {
                // It failed with another component token than this run's.
            }
            catch (OperationCanceledException) when (!context.SendingCancelled.IsCancellationRequested)
            {
                // It was stopped, because all runs that waited for it were.
            }
            catch (OperationCanceledException)
            {
                await LeaveAsync(renewal).ConfigureAwait(false);
                throw;
            }
        }
    }

    /// <summary>Makes a call that fetches a token.</summary>
    /// <param name="client">The connection's client.</param>
    /// <param name="path">The path.</param>
    /// <param name="credential">The component token, if the call takes one, and the secrets in the body.</param>
    /// <param name="body">The JSON of the request, in UTF-8.</param>
    /// <param name="context">The run that says what is going on.</param>
    /// <param name="stopped">Ends the call at once if it has not been sent, and otherwise after <see cref="Grace"/>.</param>
    /// <exception cref="TcbException">The service refused, or did not reply.</exception>
    /// <exception cref="CallCancelledException">The call was stopped.</exception>
    protected static async Task<TokenReply> CallAsync(
        TcbClient client, string path, CallCredential credential, byte[] body, ICallContext context, CancellationToken stopped)
    {
        using var grace = new CancellationTokenSource();
        using CancellationTokenRegistration stop = stopped.Register(() => client.Clock.CancelAfter(grace, Grace));
        byte[] reply = await client.PostAsync(path, credential, body, context, showBodies: false, stopped, grace.Token).ConfigureAwait(false);
        // The other call carries a secret in its body.
        return TokenReply.Read(reply, text => client.Redact(credential, text), withComponentToken: credential.Token is not null);
    }

    /// <summary>The token of a reply.</summary>
    /// <exception cref="TcbException">The reply has none.</exception>
    protected IssuedToken Accept(TokenReply reply, ICallContext context)
    {
        if (reply.Problem is { } problem) throw TcbException.NoTokenIn(problem);
        context.Say(MessageStream.Verbose, new UserText(nameof(Messages.TokenFetched), reply.Life.TotalSeconds));
        return IssuedToken.WithLife(reply.Token, reply.Life, clock.UtcNow);
    }

    private string? FindGood(RefusedToken? refused)
    {
        lock (_lock) return _current is { } current && current.Text != refused?.Token && current.RenewOn > clock.UtcNow ? current.Text : null;
    }

    // Renewal starts early, so it may fail: the token in hand is still valid.
    private bool TryReprieve()
    {
        lock (_lock)
        {
            DateTimeOffset now = clock.UtcNow;
            if (_current is null || _current.ExpiresOn <= now) return false;
            if (_current.RenewOn <= now)
                _current = _current with { RenewOn = now + TimeSpan.FromTicks(Math.Min(LongestReprieve.Ticks, (_current.ExpiresOn - now).Ticks / 2)) };
            return true;
        }
    }

    private Renewal Begin(RefusedToken? refused, CallCredential credential, ICallContext context)
    {
        var renewal = new Renewal(refused?.Token, credential);
        // On another thread: it must not run under the lock.
        renewal.Token = Task.Run(() => FetchAndKeepAsync(refused, credential, context, renewal.Stop.Token));
        return renewal;
    }

    private async Task<IssuedToken> FetchAndKeepAsync(RefusedToken? refused, CallCredential credential, ICallContext context, CancellationToken stopped)
    {
        IssuedToken? token = null;
        try
        {
            return token = await FetchAsync(refused, credential, context, stopped).ConfigureAwait(false);
        }
        finally
        {
            lock (_lock)
            {
                _renewal = null;
                _current = token ?? _current;
            }
        }
    }

    // The others still need the token. The last one stops the call, and waits until it is over (rule 6).
    private async Task LeaveAsync(Renewal renewal)
    {
        lock (_lock)
        {
            if (--renewal.Waiting > 0) return;
        }
        renewal.Stop.Cancel();
        await renewal.Token.ContinueWith(static end => end.Exception, TaskScheduler.Default).ConfigureAwait(false);
    }

    /// <summary>A renewal under way.</summary>
    private sealed class Renewal(string? refusedToken, CallCredential credential)
    {
        internal string? RefusedToken => refusedToken;

        internal CallCredential Credential => credential;

        internal Task<IssuedToken> Token { get; set; } = null!;

        internal int Waiting { get; set; }

        // Without a timer: nothing to dispose.
        internal CancellationTokenSource Stop { get; } = new();
    }
}

/// <summary>A token that was fetched.</summary>
/// <param name="Text">The token.</param>
/// <param name="ExpiresOn">When it ends.</param>
/// <param name="RenewOn">When to fetch the next one.</param>
internal sealed record IssuedToken(string Text, DateTimeOffset ExpiresOn, DateTimeOffset RenewOn)
{
    private static readonly TimeSpan LongestMargin = TimeSpan.FromSeconds(300);

    /// <summary>
    /// A token with a known life. It is renewed 300 seconds before its end, or a tenth of its life if that is less: until its last five minutes the
    /// service returns the same token again.
    /// </summary>
    internal static IssuedToken WithLife(string text, TimeSpan life, DateTimeOffset now)
    {
        var margin = TimeSpan.FromTicks(Math.Min(LongestMargin.Ticks, life.Ticks / 10));
        return new IssuedToken(text, now + life, now + life - margin);
    }

    /// <summary>The type's name, never the token.</summary>
    /// <returns>The name.</returns>
    public override string ToString() => nameof(IssuedToken);
}
