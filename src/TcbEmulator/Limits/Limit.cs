using System.Globalization;
using System.Text.RegularExpressions;

namespace TcbPowerShell.Emulation;

/// <summary>
/// A limit on the calls that take files: <c>20/s</c>, <c>600/min</c> or <c>2-at-once</c>. A burst, the fault that answers a call over the
/// limit (without it errcode -501004, or 45011 per minute), and the second after the first call at which the limit begins may follow:
/// <c>20/s,burst=5,http-429@20s</c>.
/// </summary>
public sealed partial record Limit
{
    private Limit(string name) => Name = name;

    /// <summary>The text that it was made from.</summary>
    public string Name { get; }

    internal LimitUnit Unit { get; private init; }

    internal double Count { get; private init; }

    internal int Burst { get; private init; }

    internal TimeSpan From { get; private init; }

    internal Fault Answer { get; private init; } = Fault.TooManyAtOnce;

    /// <summary>Reads a limit.</summary>
    /// <exception cref="FormatException">The text is not a limit; the message says what is.</exception>
    public static Limit Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Match match = Form().Match(text);
        LimitUnit unit = UnitOf(match.Groups["unit"].Value);
        double count = Number(match.Groups["count"]) ?? 0;
        double? burst = Number(match.Groups["burst"]);
        if (!match.Success || (unit == LimitUnit.PerSecond ? count == 0 : burst is not null))
            throw new FormatException(UiText.Of($"'{text}' is not a limit. Limits are 20/s, 20/s,burst=5, 600/min and 2-at-once.", $"“{text}”不是有效的限流规则。可以使用 20/s、20/s,burst=5、600/min 和 2-at-once。"));

        return new Limit(text)
        {
            Unit = unit,
            Count = count,
            Burst = (int)(burst ?? 1),
            From = TimeSpan.FromSeconds(Number(match.Groups["from"]) ?? 0),
            Answer = AnswerOf(match.Groups["answer"].Value, unit),
        };
    }

    private static LimitUnit UnitOf(string text) => text switch
    {
        "/s" => LimitUnit.PerSecond,
        "/min" => LimitUnit.PerMinute,
        _ => LimitUnit.AtOnce,
    };

    private static Fault AnswerOf(string name, LimitUnit unit)
    {
        if (name.Length == 0)
            return unit == LimitUnit.PerMinute ? Fault.Throttle : Fault.TooManyAtOnce;

        Fault answer = FaultNames.Find(name, seed: 0);
        return answer is { ReplacesReply: true, IsAfterWork: false }
            ? answer
            : throw new FormatException(UiText.Of($"'{name}' is not a reply that rejects a call. Use, for example, http-429, http-503 or errcode-45011.", $"“{name}”不是可用于限流的响应。可以使用 http-429、http-503、errcode-45011 等。"));
    }

    private static double? Number(Group group) => group.Success ? double.Parse(group.Value, CultureInfo.InvariantCulture) : null;

    [GeneratedRegex("""
        ^(?<count>[0-9]{1,6}([.][0-9]{1,3})?)(?<unit>/s|/min|-at-once)
        (,burst=(?<burst>[1-9][0-9]{0,5}))?
        (,(?<answer>[a-z][a-z0-9-]*))?
        (@(?<from>[0-9]{1,6}([.][0-9]{1,3})?)s)?$
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.ExplicitCapture)]
    private static partial Regex Form();
}
