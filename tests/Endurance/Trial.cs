using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;

namespace TcbPowerShell.Endurance;

/// <summary>Helpers that the trials share.</summary>
internal static class Trial
{
    /// <summary>File IDs that look like real ones.</summary>
    internal static string[] FileIds(string environment, int count) =>
        [.. Enumerable.Range(0, count).Select(i => $"cloud://{environment}.7465-{environment}-1258717764/照片/{i % 97} 年/IMG_{i:D7}+&#.png")];

    /// <summary>An emulator with these files.</summary>
    internal static TcbEmulator Start(IEnumerable<string> fileIds, EmulatorOptions options) => TcbEmulator.Start(options with { FileIds = fileIds });

    /// <summary>A session whose scripts may take as long as they want.</summary>
    internal static PowerShellSession CreateSession() => new() { Limit = Timeout.InfiniteTimeSpan };

    /// <summary>Connects with a token by value.</summary>
    internal static PowerShellSession Connect(this PowerShellSession session, Uri endpoint, string environment)
    {
        session.Run("Connect-TcbEnvironment $e -AccessToken 'emulator-access-token' -Endpoint $u", ("e", environment), ("u", endpoint));
        return session;
    }

    /// <summary>The results, by file ID.</summary>
    internal static IEnumerable<(string FileId, string Outcome)> Removals(this ScriptOutcome outcome) =>
        outcome.Output.Select(item => ((string)item.Properties["FileId"].Value, item.Properties["Outcome"].Value.ToString()!));
}
