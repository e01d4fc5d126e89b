using System.Net;

namespace TcbPowerShell.Client.Http;

/// <summary>
/// The body of one attempt. It knows whether it began to be written: until then nothing can have been deleted. Exceptions alone do not tell
/// that: a proxy that closes on CONNECT looks like a lost reply.
/// </summary>
/// <param name="json">The JSON of the request, in UTF-8.</param>
// Of known length: the service answers a chunked body with HTTP 412.
internal sealed class RequestBody(byte[] json) : ByteArrayContent(json)
{
    private volatile bool _hasBegun;

    /// <summary>Whether the service may have received the request.</summary>
    internal bool HasBegun => _hasBegun;

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        _hasBegun = true;
        return base.SerializeToStreamAsync(stream, context);
    }
}
