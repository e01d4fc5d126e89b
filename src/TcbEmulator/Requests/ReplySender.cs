using System.Globalization;

namespace TcbPowerShell.Emulation;

/// <summary>Sends a reply, well or badly.</summary>
internal static class ReplySender
{
    public static async Task SendAsync(HttpContext context, Reply reply, Fault? fault, TimeProvider clock)
    {
        HttpResponse response = context.Response;
        response.StatusCode = reply.Status;
        response.ContentType = reply.ContentType;
        response.Headers.RetryAfter = reply.RetryAfter;
        response.Headers.Location = reply.Location?.OriginalString;
        // The server would write the machine's time.
        if (clock != TimeProvider.System)
            response.Headers.Date = clock.GetUtcNow().ToString("R", CultureInfo.InvariantCulture);

        if (fault?.Delivery == Delivery.Endless)
        {
            await SendForeverAsync(response, context.RequestAborted);
            return;
        }

        response.ContentLength = reply.Body.Length;
        switch (fault?.Delivery)
        {
            case Delivery.Truncated:
                // The server itself ends the connection where a handler returns with bytes owing.
                await response.BodyWriter.WriteAsync(reply.Body[..(reply.Body.Length / 2)], context.RequestAborted);
                break;
            case Delivery.Drip:
                await DripAsync(response, reply.Body, fault.DripPause, clock, context.RequestAborted);
                break;
            default:
                await response.BodyWriter.WriteAsync(reply.Body, context.RequestAborted);
                break;
        }
    }

    private static async Task DripAsync(
        HttpResponse response, ReadOnlyMemory<byte> body, TimeSpan pause, TimeProvider clock, CancellationToken cancellationToken)
    {
        for (int i = 0; i < body.Length; i++)
        {
            await response.BodyWriter.WriteAsync(body.Slice(i, 1), cancellationToken);
            await Task.Delay(pause, clock, cancellationToken);
        }
    }

    private static async Task SendForeverAsync(HttpResponse response, CancellationToken cancellationToken)
    {
        await response.BodyWriter.WriteAsync("{\"errcode\":0,\"errmsg\":\""u8.ToArray(), cancellationToken);
        byte[] more = new byte[4096];
        Array.Fill(more, (byte)'a');
        while (!cancellationToken.IsCancellationRequested)
            await response.BodyWriter.WriteAsync(more, cancellationToken);
    }
}
