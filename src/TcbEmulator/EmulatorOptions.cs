namespace TcbPowerShell.Emulation;

/// <summary>The options of an emulator. Every option has a default that works.</summary>
public sealed record EmulatorOptions
{
    /// <summary>The port on 127.0.0.1; 0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>The environments that exist. A request for another one is refused with <see cref="UnknownEnvironmentCode"/>.</summary>
    public IReadOnlyList<string> Environments { get; init; } = ["test-env"];

    /// <summary>The errcode for a request whose environment does not exist: -501000 or -501005.</summary>
    public int UnknownEnvironmentCode { get; init; } = -501000;

    /// <summary>False answers every delete and look-up call with 85088: the app has not enabled cloud development.</summary>
    public bool CloudEnabled { get; init; } = true;

    /// <summary>Keeps the files as real ones below this folder, <c>folder/env.bucket/path</c>; null keeps them in memory.</summary>
    public string? Root { get; init; }

    /// <summary>File IDs that exist from the start.</summary>
    public IEnumerable<string> FileIds { get; init; } = [];

    /// <summary>Gives the files of <see cref="FileIds"/> ages from 0 up to this, the same in each run with the same <see cref="Seed"/>.</summary>
    public TimeSpan OldestFile { get; init; }

    /// <summary>Which of the two known answers a missing file gets in a delete call; a look-up call has one answer.</summary>
    public MissingFileAnswer MissingFile { get; init; }

    /// <summary>The access token of the app that is good from the start and never expires by itself; null for none.</summary>
    public string? AccessToken { get; init; } = "emulator-access-token";

    /// <summary>The component access token that is good from the start; null for none.</summary>
    public string? ComponentAccessToken { get; init; } = "emulator-component-token";

    /// <summary>The cloud hosting token that is good from the start; null for none.</summary>
    public string? CloudBaseAccessToken { get; init; }

    /// <summary>True as inside a container with the open interface service on: <c>/tcb</c> calls need no token.</summary>
    public bool OpenInterfaceService { get; init; }

    /// <summary>The app whose stable token can be fetched.</summary>
    public string AppId { get; init; } = "wx0000000000000001";

    /// <summary>The secret that belongs to <see cref="AppId"/>.</summary>
    public string AppSecret { get; init; } = "00000000000000000000000000000001";

    /// <summary>The third-party platform.</summary>
    public string ComponentAppId { get; init; } = "wx0000000000000002";

    /// <summary>The app that authorized the platform.</summary>
    public string AuthorizerAppId { get; init; } = "wx0000000000000003";

    /// <summary>The first refresh token of the authorizer; every use replaces it.</summary>
    public string AuthorizerRefreshToken { get; init; } = "emulator-refresh-token";

    /// <summary>How long an issued token lives; fractions of a second are fine.</summary>
    public TimeSpan TokenLifetime { get; init; } = TimeSpan.FromHours(2);

    /// <summary>How long a temporary key for COS lives at most.</summary>
    public TimeSpan TemporaryKeyLifetime { get; init; } = TimeSpan.FromHours(2);

    /// <summary>How many temporary keys an app gets in an hour; then 45009.</summary>
    public int TemporaryKeysPerHour { get; init; } = 10;

    /// <summary>False answers token calls with 40164: the caller's address is not on the app's list.</summary>
    public bool AddressAllowed { get; init; } = true;

    /// <summary>The time that each call takes, its work included; of a download, the time until its first byte.</summary>
    public TimeSpan Latency { get; init; }

    /// <summary>A random part on top of <see cref="Latency"/>, from nothing up to this.</summary>
    public TimeSpan Jitter { get; init; }

    /// <summary>The seed of every die in the emulator.</summary>
    public int Seed { get; init; }

    /// <summary>Asked once for each delete or look-up call, before it is worked: the fault it meets, or null.</summary>
    public Func<EmulatorRequest, Fault?>? Fault { get; init; }

    /// <summary>The same for token calls.</summary>
    public Func<EmulatorRequest, Fault?>? TokenFault { get; init; }

    /// <summary>The same for the calls of a listing: <c>uploadfile</c>, those for a temporary key, and each page.</summary>
    public Func<EmulatorRequest, Fault?>? ListFault { get; init; }

    /// <summary>The same for downloads. Each has the one file ID in its <see cref="EmulatorRequest.FileIds"/>.</summary>
    public Func<EmulatorRequest, Fault?>? DownloadFault { get; init; }

    /// <summary>True gives download links that are not URL-encoded: <c>/a b#c?d%41.png</c>.</summary>
    public bool RawLinks { get; init; }

    /// <summary>True gives download links without a signature, as those of a bucket that everyone can read.</summary>
    public bool PublicLinks { get; init; }

    /// <summary>How long a download link lives at most; null for as long as was asked for.</summary>
    public TimeSpan? LinkLifetime { get; init; }

    /// <summary>How many bytes per second all downloads get together; null for no limit.</summary>
    public long? Bandwidth { get; init; }

    /// <summary>
    /// Limits on the calls that take files. Limits of different units hold together; of one unit, the one that began last. A call over a limit
    /// is turned away before any fault and any work.
    /// </summary>
    public IReadOnlyList<Limit> Limits { get; init; } = [];

    /// <summary>The Content-Type of business replies; the service also says <c>text/plain</c>.</summary>
    public string ReplyContentType { get; init; } = "application/json; encoding=utf-8";

    /// <summary>How much of each request is remembered.</summary>
    public LogDetail Detail { get; init; } = LogDetail.FileIds;

    /// <summary>Called with each request once it has its outcome, on the request's thread.</summary>
    public Action<EmulatorRequest>? RequestCompleted { get; init; }

    /// <summary>The clock of tokens, latency and timestamps.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
