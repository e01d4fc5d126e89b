namespace TcbPowerShell.Emulation;

/// <summary>Makes request IDs of the service's form, three groups of eight hexadecimal digits. No two of a process are equal.</summary>
internal static class RequestIds
{
    private static readonly int Process = Random.Shared.Next();
    private static int Last;

    public static string Next() =>
        $"{DateTimeOffset.UtcNow.ToUnixTimeSeconds():x8}-{Interlocked.Increment(ref Last):x8}-{Process:x8}";
}
