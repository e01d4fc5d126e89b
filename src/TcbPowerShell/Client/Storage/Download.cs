using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Storage;

/// <summary>One request for the content of a file: asks, reads the headers of the reply, and receives the bytes. It tries once.</summary>
/// <param name="link">The link.</param>
/// <param name="environment">The connection.</param>
/// <param name="context">The run that it belongs to.</param>
internal sealed class Download(DownloadLink link, TcbEnvironment environment, ICallContext context) : IDisposable
{
    // Large enough for few writes to the disk, and pooled: there are up to 64 at a time.
    private const int BufferBytes = 128 * 1024;

    // Fewer bytes in one timeout are a download that stands still, or a server that holds it open for ever.
    private const int LeastBytes = 1024;

    private readonly CancellationTokenSource _idle = CancellationTokenSource.CreateLinkedTokenSource(context.CallsCancelled);
    private HttpResponseMessage? _reply;

    private HttpResponseMessage Reply => _reply!;

    /// <summary>Whether the bytes are encoded, for example compressed: stored so, or on the way.</summary>
    internal bool IsEncoded => Values(Reply.Content.Headers, "Content-Encoding").Any(encoding => encoding.Length > 0 && !string.Equals(encoding, "identity", StringComparison.OrdinalIgnoreCase));

