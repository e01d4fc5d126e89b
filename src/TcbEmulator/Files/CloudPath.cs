namespace TcbPowerShell.Emulation;

/// <summary>A file ID taken apart: <c>cloud://host/path</c>, where the environment is the host up to its first dot.</summary>
internal readonly ref struct CloudPath
{
    private const string Scheme = "cloud://";

    private CloudPath(ReadOnlySpan<char> host, ReadOnlySpan<char> path)
    {
        Host = host;
        Path = path;
    }

    public ReadOnlySpan<char> Host { get; }

    public ReadOnlySpan<char> Path { get; }

    public ReadOnlySpan<char> Environment => Host.IndexOf('.') is >= 0 and var dot ? Host[..dot] : Host;

    public static bool TryParse(ReadOnlySpan<char> fileId, out CloudPath result)
    {
        result = default;
        if (!fileId.StartsWith(Scheme, StringComparison.Ordinal))
            return false;

        ReadOnlySpan<char> rest = fileId[Scheme.Length..];
        int slash = rest.IndexOf('/');
        if (slash <= 0 || slash == rest.Length - 1)
            return false;

        result = new CloudPath(rest[..slash], rest[(slash + 1)..]);
        return !result.Environment.IsEmpty;
    }

    /// <summary>The part of a file ID behind its scheme.</summary>
    public static string HostAndPath(string fileId) => fileId[Scheme.Length..];

    public static string Format(string hostAndPath) => Scheme + hostAndPath;
}
