using System.Globalization;
using System.Text;

namespace TcbPowerShell.Emulation;

/// <summary>The emulator's command line. One table is both the parser and the help.</summary>
internal sealed class CommandLine
{
    private static readonly EmulatorOptions Defaults = new();

    private readonly Option[] _options;
    private readonly List<string> _faults = [];
    private readonly List<string> _tokenFaults = [];
    private readonly List<string> _listFaults = [];
    private readonly List<string> _downloadFaults = [];
    private string? _files;
    private double _oldestDays;

    private CommandLine() => _options =
    [
        Set("--port", "N", "port on 127.0.0.1; default: a free port", (options, value) => options with { Port = Int(value) }),
        Set("--env", "ID", "environment ID (repeatable); default: those in --files and --root",
            (options, value) => options with { Environments = [.. options.Environments, value] }),
        new("--files", "FILE", "files that exist: UTF-8, one file ID per line; other lines are skipped", value => _files = value),
        new("--oldest", "DAYS", "gives the files of --files ages from 0 to this many days; default: all are new", value => _oldestDays = Days(value)),
        Set("--root", "FOLDER", "real files in this folder, as env.bucket/path; default: in memory",
            (options, value) => options with { Root = value }),
        Set("--missing-status", "-503003|1", "status of a missing file in delete calls; look-up calls return 1",
            (options, value) => options with { MissingFile = Int(value) == 1 ? MissingFileAnswer.NonExist : MissingFileAnswer.NotExists }),
        Set("--cloud-disabled", null, "cloud development is not enabled: 85088", (options, _) => options with { CloudEnabled = false }),
        Set("--token", "TOKEN", $"access token that never expires ({Defaults.AccessToken})",
            (options, value) => options with { AccessToken = value }),
        Set("--component-token", "TOKEN", $"component access token ({Defaults.ComponentAccessToken})",
            (options, value) => options with { ComponentAccessToken = value }),
        Set("--cloudbase-token", "TOKEN", "cloud hosting token", (options, value) => options with { CloudBaseAccessToken = value }),
        new("--cloudbase-token-file", "FILE", "file for the cloud hosting token, rewritten after each third of its lifetime",
            value => CloudBaseTokenPath = value),
        Set("--open-interface-service", null, "/tcb calls need no token", (options, _) => options with { OpenInterfaceService = true }),
        Set("--app-id", "ID", $"AppId for stable access tokens ({Defaults.AppId})", (options, value) => options with { AppId = value }),
        Set("--app-secret", "SECRET", $"AppSecret for stable access tokens ({Defaults.AppSecret})", (options, value) => options with { AppSecret = value }),
        Set("--component-app-id", "ID", $"AppId of the third-party platform ({Defaults.ComponentAppId})",
            (options, value) => options with { ComponentAppId = value }),
        Set("--authorizer-app-id", "ID", $"AppId of the app that authorized the platform ({Defaults.AuthorizerAppId})",
            (options, value) => options with { AuthorizerAppId = value }),
        Set("--authorizer-refresh-token", "TOKEN", $"first refresh token of that app ({Defaults.AuthorizerRefreshToken})",
            (options, value) => options with { AuthorizerRefreshToken = value }),
        Set("--token-lifetime", "SECONDS", "lifetime of issued tokens (7200)",
            (options, value) => options with { TokenLifetime = Seconds(value) }),
        Set("--address-refused", null, "this computer is not on the IP allowlist: 40164",
            (options, _) => options with { AddressAllowed = false }),
        Set("--latency", "MS", "latency of each call and download", (options, value) => options with { Latency = Seconds(value) / 1000 }),
        Set("--jitter", "MS", "additional random latency, up to this value", (options, value) => options with { Jitter = Seconds(value) / 1000 }),
        new("--fault", "NAME[:WHEN]", "fault in delete and look-up calls (repeatable), see below", _faults.Add),
        new("--token-fault", "NAME[:WHEN]", "fault in token calls (repeatable)", _tokenFaults.Add),
        new("--list-fault", "NAME[:WHEN]", "fault in the calls of a listing (repeatable)", _listFaults.Add),
        new("--download-fault", "NAME[:WHEN]", "fault in downloads (repeatable)", _downloadFaults.Add),
        Set("--limit", "LIMIT", "rate limit for delete and look-up calls (repeatable), see below",
            (options, value) => options with { Limits = [.. options.Limits, Limit.Parse(value)] }),
        Set("--bandwidth", "BYTES", "bytes per second for all downloads together", (options, value) => options with { Bandwidth = Bytes(value) }),
        Set("--link-lifetime", "SECONDS", "lifetime of download links, if shorter than requested",
            (options, value) => options with { LinkLifetime = Seconds(value) }),
        Set("--raw-links", null, "download links are not URL-encoded", (options, _) => options with { RawLinks = true }),
        Set("--public-links", null, "download links have no signature, as in a public bucket", (options, _) => options with { PublicLinks = true }),
        Set("--seed", "N", "seed for all random decisions (0)", (options, value) => options with { Seed = Int(value) }),
        Set("--content-type", "TYPE", "Content-Type of replies", (options, value) => options with { ReplyContentType = value }),
        new("--log", "FILE", "request log, one JSON line per request", value => LogPath = value),
        new("--help", null, "shows this help", _ => IsHelp = true),
    ];

