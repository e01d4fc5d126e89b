
namespace TcbPowerShell.Client.Http;

/// <summary>A call was cut off because its run was stopped.</summary>
/// <param name="wasSent">Whether the body of the request had begun to leave: until then nothing can have been deleted.</param>
/// <param name="cancellationToken">The token that cut it off.</param>
internal sealed class CallCancelledException(bool wasSent, CancellationToken cancellationToken) : OperationCanceledException(cancellationToken)
{
    /// <summary>Whether the service may have received the request.</summary>
    internal bool WasSent => wasSent;
}
