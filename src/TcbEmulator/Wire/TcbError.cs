namespace TcbPowerShell.Emulation;

/// <summary>A business error: the whole request is refused with HTTP 200, this code and this text.</summary>
internal readonly record struct TcbError(int Code, string Message)
{
    public static TcbError InvalidCredential { get; } = new(40001, "invalid credential, access_token is invalid or not latest");

    public static TcbError InvalidGrantType { get; } = new(40002, "invalid grant_type");

    public static TcbError InvalidAppId { get; } = new(40013, "invalid appid");

    public static TcbError InvalidToken { get; } = new(40014, "invalid access_token");

    public static TcbError InvalidAppSecret { get; } = new(40125, "invalid appsecret");

    public static TcbError AddressNotAllowed { get; } = new(40164, "invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist");

    public static TcbError TokenMissing { get; } = new(41001, "access_token missing");

    public static TcbError AppIdMissing { get; } = new(41002, "appid missing");

    public static TcbError AppSecretMissing { get; } = new(41004, "appsecret missing");

    public static TcbError TokenExpired { get; } = new(42001, "access_token expired");

    public static TcbError EscapedUnicode { get; } =
        new(40033, "invalid charset. please check your request, if include \\uxxxx will create fail!");

    public static TcbError InvalidUrl { get; } = new(40066, "invalid url");

    public static TcbError RequirePost { get; } = new(43002, "require POST method");

    public static TcbError EmptyBody { get; } = new(44002, "empty post data");

    public static TcbError DailyQuota { get; } = new(45009, "reach max api daily quota limit");

    public static TcbError DataFormat { get; } = new(47001, "data format error");

    public static TcbError NotAuthorized { get; } = new(61003, "component is not authorized by this account");

    public static TcbError AddressNotRegistered { get; } = new(61004, "access clientip is not registered requestIP: 127.0.0.1");

    public static TcbError InvalidRefreshToken { get; } = new(61023, "refresh_token is invalid");

    public static TcbError CloudNotEnabled { get; } = new(85088, "no qbase privilege");

    public static TcbError MissingParameter(string name) => new(40101, "missing parameter: " + name);

    public static TcbError InvalidArgument(string reason) => new(40097, "invalid args: " + reason);

    /// <summary>The service names the environment's error, or leaves its text blank.</summary>
    public static TcbError WrongEnvironment(int code) => new(code, code == -501005 ? "INVALIID_ENV" : "");
}