    /// <summary>Sends the request, and returns when the headers of the reply are here.</summary>
    /// <exception cref="TcbException">There is no reply, or one that may be another next time.</exception>
    /// <exception cref="CopyRefused">The link cannot be followed; nothing was sent.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    internal async Task AskAsync()
    {
        if (link.HasDotSegment) throw new CopyRefused(new UserText(nameof(Messages.CopyDotSegment)));
        // The original may be deleted afterwards, so nobody on the way must be able to change the copy.
        if (link.Server.Scheme != Uri.UriSchemeHttps && environment.Endpoint.Scheme == Uri.UriSchemeHttps) throw new CopyRefused(new UserText(nameof(Messages.LinkNotEncrypted)));
        Uri address = DownloadClient.AddressOf(link) ?? throw new CopyRefused(new UserText(nameof(Messages.LinkChangedByRuntime)));
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (context.WantsTraffic) context.Traffic(Redact($"GET {link.Shown}"));
        context.CountRequest();
        try
        {
            Watch();
            _reply = await environment.Downloads.SendAsync(request, link.Server, _idle.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            context.CallsCancelled.ThrowIfCancellationRequested();
            if (_idle.IsCancellationRequested) throw new TcbException(new UserText(nameof(Messages.NoReplyInTime), environment.Timeout.TotalSeconds), FailureCategory.TimedOut);
            // A connection that cannot be opened uses up no retry (rule 10), and one that is lost cannot be told from it.
            if (ConnectionFailure.Of(e, request, wasSent: false, Redact) is { } failure) throw failure;
            throw;
        }
        finally
        {
            Rest();
        }
        if (context.WantsTraffic) context.Traffic(Redact($"HTTP {(int)Reply.StatusCode}"));
        TcbException status = TcbClient.FromStatus(Reply, environment.Clock.UtcNow);
        if ((int)Reply.StatusCode is 401 or 403) throw new TcbException(status.Text, FailureCategory.LinkRefused) { HttpStatus = status.HttpStatus };
        if ((int)Reply.StatusCode is 407 or 408 or 429 or >= 500) throw status;
    }

    /// <summary>Reads the length, the ETag and the time of the file.</summary>
    /// <exception cref="CopyRefused">The reply is not the file, or does not say how long it is.</exception>
    internal CopyFacts ReadFacts()
    {
        if (Reply.StatusCode != HttpStatusCode.OK)
        {
            UserText status = TcbClient.FromStatus(Reply, environment.Clock.UtcNow).Text;
            throw new CopyRefused((int)Reply.StatusCode switch
            {
                >= 300 and < 400 and not 304 => new UserText(nameof(Messages.DownloadRedirected), status),
                404 or 410 => new UserText(nameof(Messages.DownloadMissing), status),
                _ => new UserText(nameof(Messages.DownloadRefused), status),
            });
        }
        if (Reply.Content.Headers.ContentLength is not { } length || Reply.Headers.Contains("Transfer-Encoding")
            // Two lengths: a proxy between may have cut the file at either (https://www.rfc-editor.org/rfc/rfc9112#section-6.3).
            || Values(Reply.Content.Headers, "Content-Length").Distinct().Count() > 1
            // A part of the file, which status 200 calls whole.
            || Values(Reply.Content.Headers, "Content-Range").Any(range => !range.EndsWith(FormattableString.Invariant($"/{length}"), StringComparison.Ordinal)))
            throw new CopyRefused(new UserText(nameof(Messages.DownloadWithoutLength)));
        // Not parsed: some servers forget its quotation marks.
        string? eTag = Reply.Headers.TryGetValues("ETag", out IEnumerable<string>? tags) ? tags.First().Trim() : null;
        if (eTag?.StartsWith("W/", StringComparison.Ordinal) ?? false) eTag = eTag.Substring(2);
        // The storage names an ETag. A network that wants a log-in, or a proxy, answers with a page of its own, which has none.
        if (eTag is null && !link.LeadsToPage && Reply.Content.Headers.ContentType?.MediaType is "text/html") throw new CopyRefused(new UserText(nameof(Messages.DownloadIsPage)));
        return new CopyFacts(length, eTag?.Trim('"'), Reply.Content.Headers.LastModified);
    }

    /// <summary>Receives the bytes.</summary>
    /// <param name="length">How many were announced.</param>
    /// <param name="place">The place of the copy.</param>
    /// <param name="md5">Computes their MD5; null if that is not possible.</param>
    /// <param name="received">Is told of each piece that comes.</param>
    /// <exception cref="TcbException">They did not all come, or cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    internal async Task ReceiveAsync(long length, CopyPlace place, IncrementalHash? md5, Action<int> received)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        long total = 0;
        try
        {
            int filled;
            while ((filled = await FillAsync(buffer, total, length, received).ConfigureAwait(false)) > 0)
            {
                md5?.AppendData(buffer, 0, filled);
                await place.WriteAsync(buffer, filled, context.CallsCancelled).ConfigureAwait(false);
                total += filled;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        // .NET Framework ends the stream of a connection that was lost as if it were complete.
        if (total != length) throw Broken(new UserText(nameof(Messages.DownloadEndedEarly), total, length));
    }

    // Until the buffer is full, or there are no more bytes. Only the time in which the connection is waited for counts, not that of the disk.
    private async Task<int> FillAsync(byte[] buffer, long total, long length, Action<int> received)
    {
        int filled = 0;
        int watched = 0;
        try
        {
            Stream body = await Reply.Content.ReadAsStreamAsync().ConfigureAwait(false);
            Watch();
            // .NET Framework's stream of a reply ignores its token; ending the reply ends the read. Only here: a timeout that comes a moment too late must
            // not take the headers away.
            using CancellationTokenRegistration end = _idle.Token.Register(static reply => ((IDisposable)reply!).Dispose(), Reply);
            int count;
#pragma warning disable CA1835 // netstandard2.0 has no ReadAsync for memory.
            while (filled < buffer.Length && (count = await body.ReadAsync(buffer, filled, buffer.Length - filled, _idle.Token).ConfigureAwait(false)) > 0)
#pragma warning restore CA1835
            {
                filled += count;
                received(count);
                if (filled - watched < LeastBytes) continue;
                watched = filled;
                Watch();
            }
            return filled;
        }
        catch (Exception e) when (e is IOException or HttpRequestException or WebException or ObjectDisposedException or OperationCanceledException)
        {
            context.CallsCancelled.ThrowIfCancellationRequested();
            throw Broken(_idle.IsCancellationRequested
                ? new UserText(nameof(Messages.DownloadStalled), environment.Timeout.TotalSeconds, total + filled, length)
                : new UserText(nameof(Messages.DownloadLost), total + filled, length, Redact(ShownText.Cut(e.GetBaseException().Message, ReplyText.Longest).TrimEnd('.'))));
        }
        finally
        {
            Rest();
        }
    }

    /// <summary>A download that had begun, and did not arrive whole.</summary>
    internal static TcbException Broken(UserText text) => new(text, FailureCategory.DownloadBroken) { WasSent = false };

    public void Dispose()
    {
        _reply?.Dispose();
        _idle.Dispose();
    }

    // All values of a header, those that are not valid included.
    private static IEnumerable<string> Values(HttpHeaders headers, string name) =>
        headers.TryGetValues(name, out IEnumerable<string>? values) ? values.SelectMany(value => value.Split(',')).Select(value => value.Trim()) : [];

    private void Watch() => environment.Clock.CancelAfter(_idle, environment.Timeout);

    private void Rest() => environment.Clock.CancelAfter(_idle, Timeout.InfiniteTimeSpan);

    private string Redact(string text) => environment.Redact(new CallCredential(string.Empty, null, link.Secrets), text);
}
