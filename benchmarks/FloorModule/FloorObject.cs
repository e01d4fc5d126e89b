namespace TcbPowerShell.Benchmarks;

/// <summary>The least that a result can be.</summary>
/// <param name="fileId">The ID that came in.</param>
public sealed class FloorObject(string? fileId)
{
    public string? FileId => fileId;
}
