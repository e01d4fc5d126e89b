using Microsoft.Extensions.Logging.Abstractions;

namespace TcbPowerShell.Emulation;

/// <summary>Sends files to those who have a link. ASP.NET Core's file result knows about ranges.</summary>
internal sealed class Downloads(CloudFiles files, DownloadLinks links, RequestLog log, TimeProvider clock)
{
    // A result writes a log, so it does not work without one.
    private static readonly IServiceProvider Services =
        new ServiceCollection().AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance).BuildServiceProvider();

    public Task SendAsync(HttpContext context, EmulatorRequest request)
    {
        log.Begin(request);
        context.Response.OnStarting(() =>
        {
            log.Complete(request, RequestOutcome.Plain(context.Response.StatusCode, clock));
            return Task.CompletedTask;
        });
        context.RequestServices = Services;
        return Find(context.Request, request.Path).ExecuteAsync(context);
    }

    private IResult Find(HttpRequest request, string path)
    {
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
            return Results.StatusCode(StatusCodes.Status405MethodNotAllowed);

        string fileId = CloudPath.Format(path[DownloadLinks.Path.Length..]);
        if (!links.IsGood(fileId, request.Query))
            return Results.StatusCode(StatusCodes.Status403Forbidden);

        return files.OpenRead(fileId) is { } content
            ? Results.Stream(content, enableRangeProcessing: true)
            : Results.StatusCode(StatusCodes.Status404NotFound);
    }
}
