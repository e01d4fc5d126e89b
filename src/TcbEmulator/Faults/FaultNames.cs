using System.Globalization;
using System.Text.RegularExpressions;

namespace TcbPowerShell.Emulation;

/// <summary>The faults by the names that the command line takes.</summary>
internal static partial class FaultNames
{
    private static readonly Dictionary<string, Fault> Fixed = new(StringComparer.Ordinal)
    {
        ["drop"] = Fault.Drop,
        ["no-answer"] = Fault.NoAnswer,
        ["truncate"] = Fault.Truncate,
        ["endless"] = Fault.Endless,
        ["drip"] = Fault.Drip(TimeSpan.FromMilliseconds(10)),
        ["throttle"] = Fault.Throttle,
        ["redirect"] = Fault.Redirect(new Uri("https://example.invalid/")),
        ["login"] = Fault.LogIn,
        ["garbage"] = Fault.Body("<html><body>welcome to this network</body></html>"u8.ToArray(), "text/html"),
        ["deep"] = Fault.Body(new string('[', 100_000)),
        ["slow-down"] = Fault.Cos(503, "SlowDown"),
        ["access-denied"] = Fault.Cos(403, "AccessDenied"),
        ["omit-entry"] = Fault.OmitEntry,
        ["reorder"] = Fault.Reorder,
        ["duplicate-entry"] = Fault.DuplicateEntry,
        ["contradict-entry"] = Fault.ContradictEntry,
        ["foreign-entry"] = Fault.ForeignEntry,
        ["null-list"] = Fault.NullList,
        ["no-list"] = Fault.NoList,
        ["list-of-strings"] = Fault.ListOfStrings,
        ["numbers-as-strings"] = Fault.NumbersAsStrings,
        ["control-characters"] = Fault.ControlCharacters,
        ["byte-order-mark"] = Fault.ByteOrderMark,
        ["expire"] = Fault.Expire,
        ["refuse-head"] = Fault.RefuseHead,
        ["wrong-etag"] = Fault.WrongETag,
        ["damage"] = Fault.Damage,
        ["stale"] = Fault.Stale,
        ["short"] = Fault.TooShort,
        ["no-length"] = Fault.NoLength,
        ["no-etag"] = Fault.NoETag,
        ["no-date"] = Fault.NoDate,
        ["gzip"] = Fault.GZip,
        ["stored-gzip"] = Fault.StoredGZip,
    };

    public static IEnumerable<string> All =>
    [
        .. Fixed.Where(named => !named.Value.IsOfDownloads).Select(named => named.Key),
        "delay-MS", "drip-MS", "cut-BYTES", "stall-BYTES", "http-STATUS", "http-STATUS-retry-after-SECONDS", "errcode-CODE", "file-STATUS",
    ];

    /// <summary>Those that only downloads can meet.</summary>
    public static IEnumerable<string> OfDownloads => [.. Fixed.Where(named => named.Value.IsOfDownloads).Select(named => named.Key), "status-STATUS"];

    public static Fault Find(string name, int seed)
    {
        Match match = Form().Match(name);
        Fault fault = Find(match.Groups["name"].Value, match.Groups["number"].Value, match.Groups["retryafter"].Value, seed)
            ?? throw new FormatException(UiText.Of($"'{name}' is not a fault. Faults are: {string.Join(", ", All.Concat(OfDownloads))}.", $"没有故障“{name}”。可用的故障：{string.Join(", ", All.Concat(OfDownloads))}。"));
        return match.Groups["after"].Success ? fault.AfterWork() : fault;
    }

    private static Fault? Find(string name, string number, string retryAfter, int seed)
    {
        if (number.Length == 0)
            return Fixed.GetValueOrDefault(name);

        int value = int.Parse(number, CultureInfo.InvariantCulture);
        return name switch
        {
            "delay" => Fault.Delay(TimeSpan.FromMilliseconds(value)),
            "drip" => Fault.Drip(TimeSpan.FromMilliseconds(value)),
            "cut" => Fault.Cut(value),
            "stall" => Fault.Stall(value),
            "status" => Fault.FileUnder(value),
            "http" => Fault.Http(value, "<html><body>not now</body></html>", retryAfter.Length == 0 ? null : retryAfter),
            "errcode" => Fault.ErrorCode(value),
            "file" => Fault.FileStatus(value, ServiceTexts.OfFile(value), fileId => IsEverySecond(fileId, seed)),
            _ => null,
        };
    }

    /// <summary>The same half of the files in every run with the same seed.</summary>
    private static bool IsEverySecond(string fileId, int seed) =>
        Dice.Roll(seed, Dice.Hash(fileId), salt: -2) < 0.5;

    [GeneratedRegex("""
        ^(?<name>[a-z]+(-[a-z]+)*?)
        (-(?<number>-?[0-9]{1,9}))?
        (-retry-after-(?<retryafter>[0-9]+))?
        (-before|(?<after>-after))?$
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.ExplicitCapture)]
    private static partial Regex Form();
}
