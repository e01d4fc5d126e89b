using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace TcbPowerShell.Emulation;

/// <summary>The tokens that the emulator knows, good or not. Each change counts from the next request on.</summary>
public sealed class AccessTokens
{
    private const int LongestToken = 512;

    private readonly Lock _lock = new();
    private readonly TimeProvider _clock;
    private readonly TimeSpan _lifetime;
    private readonly ConcurrentDictionary<string, Entry> _tokens = new(StringComparer.Ordinal);

    internal AccessTokens(EmulatorOptions options)
    {
        _clock = options.Clock;
        _lifetime = options.TokenLifetime;
        RefreshToken = options.AuthorizerRefreshToken;
        AddGiven(options.AccessToken, TokenKind.App);
        AddGiven(options.ComponentAccessToken, TokenKind.Component);
        AddGiven(options.CloudBaseAccessToken, TokenKind.CloudBase);
    }

    /// <summary>The stable token that was issued last; null before the first.</summary>
    public string? Current { get; internal set; }

    /// <summary>The authorizer's token that was issued last; null before the first.</summary>
    public string? CurrentAuthorizer { get; private set; }

    /// <summary>The authorizer's refresh token that is good now.</summary>
    public string RefreshToken { get; private set; }

    /// <summary>Makes a token good, for ever or for a time.</summary>
    public void Add(string token, TokenKind kind = TokenKind.App, TimeSpan? lifetime = null) =>
        _tokens[token] = new Entry(kind, lifetime is { } time ? _clock.GetUtcNow() + time : DateTimeOffset.MaxValue, null);

    /// <summary>From now on the token is answered with 42001.</summary>
    public void Expire(string token) => _tokens[token] = Find(token) with { ExpiresOn = DateTimeOffset.MinValue };

    /// <summary>From now on the token is answered with this code: 40001, or 40014.</summary>
    public void Revoke(string token, int errorCode = 40001) =>
        _tokens[token] = Find(token) with { Revoked = TcbError.Of(errorCode) };

    /// <summary>Makes a new token that lives as long as <see cref="EmulatorOptions.TokenLifetime"/> says.</summary>
    public string Issue(TokenKind kind = TokenKind.App)
    {
        string token = NewToken();
        Add(token, kind, _lifetime);
        return token;
    }

    /// <summary>Makes a new token of the authorizer.</summary>
    internal string IssueForAuthorizer() => CurrentAuthorizer = Issue();

    /// <summary>Writes a new cloud hosting token to a file, as the platform does inside a container.</summary>
    public void WriteCloudBaseToken(string path)
    {
        // Who reads meanwhile gets the old token or the new one, never a part.
        File.WriteAllText(path + ".new", Issue(TokenKind.CloudBase));
        File.Move(path + ".new", path, overwrite: true);
    }

    /// <summary>The next refresh token in exchange for the good one; null for any other.</summary>
    internal string? RotateRefreshToken(string? refreshToken)
    {
        lock (_lock)
            return refreshToken == RefreshToken ? RefreshToken = NewToken() : null;
    }

    /// <summary>The rest of the token's life by the clock, revoked or not: the service hands out a token that was revoked elsewhere.</summary>
    internal TimeSpan Remaining(string? token) =>
        token is not null && _tokens[token].ExpiresOn is var end && end > _clock.GetUtcNow() ? end - _clock.GetUtcNow() : TimeSpan.Zero;

    /// <summary>The error of a token; null if it is good for this use.</summary>
    internal TcbError? Check(string? token, TokenKind kind)
    {
        if (string.IsNullOrEmpty(token))
            return TcbError.TokenMissing;

        if (!_tokens.TryGetValue(token, out Entry? entry))
            return IsWellFormed(token) ? TcbError.InvalidCredential : TcbError.InvalidToken;

        if (entry.Revoked is not null)
            return entry.Revoked;

        if (entry.Kind != kind)
            return TcbError.InvalidCredential;

        return entry.ExpiresOn <= _clock.GetUtcNow() ? TcbError.TokenExpired : null;
    }

    private static string NewToken() => "emulator_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    private static bool IsWellFormed(string token) =>
        token.Length <= LongestToken && token.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    private void AddGiven(string? token, TokenKind kind)
    {
        if (token is not null)
            Add(token, kind);
    }

    private Entry Find(string token) => _tokens.TryGetValue(token, out Entry? entry)
        ? entry
        : throw new ArgumentException("The emulator does not know this token.", nameof(token));

    private sealed record Entry(TokenKind Kind, DateTimeOffset ExpiresOn, TcbError? Revoked);
}
