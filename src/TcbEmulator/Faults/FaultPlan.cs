using System.Globalization;

namespace TcbPowerShell.Emulation;

/// <summary>Faults written as text: <c>drop-after:5%</c>, <c>http-503:3</c>, <c>errcode--1:2-4</c>.</summary>
public static class FaultPlan
{
    private const string First = ":first";

    /// <summary>
    /// Makes a plan for <see cref="EmulatorOptions.Fault"/>. Each text is a fault's name and, after a colon, when it strikes: with a
    /// probability, at the n-th request, from one to another, or at the first request for each file (which the log must keep); always, where nothing
    /// follows. The first that strikes counts. A reply of the object storage strikes only where the object storage is asked.
    /// </summary>
    public static Func<EmulatorRequest, Fault?> Parse(int seed, params IEnumerable<string> faults)
    {
        Rule[] rules = [.. faults.Select((text, index) => Rule.Parse(text, seed, index))];
        return request => Array.Find(rules, rule => (request.IsOfStorage || !rule.Fault.IsOfStorage) && rule.Strikes(request))?.Fault;
    }

    /// <summary>Whether a fault can only be met by a download.</summary>
    internal static bool IsOfDownloads(string fault) => FaultNames.Find(fault.Split(':')[0], seed: 0).IsOfDownloads;

    /// <summary>Whether only the object storage replies like this.</summary>
    internal static bool IsOfStorage(string fault) => FaultNames.Find(fault.Split(':')[0], seed: 0).IsOfStorage;

    /// <summary>Whether a fault strikes only at the first request for each file.</summary>
    internal static bool NeedsFileIds(string fault) => fault.EndsWith(First, StringComparison.Ordinal);

    private sealed record Rule(Fault Fault, Func<EmulatorRequest, bool> Strikes)
    {
        public static Rule Parse(string text, int seed, int index)
        {
            string[] parts = text.Split(':', 2);
            return new Rule(FaultNames.Find(parts[0], seed), parts.Length == 1 ? static _ => true : When(parts[1], seed, index));
        }

        private static Func<EmulatorRequest, bool> When(string text, int seed, int salt)
        {
            if (':' + text == First)
                return static request => request.Attempt == 1;

            if (text.EndsWith('%') && TryParse(text[..^1], out double percent))
                return request => Dice.Roll(seed, request.Ordinal, salt) * 100 < percent;

            string[] bounds = text.Split('-');
            if (bounds.Length <= 2 && TryParse(bounds[0], out double first) && TryParse(bounds[^1], out double last))
                return request => first <= request.Ordinal && request.Ordinal <= last;

            throw new FormatException(UiText.Of($"'{text}' is not a valid time for a fault. Use 5%, 3 for the third request, 2-4, or first for the first request for each file.", $"“{text}”不是有效的故障时机。请使用 5%、3（第三个请求）、2-4 或 first（每个文件的第一个请求）。"));
        }

        private static bool TryParse(string text, out double number) =>
            double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number);
    }
}
