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
        Set("--port", "N", UiText.Of("port on 127.0.0.1; default: a free port", "127.0.0.1 上的端口，默认为空闲端口"), (options, value) => options with { Port = Int(value) }),
        Set("--env", "ID", UiText.Of("environment ID (repeatable); default: those in --files and --root", "环境 ID（可多次指定）；默认为 --files 和 --root 中的环境"),
            (options, value) => options with { Environments = [.. options.Environments, value] }),
        new("--files", "FILE", UiText.Of("files that exist: UTF-8, one file ID per line; other lines are skipped", "存在的文件：UTF-8，每行一个文件 ID，跳过其他行"), value => _files = value),
        new("--oldest", "DAYS", UiText.Of("gives the files of --files ages from 0 to this many days; default: all are new", "让 --files 中文件的修改时间分布在最近这么多天内；默认都是新文件"), value => _oldestDays = Days(value)),
        Set("--root", "FOLDER", UiText.Of("real files in this folder, as env.bucket/path; default: in memory", "使用此文件夹中的真实文件：环境.存储桶/路径；默认在内存中"),
            (options, value) => options with { Root = value }),
        Set("--missing-status", "-503003|1", UiText.Of("status of a missing file in delete calls; look-up calls return 1", "删除时文件不存在的 status；查询时为 1"),
            (options, value) => options with { MissingFile = Int(value) == 1 ? MissingFileAnswer.NonExist : MissingFileAnswer.NotExists }),
        Set("--cloud-disabled", null, UiText.Of("cloud development is not enabled: 85088", "未开通云开发：85088"), (options, _) => options with { CloudEnabled = false }),
        Set("--token", "TOKEN", UiText.Of($"access token that never expires ({Defaults.AccessToken})", $"永不过期的 access_token（{Defaults.AccessToken}）"),
            (options, value) => options with { AccessToken = value }),
        Set("--component-token", "TOKEN", UiText.Of($"component access token ({Defaults.ComponentAccessToken})", $"component_access_token（{Defaults.ComponentAccessToken}）"),
            (options, value) => options with { ComponentAccessToken = value }),
        Set("--cloudbase-token", "TOKEN", UiText.Of("cloud hosting token", "微信令牌（cloudbase_access_token）"), (options, value) => options with { CloudBaseAccessToken = value }),
        new("--cloudbase-token-file", "FILE", UiText.Of("file for the cloud hosting token, rewritten after each third of its lifetime", "写入微信令牌的文件，每过有效期的三分之一重写一次"),
            value => CloudBaseTokenPath = value),
        Set("--open-interface-service", null, UiText.Of("/tcb calls need no token", "/tcb 接口不需要 access_token"), (options, _) => options with { OpenInterfaceService = true }),
        Set("--app-id", "ID", UiText.Of($"AppID for stable access tokens ({Defaults.AppId})", $"获取稳定版接口调用凭据的 AppID（{Defaults.AppId}）"), (options, value) => options with { AppId = value }),
        Set("--app-secret", "SECRET", UiText.Of($"AppSecret for stable access tokens ({Defaults.AppSecret})", $"获取稳定版接口调用凭据的 AppSecret（{Defaults.AppSecret}）"), (options, value) => options with { AppSecret = value }),
        Set("--component-app-id", "ID", UiText.Of($"AppID of the third-party platform ({Defaults.ComponentAppId})", $"第三方平台的 AppID（{Defaults.ComponentAppId}）"),
            (options, value) => options with { ComponentAppId = value }),
        Set("--authorizer-app-id", "ID", UiText.Of($"AppID of the app that authorized the platform ({Defaults.AuthorizerAppId})", $"授权方的 AppID（{Defaults.AuthorizerAppId}）"),
            (options, value) => options with { AuthorizerAppId = value }),
        Set("--authorizer-refresh-token", "TOKEN", UiText.Of($"first refresh token of that app ({Defaults.AuthorizerRefreshToken})", $"授权方最初的刷新令牌（{Defaults.AuthorizerRefreshToken}）"),
            (options, value) => options with { AuthorizerRefreshToken = value }),
        Set("--token-lifetime", "SECONDS", UiText.Of("lifetime of issued tokens (7200)", "签发的凭据的有效期，秒（7200）"),
            (options, value) => options with { TokenLifetime = Seconds(value) }),
        Set("--address-refused", null, UiText.Of("this computer is not on the IP allowlist: 40164", "本机不在 IP 白名单中：40164"),
            (options, _) => options with { AddressAllowed = false }),
        Set("--latency", "MS", UiText.Of("latency of each call and download", "每次调用和下载的延迟，毫秒"), (options, value) => options with { Latency = Seconds(value) / 1000 }),
        Set("--jitter", "MS", UiText.Of("additional random latency, up to this value", "额外的随机延迟的上限，毫秒"), (options, value) => options with { Jitter = Seconds(value) / 1000 }),
        new("--fault", "NAME[:WHEN]", UiText.Of("fault in delete and look-up calls (repeatable), see below", "删除和查询时的故障（可多次指定），见下文"), _faults.Add),
        new("--token-fault", "NAME[:WHEN]", UiText.Of("fault in token calls (repeatable)", "获取凭据时的故障（可多次指定）"), _tokenFaults.Add),
        new("--list-fault", "NAME[:WHEN]", UiText.Of("fault in the calls of a listing (repeatable)", "列出文件时的故障（可多次指定）"), _listFaults.Add),
        new("--download-fault", "NAME[:WHEN]", UiText.Of("fault in downloads (repeatable)", "下载时的故障（可多次指定）"), _downloadFaults.Add),
        Set("--limit", "LIMIT", UiText.Of("rate limit for delete and look-up calls (repeatable), see below", "删除和查询的频率限制（可多次指定），见下文"),
            (options, value) => options with { Limits = [.. options.Limits, Limit.Parse(value)] }),
        Set("--bandwidth", "BYTES", UiText.Of("bytes per second for all downloads together", "所有下载合计每秒的字节数"), (options, value) => options with { Bandwidth = Bytes(value) }),
        Set("--link-lifetime", "SECONDS", UiText.Of("lifetime of download links, if shorter than requested", "下载链接的有效期，秒；只能比请求的短"),
            (options, value) => options with { LinkLifetime = Seconds(value) }),
        Set("--raw-links", null, UiText.Of("download links are not URL-encoded", "下载链接不做 URL 编码"), (options, _) => options with { RawLinks = true }),
        Set("--public-links", null, UiText.Of("download links have no signature, as in a public bucket", "下载链接没有签名，如同公有读的存储桶"), (options, _) => options with { PublicLinks = true }),
        Set("--seed", "N", UiText.Of("seed for all random decisions (0)", "随机数种子（0）"), (options, value) => options with { Seed = Int(value) }),
        Set("--content-type", "TYPE", UiText.Of("Content-Type of replies", "响应的 Content-Type"), (options, value) => options with { ReplyContentType = value }),
        new("--log", "FILE", UiText.Of("request log, one JSON line per request", "请求日志，每个请求一行 JSON"), value => LogPath = value),
        new("--help", null, UiText.Of("shows this help", "显示本帮助"), _ => IsHelp = true),
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
                ?? throw new FormatException(UiText.Of($"'{name}' is not an option. See --help.", $"没有 {name} 选项。请参阅 --help。"));
            if (option.Argument is not null && !argument.MoveNext())
                throw new FormatException(UiText.Of($"{name} needs {option.Argument}.", $"{name} 需要参数 {option.Argument}。"));

            option.Apply(argument.Current);
        }

        commandLine.Finish();
        return commandLine;
    }

    public string Help()
    {
        StringBuilder help = new(UiText.Of(
            "Emulates the WeChat CloudBase file service on this computer: lists and deletes files, and returns download links.\n\n",
            "在本机模拟微信云开发的文件服务：列出和删除文件，返回下载链接。\n\n"));
        foreach (Option option in _options)
            help.Append(CultureInfo.InvariantCulture, $"  {option.Name + " " + option.Argument,-34}{option.Help}\n");

        string all = string.Join(", ", FaultNames.All);
        string ofDownloads = string.Join(", ", FaultNames.OfDownloads);
        return help.Append(UiText.Of(
            $"""

            Faults: {all}.
            With -after, the fault occurs after the files are deleted: drop-after, errcode--501002-after.
            In downloads also: {ofDownloads}.
            When: drop:5% at random, drop:3 the third request, drop:2-4 the second to fourth requests, drop:first the first request for
            each file, drop every request.
            A listing calls uploadfile, asks for a temporary key (ten an hour) and then for pages of 1,000 files. Each of these calls is counted
            separately: --list-fault slow-down:2 is the second page. slow-down and access-denied are replies of the object storage (COS), so only
            pages and downloads meet them.
            Downloads: stall-1000 sends 1,000 bytes and then nothing, cut-1000 ends the connection there, drip-500 sends a byte every 500 ms. expire
            rejects a link permanently, stale sends an older copy with its own ETag, damage changes a byte, wrong-etag has the MD5 of other bytes, short
            sends half of the file as if it were the whole, status-206 sends the file with that status, login redirects to a web page.
            Download links use a different port than the calls.

            Limits: 20/s is a token bucket with a burst of 1, so calls must be 50 ms apart. 20/s,burst=5 accepts five calls in a row.
            600/min accepts 600 calls in each minute, 2-at-once two concurrent calls. You can combine limits of different kinds.
            A call over a limit is not executed. The reply is errcode -501004, or 45011 for a limit per minute; append a
            fault for another reply: 20/s,http-429  20/s,http-429-retry-after-1  600/min,http-503  2-at-once,errcode-45011.
            @ replaces the previous limit at a later time, in seconds after the first call:
            --limit 50/s --limit 5/s@20s --limit 50/s@40s

            Example: --files ids.txt --latency 50 --fault drop-after:5% --fault http-503:5%

            """,
            $"""

            故障：{all}。
            加上 -after，文件删除之后才出故障：drop-after、errcode--501002-after。
            下载另有：{ofDownloads}。
            时机：drop:5% 随机，drop:3 第三个请求，drop:2-4 第二到第四个请求，drop:first 每个文件的第一个请求，drop 每个请求。
            列出文件时，先调用 uploadfile，再换取临时密钥（每小时十个），然后逐页获取，每页 1,000 个文件。这几种调用分别计数：
            --list-fault slow-down:2 是第二页。slow-down 和 access-denied 是对象存储（COS）的响应，只在获取列表的一页和下载时出现。
            下载：stall-1000 发送 1,000 字节之后不再发送，cut-1000 在那里断开连接，drip-500 每 500 毫秒发送一个字节，expire 让链接永久失效，
            stale 发送旧版本及其 ETag，damage 改动一个字节，wrong-etag 的 ETag 是其他内容的 MD5，short 只发送一半却当作完整文件，
            status-206 以此状态发送文件，login 重定向到网页。下载链接与接口使用不同的端口。

            限流：20/s 是突发容量为 1 的令牌桶，两次调用至少间隔 50 毫秒；20/s,burst=5 允许连续五次调用；600/min 每分钟 600 次；
            2-at-once 最多两个并发。不同种类的限流可以同时使用。超出限流的调用不会执行，返回 errcode -501004，按分钟限流则返回 45011；
            如需其他响应，请在后面加上故障：20/s,http-429  20/s,http-429-retry-after-1  600/min,http-503  2-at-once,errcode-45011。
            @ 表示首次调用之后多少秒起改用新的限流：--limit 50/s --limit 5/s@20s --limit 50/s@40s

            示例：--files ids.txt --latency 50 --fault drop-after:5% --fault http-503:5%

            """)).ToString();
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
            throw new FormatException(UiText.Of($"'{misplaced}' is a fault in downloads. Use --download-fault.", $"“{misplaced}”是下载时的故障。请使用 --download-fault。"));
        if (_faults.Concat(_tokenFaults).FirstOrDefault(FaultPlan.IsOfStorage) is { } reply)
            throw new FormatException(UiText.Of($"'{reply}' is a reply of the object storage. Use --list-fault or --download-fault.", $"“{reply}”是对象存储的响应。请使用 --list-fault 或 --download-fault。"));

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
        : throw new FormatException(UiText.Of($"'{fileId}' is not a file ID. Expected: cloud://environment.bucket/path", $"“{fileId}”不是文件 ID。格式为 cloud://环境.存储桶/路径"));

    private static int Int(string value) => int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
        ? number
        : throw new FormatException(UiText.Of($"'{value}' is not a whole number.", $"“{value}”不是整数。"));

    private static long Bytes(string value) =>
        long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long bytes) && bytes > 0
            ? bytes
            : throw new FormatException(UiText.Of($"'{value}' is not a number of bytes.", $"“{value}”不是字节数。"));

    private static double Days(string value) =>
        double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double days) && days <= 36500
            ? days
            : throw new FormatException(UiText.Of($"'{value}' is not a number of days up to 36500.", $"“{value}”不是不超过 36500 的天数。"));

    private static TimeSpan Seconds(string value) =>
        double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds)
            ? TimeSpan.FromSeconds(seconds)
            : throw new FormatException(UiText.Of($"'{value}' is not a number.", $"“{value}”不是数字。"));

    private Option Set(string name, string? argument, string help, Func<EmulatorOptions, string, EmulatorOptions> set) =>
        new(name, argument, help, value => Options = set(Options, value));

    private sealed record Option(string Name, string? Argument, string Help, Action<string> Apply);
}
