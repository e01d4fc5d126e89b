namespace TcbPowerShell.Emulation;

/// <summary>What a request asks for.</summary>
public enum RequestKind
{
    /// <summary>A path that the service does not have.</summary>
    Unknown,

    /// <summary><c>batchdeletefile</c>.</summary>
    Delete,

    /// <summary><c>batchdownloadfile</c>.</summary>
    Lookup,

    /// <summary>A file by its download link.</summary>
    Download,

    /// <summary>One of the calls that issue a token.</summary>
    Token,
}
