using System.Text.Json;

namespace TcbPowerShell.Quickstart;

/// <summary>The outcomes that the cmdlet reported.</summary>
/// <param name="Removed">The file ID of each result.</param>
/// <param name="Failed">The file ID of each error.</param>
internal sealed record Account(string[] Removed, string[] Failed)
{
    private static readonly JsonSerializerOptions AsPowerShellWrites = new(JsonSerializerDefaults.Web);

    /// <summary>Reads what Run.ps1 has written.</summary>
    internal static Account Read(string path) => JsonSerializer.Deserialize<Account>(File.ReadAllText(path), AsPowerShellWrites)!;
}
