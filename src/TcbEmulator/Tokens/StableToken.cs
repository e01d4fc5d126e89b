namespace TcbPowerShell.Emulation;

/// <summary>
/// The app's stable token and the rules of its renewal:
/// https://developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken.html
/// </summary>
internal sealed class StableToken(EmulatorOptions options, AccessTokens tokens)
{
    private const int ForcedRefreshesADay = 20;

    private static readonly TimeSpan BetweenForcedRefreshes = TimeSpan.FromSeconds(30);

    private readonly TimeSpan _renewalWindow = Min(TimeSpan.FromMinutes(5), options.TokenLifetime / 10);
    private readonly Lock _lock = new();
    private DateTimeOffset _lastForced = DateTimeOffset.MinValue;
    private DateTime _day;
    private int _forcedToday;

    /// <summary>The current token with what is left of its life, or a new one where the rules ask for it.</summary>
    public (string Token, TimeSpan Remaining, TcbError? Error) Get(bool forceRefresh)
    {
        lock (_lock)
        {
            TimeSpan remaining = tokens.Remaining(tokens.Current);
            if (forceRefresh)
                return Force(remaining);

            // A token that is renewed early stays good to its end, so that other servers have time to change over.
            return remaining > _renewalWindow ? (tokens.Current!, remaining, null) : Renew();
        }
    }

    private (string, TimeSpan, TcbError?) Force(TimeSpan remaining)
    {
        DateTimeOffset now = options.Clock.GetUtcNow();

        // Documented: less than 30 seconds after the last one the token is not refreshed.
        if (now - _lastForced < BetweenForcedRefreshes && remaining > TimeSpan.Zero)
            return (tokens.Current!, remaining, null);

        if (_day != now.UtcDateTime.Date)
            (_day, _forcedToday) = (now.UtcDateTime.Date, 0);

        if (_forcedToday == ForcedRefreshesADay)
            return ("", TimeSpan.Zero, TcbError.DailyQuota);

        _forcedToday++;
        _lastForced = now;
        if (remaining > TimeSpan.Zero)
            tokens.Revoke(tokens.Current!);

        return Renew();
    }

    private (string, TimeSpan, TcbError?) Renew()
    {
        tokens.Current = tokens.Issue();
        return (tokens.Current, options.TokenLifetime, null);
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
