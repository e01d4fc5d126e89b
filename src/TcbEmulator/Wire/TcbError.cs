namespace TcbPowerShell.Emulation;

/// <summary>A business error: the whole request is refused with HTTP 200, this code and this text.</summary>
internal readonly record struct TcbError(int Code, string Message)
{
    public static TcbError InvalidCredential { get; } = Of(40001);

    public static TcbError InvalidGrantType { get; } = Of(40002);

    public static TcbError InvalidAppId { get; } = Of(40013);

    public static TcbError InvalidToken { get; } = Of(40014);

    public static TcbError InvalidAppSecret { get; } = Of(40125);

    public static TcbError AddressNotAllowed { get; } = Of(40164);

    public static TcbError TokenMissing { get; } = Of(41001);

    public static TcbError AppIdMissing { get; } = Of(41002);

    public static TcbError AppSecretMissing { get; } = Of(41004);

    public static TcbError TokenExpired { get; } = Of(42001);

    public static TcbError EscapedUnicode { get; } = Of(40033);

    public static TcbError InvalidUrl { get; } = Of(40066);

    public static TcbError RequirePost { get; } = Of(43002);

    public static TcbError EmptyBody { get; } = Of(44002);

    public static TcbError DailyQuota { get; } = Of(45009);

    public static TcbError DataFormat { get; } = Of(47001);

    public static TcbError NotAuthorized { get; } = Of(61003);

    public static TcbError AddressNotRegistered { get; } = Of(61004);

    public static TcbError InvalidRefreshToken { get; } = Of(61023);

    public static TcbError CloudNotEnabled { get; } = Of(85088);

    /// <summary>The error with the service's own text.</summary>
    public static TcbError Of(int code) => new(code, ServiceTexts.OfRequest(code));

    public static TcbError MissingParameter(string name) => Of(40101).Because(name);

    public static TcbError InvalidArgument(string reason) => Of(40097).Because(reason);

    private TcbError Because(string reason) => this with { Message = $"{Message}: {reason}" };
}
