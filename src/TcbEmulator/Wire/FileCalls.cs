namespace TcbPowerShell.Emulation;

/// <summary>Works the calls that take a list of files: the checks in the service's order, then file by file.</summary>
internal sealed class FileCalls(EmulatorOptions options, CloudFiles files, AccessTokens tokens, DownloadLinks links)
{
    public const string DeletePath = "/tcb/batchdeletefile";
    public const string LookupPath = "/tcb/batchdownloadfile";
    public const string ComponentDeletePath = "/componenttcb/batchdeletefile";
    public const string ComponentLookupPath = "/componenttcb/batchdownloadfile";

    private readonly HashSet<string> _environments = new(options.Environments, StringComparer.Ordinal);

    public Answer Work(EmulatorRequest request, TokenQuery token, FileCallBody body, Fault? fault) =>
        Check(request, token, body) is { } refusal ? Answer.Of(refusal) : Work(request, body.Files, fault);

    private TcbError? Check(EmulatorRequest request, TokenQuery token, FileCallBody body)
    {
        if (CheckToken(request, token) is { } refused)
            return refused;

        if (request.Method != "POST")
            return TcbError.RequirePost;

        if (body.Error is { } malformed)
            return malformed;

        if (!options.CloudEnabled)
            return TcbError.CloudNotEnabled;

        return _environments.Contains(body.Environment!) ? null : TcbError.Of(options.UnknownEnvironmentCode);
    }

    private TcbError? CheckToken(EmulatorRequest request, TokenQuery token)
    {
        if (request.Path is ComponentDeletePath or ComponentLookupPath)
            return tokens.Check(token.AccessToken, TokenKind.Component);

        if (options.OpenInterfaceService)
            return null;

        return token.AccessToken is null && token.CloudBaseAccessToken is not null
            ? tokens.Check(token.CloudBaseAccessToken, TokenKind.CloudBase)
            : tokens.Check(token.AccessToken, TokenKind.App);
    }

    private Answer Work(EmulatorRequest request, IReadOnlyList<FileOrder> orders, Fault? fault)
    {
        var entries = new FileEntry[orders.Count];
        int succeeded = 0;
        for (int i = 0; i < entries.Length; i++)
        {
            FileEntry? faulty = fault?.Entry?.Invoke(orders[i].FileId);
            if (faulty is { } untouched && !fault!.IsAfterWork)
            {
                entries[i] = untouched;
                continue;
            }

            FileEntry entry = request.Kind == RequestKind.Delete
                ? files.Delete(request.Environment!, orders[i].FileId)
                : LookUp(request, orders[i]);
            succeeded += entry.Status == 0 ? 1 : 0;
            entries[i] = faulty ?? entry;
        }

        return Answer.Of(request.Kind, entries, deleted: request.Kind == RequestKind.Delete ? succeeded : 0);
    }

    private FileEntry LookUp(EmulatorRequest request, FileOrder order)
    {
        FileEntry entry = files.LookUp(request.Environment!, order.FileId);
        return entry.Status == 0 ? entry with { DownloadUrl = links.Make(order) } : entry;
    }
}
