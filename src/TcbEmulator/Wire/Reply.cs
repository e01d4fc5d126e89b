namespace TcbPowerShell.Emulation;

/// <summary>A reply as it goes over the wire.</summary>
internal sealed record Reply(ReadOnlyMemory<byte> Body)
{
    public int Status { get; init; } = 200;

    public string? ContentType { get; init; }

    public string? RetryAfter { get; init; }

    /// <summary>The file that is sent instead of the body.</summary>
    public Download? File { get; init; }

    public Uri? Location { get; init; }
}
