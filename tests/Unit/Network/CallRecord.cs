
namespace TcbPowerShell.Tests.Network;

/// <summary>The true fate of one request that reached the service.</summary>
/// <param name="connection">The connection that it came on, from 1.</param>
/// <param name="onConnection">Its place on that connection, from 1.</param>
internal sealed class CallRecord(int connection, int onConnection)
{
    internal int Connection => connection;

    internal int OnConnection => onConnection;

    /// <summary>The files that it names; empty until its body has arrived completely.</summary>
    internal IReadOnlyList<string> FileIds { get; set; } = [];

    /// <summary>The client's User-Agent.</summary>
    internal string? UserAgent { get; init; }

    /// <summary>Whether the files were deleted.</summary>
    internal bool Deleted { get; set; }

    /// <summary>How far it came.</summary>
    internal Truth Truth => Deleted ? Truth.Deleted : FileIds.Count > 0 ? Truth.RequestArrived : Truth.HeadersArrived;
}

/// <summary>How far a call really came.</summary>
internal enum Truth
{
    /// <summary>No request reached the service.</summary>
    NothingArrived,

    /// <summary>The headers arrived; the service read no further.</summary>
    HeadersArrived,

    /// <summary>The request arrived completely; nothing was deleted.</summary>
    RequestArrived,

    /// <summary>The files were deleted.</summary>
    Deleted,
}
