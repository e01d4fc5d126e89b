using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;

namespace TcbPowerShell.Emulation;

/// <summary>Takes each request from the server, reads it whole and starts its exchange.</summary>
internal sealed class HttpFront(EmulatorOptions options, Service service, Downloads downloads, DownloadLinks links, RequestLog log) : IHttpApplication<HttpContext>
{
    private readonly Limiter _limiter = new(options);
    private readonly Bandwidth _bandwidth = new(options);

    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    public void DisposeContext(HttpContext context, Exception? exception)
    {
    }

    public async Task ProcessRequestAsync(HttpContext context)
    {
        TokenQuery token = TokenQuery.Of(context.Request);
        EmulatorRequest request = Describe(context, token);
        if (request.IsChunked)
        {
            RefuseChunked(context, request);
            return;
        }

        byte[] body = await ReadBodyAsync(context);
        Func<Fault?, Answer> work = request.Kind == RequestKind.Download
            ? downloads.Read(context, request)
            : service.Read(context.Request, request, token, body);
        await new Exchange(context, options, _limiter, _bandwidth, log, request).RunAsync(work);
    }

    private EmulatorRequest Describe(HttpContext context, TokenQuery token)
    {
        string path = context.Request.Path.Value ?? "";
        return new EmulatorRequest
        {
            Kind = context.Connection.LocalPort == links.Port ? RequestKind.Download : Service.KindOf(path),
            Method = context.Request.Method,
            Path = path,
            Token = token.Any,
            IsChunked = context.Request.Headers.TransferEncoding.Count > 0,
            ContentLength = context.Request.ContentLength,
            RemotePort = context.Connection.RemotePort,
            LocalPort = context.Connection.LocalPort,
            StartTimestamp = options.Clock.GetTimestamp(),
        };
    }

    // The gateway does this, before the service sees anything of the request.
    private void RefuseChunked(HttpContext context, EmulatorRequest request)
    {
        log.Begin(request);
        log.Complete(request, RequestOutcome.Plain(412, options.Clock));
        context.Response.StatusCode = 412;
        context.Response.ContentLength = 0;
    }

    private static async Task<byte[]> ReadBodyAsync(HttpContext context)
    {
        byte[] body = new byte[context.Request.ContentLength ?? 0];
        await context.Request.Body.ReadExactlyAsync(body, context.RequestAborted);
        return body;
    }
}
