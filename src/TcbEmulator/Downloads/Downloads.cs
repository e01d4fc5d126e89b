using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http.Features;

namespace TcbPowerShell.Emulation;

/// <summary>Works the requests for files: link, file, range.</summary>
internal sealed class Downloads(CloudFiles files, DownloadLinks links)
{
    /// <summary>A page that a client gets if it follows <see cref="Fault.LogIn"/>.</summary>
    public const string LogInPath = "/-/log-in";

    /// <summary>The file that is asked for, so that faults can see it; the work itself is left to the caller.</summary>
    public Func<Fault?, Answer> Read(HttpContext context, EmulatorRequest request)
    {
        // The server's own path leaves %2F as it is, and takes segments with dots away.
        string path = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?')[0];
        if (path == LogInPath)
            return static _ => Answer.LogInPage;

        string fileId = links.FileIdOf(context.Request, Uri.UnescapeDataString(path));
        request.FileIds = [fileId];
        return fault => Work(context.Request, fileId, fault);
    }

    private Answer Work(HttpRequest request, string fileId, Fault? fault)
    {
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
            return Answer.Of(new CosError(405, "MethodNotAllowed", "The specified method is not allowed against this resource."));

        if (fault is { EndsLink: true })
            links.End(request.Query);

        if (!links.IsGood(fileId, request.Query))
            return Answer.Of(new CosError(403, "AccessDenied", "Request has expired"));

        if (files.Open(fileId) is not { } file)
            return Answer.Of(new CosError(404, "NoSuchKey", "The specified key does not exist."));

        if (fault?.File is { } spoil)
            file = spoil(file);

        return Answer.Of(RangeHeaderValue.TryParse(request.Headers.Range, out RangeHeaderValue? range) && range.Ranges.Count == 1
            ? file.Cut(range.Ranges.First())
            : file);
    }
}
