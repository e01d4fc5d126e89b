using System.Net;

namespace TcbPowerShell.Client.Http;

/// <summary>
/// The body of one attempt. It knows whether it began to be written: until then nothing can have been deleted. Exceptions alone do not tell
/// that: a proxy that closes on CONNECT looks like a lost reply.
/// </summary>
/// <param name="json">The JSON of the request, in UTF-8.</param>
// Not derived from ByteArrayContent: Mono writes the bytes of one without asking it to serialize itself.
internal sealed class RequestBody(byte[] json) : HttpContent
{
    private const int Waiting = 0;
    private const int Begun = 1;
    private const int Withdrawn = 2;

    private int _state;

    /// <summary>Whether the service may have received the request.</summary>
    internal bool HasBegun => Volatile.Read(ref _state) == Begun;

    /// <summary>A reply came, which proves that the request was sent, whatever the handler did to send the body.</summary>
    internal void MarkAnswered() => Volatile.Write(ref _state, Begun);

    /// <summary>Whether the request was withdrawn before its body began.</summary>
    internal bool IsWithdrawn => Volatile.Read(ref _state) == Withdrawn;

    /// <summary>
    /// Withdraws the request, unless its body has begun. One exchange decides between the two, so a stop in the moment in which the body begins
    /// cannot take a request for unsent whose reply then gets lost.
    /// </summary>
    /// <returns>Whether the body will never begin.</returns>
    internal bool TryWithdraw() => Interlocked.CompareExchange(ref _state, Withdrawn, Waiting) != Begun;

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        if (Interlocked.CompareExchange(ref _state, Begun, Waiting) == Withdrawn) throw new OperationCanceledException();
        return stream.WriteAsync(json, 0, json.Length);
    }

    // Without a length the body would be chunked, which the service answers with HTTP 412.
    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = json.Length;
        return true;
    }
}
