namespace TcbPowerShell.Emulation;

/// <summary>How a request ended.</summary>
/// <param name="HttpStatus">The HTTP status; null where no reply was sent.</param>
/// <param name="ErrorCode">The <c>errcode</c> of the reply; null where it has none.</param>
/// <param name="RequestId">The <c>rid</c> in the reply's <c>errmsg</c>; null where it has none.</param>
/// <param name="Fault">The name of the fault it met; null for none.</param>
/// <param name="Limit">The name of the limit that turned it away; null for none.</param>
/// <param name="Deleted">How many files the request deleted, whatever its reply said.</param>
/// <param name="ClientLeft">Whether the client gave up, or the emulator stopped, before there was a reply.</param>
/// <param name="EndTimestamp">The clock's timestamp when the reply was ready to be sent.</param>
public sealed record RequestOutcome(
    int? HttpStatus, int? ErrorCode, string? RequestId, string? Fault, string? Limit, int Deleted, bool ClientLeft, long EndTimestamp)
{
    /// <summary>The outcome of a request that only has an HTTP status.</summary>
    internal static RequestOutcome Plain(int httpStatus, TimeProvider clock) =>
        new(httpStatus, ErrorCode: null, RequestId: null, Fault: null, Limit: null, Deleted: 0, ClientLeft: false, clock.GetTimestamp());
}
