namespace TcbPowerShell.Tests.Infrastructure;

/// <summary>File IDs of the emulator's environment.</summary>
internal static class FileIds
{
    internal const string Environment = "test-env";

    internal static string Of(int number) => $"cloud://{Environment}.7465-{Environment}/a/{number}.png";

    internal static string[] Range(int count, int from = 1) => [.. Enumerable.Range(from, count).Select(Of)];
}
