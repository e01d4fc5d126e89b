namespace TcbPowerShell.Emulation;

/// <summary>The calls that the service has, by path.</summary>
internal sealed class Service(EmulatorOptions options, CloudFiles files, AccessTokens tokens)
{
    private readonly DeleteCall _delete = new(options, files, tokens);
    private readonly TokenCalls _token = new(options, tokens);

    public static RequestKind KindOf(string path) => path switch
    {
        DeleteCall.Path or DeleteCall.ComponentPath => RequestKind.Delete,
        TokenCalls.StablePath or TokenCalls.AuthorizerPath => RequestKind.Token,
        _ => RequestKind.Unknown,
    };

    /// <summary>Reads the body, so that faults can see what is asked for; the work itself is left to the caller.</summary>
    public Func<Fault?, Answer> Read(EmulatorRequest request, TokenQuery token, byte[] body) => request.Kind switch
    {
        RequestKind.Delete => ReadDelete(request, token, body),
        RequestKind.Token => _ => _token.Work(request, token, body),
        _ => static _ => Answer.Of(TcbError.InvalidUrl),
    };

    private Func<Fault?, Answer> ReadDelete(EmulatorRequest request, TokenQuery token, byte[] body)
    {
        DeleteBody deletion = DeleteBody.Read(body);
        request.Environment = deletion.Environment;
        request.FileIds = deletion.FileIds;
        request.FileCount = deletion.FileIds.Count;
        return fault => _delete.Work(request, token, deletion, fault);
    }
}
