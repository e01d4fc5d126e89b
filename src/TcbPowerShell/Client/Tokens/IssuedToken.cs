
namespace TcbPowerShell.Client.Tokens;

/// <summary>A token that was fetched.</summary>
/// <param name="Text">The token.</param>
/// <param name="ExpiresOn">When it ends.</param>
/// <param name="RenewOn">When to fetch the next one.</param>
internal sealed record IssuedToken(string Text, DateTimeOffset ExpiresOn, DateTimeOffset RenewOn)
{
    private static readonly TimeSpan LongestMargin = TimeSpan.FromSeconds(300);

    /// <summary>
    /// A token with a known life. It is renewed 300 seconds before its end, or a tenth of its life where that is less: the service hands the
    /// same token out again until its last five minutes, and then with little left.
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
