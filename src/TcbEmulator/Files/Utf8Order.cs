namespace TcbPowerShell.Emulation;

/// <summary>
/// The order of UTF-8 bytes, in which COS lists keys. It is the order of chars but for surrogates, which come after every other char.
/// </summary>
internal sealed class Utf8Order : IComparer<string>
{
    public static readonly Utf8Order Instance = new();

    public int Compare(string? x, string? y)
    {
        int common = x.AsSpan().CommonPrefixLength(y);
        if (common == x!.Length || common == y!.Length)
            return x.Length.CompareTo(y!.Length);

        return Rank(x[common]).CompareTo(Rank(y[common]));
    }

    /// <summary>The sorted IDs that begin with a text and come after another one.</summary>
    public static IEnumerable<string> Slice(string[] sorted, string beginning, string after)
    {
        bool isAfter = Instance.Compare(after, beginning) >= 0;
        int start = Array.BinarySearch(sorted, isAfter ? after : beginning, Instance);
        start = start < 0 ? ~start : isAfter ? start + 1 : start;
        for (int i = start; i < sorted.Length && sorted[i].StartsWith(beginning, StringComparison.Ordinal); i++)
            yield return sorted[i];
    }

    private static int Rank(char c) => char.IsSurrogate(c) ? c + 0x10000 : c;
}
