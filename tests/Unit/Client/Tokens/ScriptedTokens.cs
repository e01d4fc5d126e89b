using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Tokens;

namespace TcbPowerShell.Tests.Client.Tokens;

/// <summary>A source of tokens that does what the test says.</summary>
internal sealed class ScriptedTokens(Func<RefusedToken?, ICallContext, Task<string?>> give) : AccessTokenSource
{
    private int _asked;

    internal ScriptedTokens(Func<RefusedToken?, string?> give)
        : this((refused, _) => Task.FromResult(give(refused)))
    {
    }

    internal override TcbAuthentication Authentication => TcbAuthentication.TokenProvider;

    /// <summary>How often a token was asked for.</summary>
    internal int Asked => Volatile.Read(ref _asked);

    protected override Task<string?> GetTokenAsync(RefusedToken? refused, ICallContext context)
    {
        Interlocked.Increment(ref _asked);
        return give(refused, context);
    }
}