    public EmulatorOptions Options { get; private set; } = new() { Environments = [] };

    public string? CloudBaseTokenPath { get; private set; }

    public string? LogPath { get; private set; }

    /// <summary>Lines of --files that are no file IDs.</summary>
    public int LinesLeftOut { get; private set; }

    public bool IsHelp { get; private set; }

    /// <exception cref="FormatException">The command line cannot be understood; the message says why.</exception>
    public static CommandLine Parse(IEnumerable<string> arguments)
    {
        var commandLine = new CommandLine();
        using IEnumerator<string> argument = arguments.GetEnumerator();
        while (argument.MoveNext())
        {
            string name = argument.Current;
            Option option = Array.Find(commandLine._options, option => option.Name == name)
                ?? throw new FormatException($"'{name}' is not an option. See --help.");
            if (option.Argument is not null && !argument.MoveNext())
                throw new FormatException($"{name} needs {option.Argument}.");

            option.Apply(argument.Current);
        }

        commandLine.Finish();
        return commandLine;
    }

    public string Help()
    {
        StringBuilder help = new("Emulates the WeChat CloudBase file service on this computer: lists and deletes files, and returns download links.\n\n");
        foreach (Option option in _options)
            help.Append(CultureInfo.InvariantCulture, $"  {option.Name + " " + option.Argument,-34}{option.Help}\n");

        help.Append("\nFaults: ").AppendJoin(", ", FaultNames.All).Append(".\n");
        help.Append("With -after, the fault occurs after the files are deleted: drop-after, errcode--501002-after.\n");
        help.Append("In downloads also: ").AppendJoin(", ", FaultNames.OfDownloads).Append(".\n");
        help.Append("When: drop:5% at random, drop:3 the third request, drop:2-4 the second to fourth requests, drop:first the first request for\n");
        help.Append("each file, drop every request.\n");
        help.Append("A listing calls uploadfile, asks for a temporary key (ten an hour) and then for pages of 1,000 files. Each of these calls is counted\n");
        help.Append("for itself: --list-fault slow-down:2 is the second page. slow-down and access-denied are replies of the object storage (COS).\n");
        help.Append("""
            Downloads: stall-1000 sends 1,000 bytes and then nothing, cut-1000 ends the connection there, drip-500 sends a byte every 500 ms. expire
            refuses a link for good, stale sends an older copy with its own ETag, damage changes a byte, wrong-etag has the MD5 of other bytes, short
            sends half of the file as if it were the whole, status-206 sends the file with that status, login redirects to a web page.
            Links lead to another port than calls.

            Limits: 20/s is a token bucket with a burst of 1, so calls must be 50 ms apart. 20/s,burst=5 accepts five calls in a row.
            600/min accepts 600 calls in each minute, 2-at-once two concurrent calls. You can combine limits of different kinds.
            A call over a limit is not executed. The reply is errcode -501004, or 45011 for a limit per minute; append a
            fault for another reply: 20/s,http-429  20/s,http-429-retry-after-1  600/min,http-503  2-at-once,errcode-45011.
            @ replaces the previous limit at a later time, in seconds after the first call:
            --limit 50/s --limit 5/s@20s --limit 50/s@40s

            """);
        return help.Append("\nExample: --files ids.txt --latency 50 --fault drop-after:5% --fault http-503:5%\n").ToString();
    }

