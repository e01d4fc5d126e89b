using TcbPowerShell.Client.Http;

namespace TcbPowerShell.Client.Tokens;

/// <summary>
/// A token that is fetched, kept, and fetched again when it is due or refused: once for everybody who uses the connection, however many
/// workers and runspaces see the refusal at the same time.
/// </summary>
/// <param name="clock">Time.</param>
internal abstract class RenewedAccessToken(Clock clock) : AccessTokenSource
{
    private static readonly TimeSpan LongestReprieve = TimeSpan.FromSeconds(30);

    private readonly object _lock = new();
    private IssuedToken? _current;
    private Task<IssuedToken>? _renewal;
    private string? _renewalRefused;

    internal override DateTimeOffset? ExpiresOn => Volatile.Read(ref _current)?.ExpiresOn;

    protected Clock Clock => clock;

    internal override async Task WhenIdleAsync()
    {
        Task? renewal;
        lock (_lock) renewal = _renewal;
        // However it ends: whoever waits for its token is told.
        if (renewal is not null) await Task.WhenAny(renewal).ConfigureAwait(false);
    }

    protected override async Task<string?> GetTokenAsync(RefusedToken? refused, ICallContext context)
    {
        while (true)
        {
            Task<IssuedToken> renewal;
            bool isMine = false;
            lock (_lock)
            {
                if (_current is { } current && current.Text != refused?.Token && !(current.RenewOn <= clock.UtcNow)) return current.Text;
                if (_renewal is null)
                {
                    isMine = true;
                    _renewalRefused = refused?.Token;
                    // On another thread: it must not run under this lock.
                    _renewal = Task.Run(() => RenewAndKeepAsync(refused, context));
                }
                // One that was started for the same refusal may confirm the token.
                isMine |= refused is not null && _renewalRefused == refused.Token;
                renewal = _renewal;
            }
            Join(context);
            try
            {
                IssuedToken token = await renewal.OrCancelledAsync(context.SendingCancelled).ConfigureAwait(false);
                // Another caller's renewal may have brought the very token that this one was refused.
                if (isMine || token.Text != refused?.Token) return token.Text;
            }
            catch (OperationCanceledException) when (!context.SendingCancelled.IsCancellationRequested)
            {
                // The run that was fetching has been stopped: fetch oneself.
            }
            finally
            {
                Leave(context);
            }
        }
    }

    /// <summary>Fetches a token.</summary>
    /// <param name="refused">The token that was refused: another one must come, or its refusal is thrown.</param>
    /// <param name="context">The run that asks.</param>
    /// <exception cref="TcbException">There is none.</exception>
    protected abstract Task<IssuedToken> RenewAsync(RefusedToken? refused, ICallContext context);

    private async Task<IssuedToken> RenewAndKeepAsync(RefusedToken? refused, ICallContext context)
    {
        IssuedToken? next = null;
        try
        {
            next = await RenewAsync(refused, context).ConfigureAwait(false);
        }
        catch (TcbException) when (refused is null && _current?.ExpiresOn > clock.UtcNow)
        {
            // Renewal comes early so that it may fail: the token in hand still lives.
            DateTimeOffset now = clock.UtcNow;
            var reprieve = TimeSpan.FromTicks(Math.Min(LongestReprieve.Ticks, (_current.ExpiresOn.Value - now).Ticks / 2));
            next = _current with { RenewOn = now + reprieve };
        }
        finally
        {
            lock (_lock)
            {
                _renewal = null;
                if (next is not null) _current = next;
            }
        }
        return next;
    }
}
