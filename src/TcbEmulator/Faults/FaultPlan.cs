using System.Globalization;

namespace TcbPowerShell.Emulation;

/// <summary>Faults written as text: <c>drop-after:5%</c>, <c>http-503:3</c>, <c>errcode--1:2-4</c>.</summary>
public static class FaultPlan
{
    /// <summary>
    /// Makes a plan for <see cref="EmulatorOptions.Fault"/>. Each text is a fault's name and, after a colon, when it strikes: with a
    /// probability, at the n-th request, or from one to another; always, where nothing follows. The first that strikes counts.
    /// </summary>
    public static Func<EmulatorRequest, Fault?> Parse(int seed, params IEnumerable<string> faults)
    {
        Rule[] rules = [.. faults.Select((text, index) => Rule.Parse(text, seed, index))];
        return request => Array.Find(rules, rule => rule.Strikes(request.Ordinal))?.Fault;
    }

    private sealed record Rule(Fault Fault, Func<int, bool> Strikes)
    {
        public static Rule Parse(string text, int seed, int index)
        {
            string[] parts = text.Split(':', 2);
            return new Rule(FaultNames.Find(parts[0], seed), parts.Length == 1 ? static _ => true : When(parts[1], seed, index));
        }

        private static Func<int, bool> When(string text, int seed, int salt)
        {
            if (text.EndsWith('%') && TryParse(text[..^1], out double percent))
                return ordinal => Dice.Roll(seed, ordinal, salt) * 100 < percent;

            string[] bounds = text.Split('-');
            if (bounds.Length <= 2 && TryParse(bounds[0], out double first) && TryParse(bounds[^1], out double last))
                return ordinal => first <= ordinal && ordinal <= last;

            throw new FormatException($"'{text}' is not a valid time for a fault. Use 5%, 3 for the third request, or 2-4.");
        }

        private static bool TryParse(string text, out double number) =>
            double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number);
    }
}
