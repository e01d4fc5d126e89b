namespace TcbPowerShell.Emulation;

/// <summary>One request, as faults and the log see it.</summary>
public sealed class EmulatorRequest
{
    private volatile IReadOnlyList<string> _fileIds = [];
    private volatile RequestOutcome? _outcome;

    internal EmulatorRequest()
    {
    }

    /// <summary>The call.</summary>
    public required RequestKind Kind { get; init; }

    /// <summary>Its number among the requests of its kind, from 1.</summary>
    public int Ordinal { get; internal set; }

    /// <summary>The HTTP method.</summary>
    public required string Method { get; init; }

    /// <summary>The path, without the query.</summary>
    public required string Path { get; init; }

    /// <summary>The token in the query, whatever its name there.</summary>
    public string? Token { get; init; }

    /// <summary>The body's <c>env</c>.</summary>
    public string? Environment { get; internal set; }

    /// <summary>The IDs of the body's list, or the file that is downloaded; forgotten after the request where the log does not keep file IDs.</summary>
    public IReadOnlyList<string> FileIds
    {
        get => _fileIds;
        internal set => _fileIds = value;
    }

    /// <summary>The length of the body's list.</summary>
    public int FileCount { get; internal set; }

    /// <summary>The longest <c>max_age</c> in a look-up call, in seconds; 0 in other calls.</summary>
    public int MaxAge { get; internal set; }

    /// <summary>The beginning of the keys of a listing.</summary>
    public string Prefix { get; internal set; } = "";

    /// <summary>The key after which a page of a listing begins.</summary>
    public string Marker { get; internal set; } = "";

    /// <summary>
    /// The most often that one of its files was sent in a call of this kind, this time included; always 1 where the log does not keep file IDs.
    /// </summary>
    public int Attempt { get; internal set; } = 1;

    /// <summary>Whether the body came with <c>Transfer-Encoding</c> instead of a length.</summary>
    public bool IsChunked { get; init; }

    /// <summary>The <c>Content-Length</c>.</summary>
    public long? ContentLength { get; init; }

    /// <summary>The client's port: the same for requests on the same connection.</summary>
    public int RemotePort { get; init; }

    /// <summary>The emulator's port.</summary>
    internal int LocalPort { get; init; }

    /// <summary>The clock's timestamp when the request arrived.</summary>
    public long StartTimestamp { get; init; }

    /// <summary>How it ended; null while it is in flight.</summary>
    public RequestOutcome? Outcome
    {
        get => _outcome;
        internal set => _outcome = value;
    }

    /// <summary>Whether the object storage is asked, and not the service.</summary>
    internal bool IsOfStorage => Kind == RequestKind.Download || (Kind == RequestKind.List && Path != StorageCalls.ComponentListPath);

    internal bool TakesFiles => Kind is RequestKind.Delete or RequestKind.Lookup;
}
