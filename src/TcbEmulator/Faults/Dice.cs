namespace TcbPowerShell.Emulation;

/// <summary>Dice without a state: the n-th request always throws the same, however requests overtake each other.</summary>
internal static class Dice
{
    /// <summary>A number from 0 up to 1, by the SplitMix64 generator.</summary>
    public static double Roll(int seed, int ordinal, int salt)
    {
        ulong x = ((ulong)(uint)seed << 32) + (uint)ordinal + (ulong)salt * 0xD1B54A32D192ED03;
        x += 0x9E3779B97F4A7C15;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return ((x ^ (x >> 31)) >> 11) * (1.0 / (1UL << 53));
    }

    /// <summary>A number for a text, the same in every process.</summary>
    public static int Hash(string text) => text.Aggregate(0, static (hash, c) => unchecked((hash * 31) + c));
}
