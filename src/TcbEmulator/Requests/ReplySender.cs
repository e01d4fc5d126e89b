using System.Globalization;

namespace TcbPowerShell.Emulation;

/// <summary>Sends a reply, well or badly.</summary>
internal sealed class ReplySender(HttpContext context, Fault? fault, Bandwidth bandwidth, TimeProvider clock)
{
    private readonly HttpResponse _response = context.Response;
    private readonly CancellationToken _left = context.RequestAborted;

    public async Task SendAsync(Reply reply)
    {
        _response.StatusCode = reply.Status;
        _response.ContentType = reply.ContentType;
        _response.Headers.RetryAfter = reply.RetryAfter;
        _response.Headers.Location = reply.Location?.OriginalString;
        // The server would write the machine's time.
        if (clock != TimeProvider.System)
            _response.Headers.Date = clock.GetUtcNow().ToString("R", CultureInfo.InvariantCulture);

        if (fault?.Delivery == Delivery.Endless)
        {
            await SendForeverAsync();
            return;
        }

        // The other statuses have no body.
        bool hasBody = reply.Status is not (204 or 205 or 304);
        if (reply.File is { } file)
        {
            _response.ContentType = "application/octet-stream";
            _response.Headers.ETag = file.ETag is null ? null : $"\"{file.ETag}\"";
            _response.Headers.LastModified = file.LastModified?.ToString("R", CultureInfo.InvariantCulture);
            _response.Headers.ContentEncoding = file.ContentEncoding;
            _response.Headers.ContentRange = file.ContentRange;
            _response.ContentLength = hasBody && !file.IsChunked ? file.Content.Length : null;
            if (hasBody && !HttpMethods.IsHead(context.Request.Method))
                await SendFileAsync(file.Content);
        }
        else if (hasBody)
        {
            _response.ContentLength = reply.Body.Length;
            await SendBodyAsync(reply.Body);
        }
    }

    private async Task SendBodyAsync(ReadOnlyMemory<byte> body)
    {
        switch (fault?.Delivery)
        {
            case Delivery.Truncated or Delivery.Stalled:
                int cut = (int)CutOf(body.Length);
                await _response.BodyWriter.WriteAsync(body[..cut], _left);
                await EndEarlyAsync();
                break;
            case Delivery.Drip:
                for (int i = 0; i < body.Length; i++)
                    await SendByteAsync(body.Slice(i, 1));

                break;
            default:
                await _response.BodyWriter.WriteAsync(body, _left);
                break;
        }
    }

    private async Task SendFileAsync(Stream content)
    {
        await _response.StartAsync(_left);
        bool isCut = fault?.Delivery is Delivery.Truncated or Delivery.Stalled;
        long left = isCut ? CutOf(content.Length) : content.Length;
        byte[] buffer = new byte[fault?.Delivery == Delivery.Drip ? 1 : bandwidth.ChunkSize];
        while (left > 0)
        {
            int count = await content.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, left)), _left);
            if (count == 0)
                return;

            left -= count;
            await bandwidth.TakeAsync(count, _left);
            if (fault?.Delivery == Delivery.Drip)
                await SendByteAsync(buffer);
            else
                await _response.BodyWriter.WriteAsync(buffer.AsMemory(0, count), _left);
        }

        if (isCut)
            await EndEarlyAsync();
    }

    private long CutOf(long length) => Math.Min(length, fault!.CutAfter ?? length / 2);

    // The server itself ends the connection where a handler returns with bytes owing.
    private async Task EndEarlyAsync()
    {
        // The headers, if no byte came after them.
        await _response.BodyWriter.FlushAsync(_left);
        if (fault!.Delivery == Delivery.Stalled)
            await Task.Delay(Timeout.Infinite, _left);
    }

    private async Task SendByteAsync(ReadOnlyMemory<byte> single)
    {
        await _response.BodyWriter.WriteAsync(single, _left);
        await Task.Delay(fault!.DripPause, clock, _left);
    }

    private async Task SendForeverAsync()
    {
        await _response.BodyWriter.WriteAsync("{\"errcode\":0,\"errmsg\":\""u8.ToArray(), _left);
        byte[] more = new byte[4096];
        Array.Fill(more, (byte)'a');
        while (!_left.IsCancellationRequested)
            await _response.BodyWriter.WriteAsync(more, _left);
    }
}