    private void Finish()
    {
        string[] lines = _files is null ? [] : [.. File.ReadLines(_files).Where(line => !string.IsNullOrWhiteSpace(line))];
        // The list that is to be rehearsed may hold what the module will refuse; the service could never have had such a file.
        string[] fileIds = Array.FindAll(lines, line => CloudPath.TryParse(line, out _));
        LinesLeftOut = lines.Length - fileIds.Length;
        IReadOnlyList<string> environments = Options.Environments;
        if (environments.Count == 0)
            environments = [.. fileIds.Concat(Folders()).Select(EnvironmentOf).Distinct().DefaultIfEmpty(Defaults.Environments[0])];

        string[] faults = [.. _faults, .. _tokenFaults, .. _listFaults];
        if (Array.Find(faults, FaultPlan.IsOfDownloads) is { } misplaced)
            throw new FormatException($"'{misplaced}' is a fault in downloads. Use --download-fault.");

        Options = Options with
        {
            FileIds = fileIds,
            Environments = environments,
            Fault = FaultPlan.Parse(Options.Seed, _faults),
            TokenFault = FaultPlan.Parse(Options.Seed, _tokenFaults),
            ListFault = FaultPlan.Parse(Options.Seed, _listFaults),
            DownloadFault = FaultPlan.Parse(Options.Seed, _downloadFaults),
            OldestFile = TimeSpan.FromDays(_oldestDays),
            Detail = LogPath is null && !faults.Concat(_downloadFaults).Any(FaultPlan.NeedsFileIds) ? LogDetail.Counts : LogDetail.FileIds,
        };
    }

    /// <summary>An ID for each env.bucket folder that is in the root already.</summary>
    private IEnumerable<string> Folders() => Directory.Exists(Options.Root)
        ? Directory.EnumerateDirectories(Options.Root, "*", FolderFiles.NoLinks).Select(folder => CloudPath.Format(Path.GetFileName(folder) + "/any"))
        : [];

    private static string EnvironmentOf(string fileId) => CloudPath.TryParse(fileId, out CloudPath parts)
        ? parts.Environment.ToString()
        : throw new FormatException($"'{fileId}' is not a file ID. Expected: cloud://environment.bucket/path");

    private static int Int(string value) => int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
        ? number
        : throw new FormatException($"'{value}' is not a whole number.");

    private static long Bytes(string value) =>
        long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long bytes) && bytes > 0
            ? bytes
            : throw new FormatException($"'{value}' is not a number of bytes.");

    private static double Days(string value) =>
        double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double days) && days <= 36500
            ? days
            : throw new FormatException($"'{value}' is not a number of days up to 36500.");

    private static TimeSpan Seconds(string value) =>
        double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds)
            ? TimeSpan.FromSeconds(seconds)
            : throw new FormatException($"'{value}' is not a number.");

    private Option Set(string name, string? argument, string help, Func<EmulatorOptions, string, EmulatorOptions> set) =>
        new(name, argument, help, value => Options = set(Options, value));

    private sealed record Option(string Name, string? Argument, string Help, Action<string> Apply);
}
