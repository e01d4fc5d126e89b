namespace TcbPowerShell.Emulation;

/// <summary>The calls that the service has, by path.</summary>
internal sealed class Service(EmulatorOptions options, CloudFiles files, AccessTokens tokens, TemporaryKeys keys, DownloadLinks links)
{
    private readonly FileCalls _files = new(options, files, tokens, links);
    private readonly TokenCalls _token = new(options, tokens);
    private readonly StorageCalls _storage = new(options, files, tokens, keys);
    private readonly CosListing _cos = new(options, files, keys);

    public static RequestKind KindOf(string path) => path switch
    {
        FileCalls.DeletePath or FileCalls.ComponentDeletePath => RequestKind.Delete,
        FileCalls.LookupPath or FileCalls.ComponentLookupPath => RequestKind.Lookup,
        TokenCalls.StablePath or TokenCalls.AuthorizerPath => RequestKind.Token,
        StorageCalls.UploadPath or StorageCalls.ComponentUploadPath => RequestKind.Upload,
        StorageCalls.KeyPath or StorageCalls.ContainerKeyPath => RequestKind.Key,
        StorageCalls.ComponentListPath => RequestKind.List,
        _ when CosListing.IsBucketPath(path) => RequestKind.List,
        _ => RequestKind.Unknown,
    };

    /// <summary>Reads the body, so that faults can see what is asked for; the work itself is left to the caller.</summary>
    public Func<Fault?, Answer> Read(HttpRequest http, EmulatorRequest request, TokenQuery token, byte[] body) => request.Kind switch
    {
        RequestKind.List when request.Path != StorageCalls.ComponentListPath => ReadListing(http, request),
        RequestKind.Upload or RequestKind.Key or RequestKind.List => _ => _storage.Work(request, token, body),
        RequestKind.Delete or RequestKind.Lookup => ReadFiles(request, token, body),
        RequestKind.Token => _ => _token.Work(request, token, body),
        _ => static _ => Answer.Of(TcbError.InvalidUrl),
    };

    private Func<Fault?, Answer> ReadListing(HttpRequest http, EmulatorRequest request)
    {
        request.Prefix = http.Query["prefix"].ToString();
        request.Marker = http.Query["marker"].ToString();
        return _ => _cos.Work(http);
    }

    private Func<Fault?, Answer> ReadFiles(EmulatorRequest request, TokenQuery token, byte[] body)
    {
        FileCallBody call = FileCallBody.Read(body, request.Kind);
        request.Environment = call.Environment;
        request.FileIds = [.. call.Files.Select(file => file.FileId)];
        request.FileCount = call.Files.Count;
        request.MaxAge = call.Files.Select(file => file.MaxAge).DefaultIfEmpty().Max();
        return fault => _files.Work(request, token, call, fault);
    }
}
