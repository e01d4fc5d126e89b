namespace TcbPowerShell.Emulation;

/// <summary>Works a delete call: the checks in the service's order, then file by file.</summary>
internal sealed class DeleteCall(EmulatorOptions options, CloudFiles files, AccessTokens tokens)
{
    public const string Path = "/tcb/batchdeletefile";
    public const string ComponentPath = "/componenttcb/batchdeletefile";

    private readonly HashSet<string> _environments = new(options.Environments, StringComparer.Ordinal);

    public Answer Work(EmulatorRequest request, TokenQuery token, DeleteBody body, Fault? fault) =>
        Check(request, token, body) is { } refusal ? Answer.Of(refusal) : Delete(body, fault);

    private TcbError? Check(EmulatorRequest request, TokenQuery token, DeleteBody body)
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
        if (request.Path == ComponentPath)
            return tokens.Check(token.AccessToken, TokenKind.Component);

        if (options.OpenInterfaceService)
            return null;

        return token.AccessToken is null && token.CloudBaseAccessToken is not null
            ? tokens.Check(token.CloudBaseAccessToken, TokenKind.CloudBase)
            : tokens.Check(token.AccessToken, TokenKind.App);
    }

    private Answer Delete(DeleteBody body, Fault? fault)
    {
        var entries = new DeleteEntry[body.FileIds.Count];
        int deleted = 0;
        for (int i = 0; i < entries.Length; i++)
        {
            string fileId = body.FileIds[i];
            DeleteEntry? faulty = fault?.Entry?.Invoke(fileId);
            if (faulty is { } untouched && !fault!.IsAfterWork)
            {
                entries[i] = untouched;
                continue;
            }

            DeleteEntry entry = files.Delete(body.Environment!, fileId);
            deleted += entry.Status == 0 ? 1 : 0;
            entries[i] = faulty ?? entry;
        }

        return Answer.Of(entries, deleted);
    }
}
