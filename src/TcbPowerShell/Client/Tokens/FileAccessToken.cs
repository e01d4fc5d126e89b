using TcbPowerShell.Client.Http;
using TcbPowerShell.Model;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Tokens;

/// <summary>
/// The cloud hosting token, which the platform keeps in a file and rewrites every ten minutes: it is read for each request.
/// https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/cloudbase/wxtoken.html
/// </summary>
/// <param name="path">The file.</param>
internal sealed class FileAccessToken(string path) : AccessTokenSource
{
    private string? _last;

    internal override TcbAuthentication Authentication => TcbAuthentication.CloudBaseToken;

    protected override string QueryName => "cloudbase_access_token";

    protected override Task<string?> GetTokenAsync(RefusedToken? refused, ICallContext context)
    {
        string? last = Volatile.Read(ref _last);
        string token;
        try
        {
            token = Read();
        }
        catch (TcbException) when (last is not null && last != refused?.Token)
        {
            // The platform may be rewriting the file just now, and the token before lives on for a while.
            token = last;
        }
        Volatile.Write(ref _last, token);
        return token != refused?.Token ? Task.FromResult<string?>(token) : throw refused.Refusal;
    }

    private string Read()
    {
        string text;
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(file);
            text = reader.ReadToEnd().Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw TcbException.NoToken(ErrorId.TokenFileUnavailable, new UserText(nameof(Messages.TokenFileUnreadable), e.Message.TrimEnd('.')));
        }
        if (TokenText.FindProblem(text) is { } problem)
            throw TcbException.NoToken(ErrorId.TokenFileUnavailable, new UserText(nameof(Messages.TokenFileInvalid), path, problem));
        return text;
    }
}
