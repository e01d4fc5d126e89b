using TcbPowerShell.Client.Http;
using TcbPowerShell.Model;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Tokens;

/// <summary>
/// The cloud hosting token, which the platform keeps in a file and rewrites every ten minutes: it is read for each request.
/// https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/cloudbase/wxtoken.html
/// </summary>
/// <param name="path">The file.</param>
/// <param name="read">Reads it.</param>
/// <param name="clock">Time.</param>
internal sealed class FileAccessToken(string path, Func<string> read, Clock clock) : AccessTokenSource
{
    /// <summary>The longest file that is read, in KiB.</summary>
    internal const int MaxSize = 64;

    /// <summary>How long a read may take.</summary>
    internal static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(10);

    private string? _last;
    private Task<string>? _stuck;

    /// <summary>Reads from the file system.</summary>
    internal FileAccessToken(string path, Clock clock)
        : this(path, () => ReadFile(path), clock)
    {
    }

    internal override TcbAuthentication Authentication => TcbAuthentication.CloudBaseToken;

    protected override string QueryName => "cloudbase_access_token";

    protected override async Task<string?> GetTokenAsync(RefusedToken? refused, ICallContext context)
    {
        string? last = Volatile.Read(ref _last);
        string token;
        try
        {
            token = await ReadAsync(context.SendingCancelled).ConfigureAwait(false);
        }
        catch (TcbException) when (last is not null && last != refused?.Token)
        {
            // The platform may be rewriting the file just now, and the previous token stays valid for a while.
            token = last;
        }
        Volatile.Write(ref _last, token);
        return token != refused?.Token ? token : throw refused.Refusal;
    }

    private async Task<string> ReadAsync(CancellationToken stopped)
    {
        // A network drive can hang, and each read would block one more thread.
        Task<string> reading = Volatile.Read(ref _stuck) is { IsCompleted: false } stuck ? stuck : Task.Run(read);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopped);
        clock.CancelAfter(limit, ReadTimeout);
        string text;
        try
        {
            text = (await reading.OrCancelledAsync(limit.Token).ConfigureAwait(false)).Trim();
        }
        catch (OperationCanceledException) when (!stopped.IsCancellationRequested)
        {
            Volatile.Write(ref _stuck, reading);
            throw Unreadable(new UserText(nameof(Messages.TokenFileStuck), ReadTimeout.TotalSeconds));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw Unreadable(e.Message.TrimEnd('.'));
        }
        if (TokenText.FindProblem(text) is { } problem)
            throw TcbException.NoToken(ErrorId.TokenFileUnavailable, new UserText(nameof(Messages.TokenFileInvalid), path, problem));
        return text;
    }

    private static string ReadFile(string path)
    {
        // Check before opening: opening a pipe that has no writer would hang. Pipes and devices have no length.
        if (LengthOf(path) == 0) throw Unreadable(new UserText(nameof(Messages.TokenFileEmpty)));
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        byte[] content = new byte[(MaxSize * 1024) + 1];
        int length = 0;
        while (length < content.Length && file.Read(content, length, content.Length - length) is > 0 and var count) length += count;
        if (length == content.Length) throw Unreadable(new UserText(nameof(Messages.TokenFileTooLong), MaxSize));
        using var reader = new StreamReader(new MemoryStream(content, 0, length));
        return reader.ReadToEnd();
    }

    private static long LengthOf(string path)
    {
        if (Directory.Exists(path)) throw Unreadable(new UserText(nameof(Messages.TokenFileIsFolder)));
#if NET
        // Containers mount a secret as a link to a link.
        path = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
#endif
        return new FileInfo(path).Length;
    }

    private static TcbException Unreadable(object why) =>
        TcbException.NoToken(ErrorId.TokenFileUnavailable, new UserText(nameof(Messages.TokenFileUnreadable), why));
}
