using System.Net;
using System.Net.Http.Headers;
using System.Text;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Http;

/// <summary>Makes one call to the service: HTTP, its failures and its timeout. It tries once, and knows neither files nor tokens' lives.</summary>
/// <param name="http">The connection's HTTP client.</param>
/// <param name="endpoint">The address of the service.</param>
/// <param name="timeout">How long one call may take.</param>
/// <param name="clock">Time.</param>
/// <param name="secrets">Secrets of the connection that belong to no call: the proxy's password.</param>
internal sealed class TcbClient(HttpClient http, Uri endpoint, TimeSpan timeout, Clock clock, IEnumerable<string>? secrets = null)
{
    /// <summary>
    /// The longest reply that is read. The longest true one has 50 entries, each with an ID of 4,096 bytes, every character escaped.
    /// </summary>
    internal const int MaxReplyBytes = 2 * 1024 * 1024;

    // A time that is further away is a mistake, and must not lead past the end of the calendar.
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromDays(3650);

    private static readonly MediaTypeHeaderValue Json = new("application/json");

    private Redactor _redactor = new(secrets ?? []);

    private readonly string _base = endpoint.AbsoluteUri.TrimEnd('/');
    private long _skewTicks;

    /// <summary>Time, for what is built on the client.</summary>
    internal Clock Clock => clock;

    /// <summary>The time by the clock of the service, as far as its replies have told it: the clock of this machine can be wrong.</summary>
    internal DateTimeOffset ServiceNow => clock.UtcNow + TimeSpan.FromTicks(Interlocked.Read(ref _skewTicks));

    /// <summary>How long one call may take.</summary>
    internal TimeSpan Timeout => timeout;

    /// <summary>Makes a call for files.</summary>
    /// <inheritdoc cref="PostAsync(string, CallCredential, byte[], ICallContext, bool, CancellationToken, CancellationToken)"/>
    internal Task<byte[]> PostAsync(string path, CallCredential credential, byte[] body, ICallContext context, bool showBodies = true) =>
        PostAsync(path, credential, body, context, showBodies, context.SendingCancelled, context.CallsCancelled);

    /// <summary>Makes a call.</summary>
    /// <param name="path">The path, for example <c>/tcb/batchdeletefile</c>.</param>
    /// <param name="credential">The token, and the name under which it travels.</param>
    /// <param name="body">The JSON of the request, in UTF-8.</param>
    /// <param name="context">The run that the call belongs to.</param>
    /// <param name="showBodies">Whether request and reply may be shown: those of a token call may not.</param>
    /// <param name="unsentCancelled">Cancels the call unless its body has begun.</param>
    /// <param name="cancelled">Cancels the call.</param>
    /// <returns>The body of a reply with HTTP 200: all that the service itself says comes with that.</returns>
    /// <exception cref="TcbException">No such reply.</exception>
    /// <exception cref="CallCancelledException">The call was cancelled.</exception>
    internal async Task<byte[]> PostAsync(
        string path, CallCredential credential, byte[] body, ICallContext context, bool showBodies, CancellationToken unsentCancelled, CancellationToken cancelled)
    {
        using var content = new RequestBody(body);
        content.Headers.ContentType = Json;
        using var request = new HttpRequestMessage(HttpMethod.Post, _base + path + credential.Query) { Content = content };
        if (context.WantsTraffic)
            context.Traffic(Redact(credential, $"POST {_base}{path}{credential.ShownQuery} {(showBodies ? Encoding.UTF8.GetString(body) : "***")}"));
        return await SendAsync(request, content, credential, context, showBodies, MaxReplyBytes, null, unsentCancelled, cancelled).ConfigureAwait(false);
    }

    /// <summary>Makes a call that changes nothing and has no body: to the service, or to its object storage.</summary>
    /// <param name="address">The address, absolute or a path of the service. Its query is not shown.</param>
    /// <param name="headers">Headers, which are not shown.</param>
    /// <param name="credential">The secrets of the call, to be taken out of texts. None of them is added to the address.</param>
    /// <param name="context">The cmdlet that the call belongs to.</param>
    /// <param name="mostBytes">The longest reply that is read.</param>
    /// <param name="readFailure">Reads the reply of a call that failed: its body, and the failure by its HTTP status; null if only that counts.</param>
    /// <returns>The body of a reply with HTTP 200.</returns>
    /// <exception cref="TcbException">No such reply.</exception>
    /// <exception cref="CallCancelledException">The call was cancelled.</exception>
    internal async Task<byte[]> GetAsync(
        Uri address, IEnumerable<KeyValuePair<string, string>> headers, CallCredential credential, ICallContext context, int mostBytes,
        Func<byte[], TcbException, TcbException>? readFailure)
    {
        Uri absolute = address.IsAbsoluteUri ? address : new Uri(_base + address.OriginalString);
        using var request = new HttpRequestMessage(HttpMethod.Get, absolute);
        // Without validation: .NET's parser of Authorization would split a signature.
        foreach (KeyValuePair<string, string> header in headers) request.Headers.TryAddWithoutValidation(header.Key, header.Value);
        if (context.WantsTraffic) context.Traffic(Redact(credential, $"GET {absolute.GetLeftPart(UriPartial.Path)}{(absolute.Query.Length > 0 ? "?***" : string.Empty)}"));
        return await SendAsync(request, null, credential, context, showBodies: false, mostBytes, readFailure, context.SendingCancelled, context.SendingCancelled).ConfigureAwait(false);
    }

    private async Task<byte[]> SendAsync(
        HttpRequestMessage request, RequestBody? content, CallCredential credential, ICallContext context, bool showBodies, int mostBytes,
        Func<byte[], TcbException, TcbException>? readFailure, CancellationToken unsentCancelled, CancellationToken cancelled)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancelled);
        clock.CancelAfter(timer, timeout);
        using CancellationTokenRegistration unsent = unsentCancelled.Register(() =>
        {
            if (content?.TryWithdraw() ?? false) timer.Cancel();
        });
        try
        {
            using HttpResponseMessage response =
                await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timer.Token).ConfigureAwait(false);
            // .NET Framework's stream of a reply ignores its token; ending the reply ends the read.
            using CancellationTokenRegistration end = timer.Token.Register(static reply => ((IDisposable)reply!).Dispose(), response);
            content?.MarkAnswered();
            if (response.Headers.Date is { } date) Interlocked.Exchange(ref _skewTicks, (date - clock.UtcNow).Ticks);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                TcbException failure = FromStatus(response, clock.UtcNow);
                if (readFailure is null) throw failure;
                throw readFailure(await ReadAsync(response.Content, credential, MaxReplyBytes, timer).ConfigureAwait(false), failure);
            }
            byte[] reply = await ReadAsync(response.Content, credential, mostBytes, timer).ConfigureAwait(false);
            if (context.WantsTraffic)
                context.Traffic(Redact(credential, $"HTTP 200 {(showBodies ? DownloadLink.Hide(ReplyText.Show(reply)) : "***")}"));
            return reply;
        }
        catch (Exception e) when (e is not TcbException)
        {
            bool wasSent = content?.HasBegun ?? false;
            if (cancelled.IsCancellationRequested || (content?.IsWithdrawn ?? false)) throw new CallCancelledException(wasSent, cancelled);
            if (timer.IsCancellationRequested)
            {
                throw new TcbException(new UserText(nameof(Messages.NoReplyInTime), timeout.TotalSeconds), FailureCategory.TimedOut) { WasSent = wasSent };
            }
            if (ConnectionFailure.Of(e, request, wasSent, text => Redact(credential, text)) is { } failure) throw failure;
            throw;
        }
    }

    /// <summary>Hides further secrets of the connection in the texts of all calls from now on.</summary>
    internal void Hide(params string[] more)
    {
        Redactor before;
        do before = Volatile.Read(ref _redactor);
        while (Interlocked.CompareExchange(ref _redactor, before.With(more), before) != before);
    }

    /// <summary>Takes the secrets of a call and of the connection out of a text that came from elsewhere.</summary>
    internal string Redact(CallCredential credential, string text) => Volatile.Read(ref _redactor).Redact(credential.Redact(text));

    private async Task<byte[]> ReadAsync(HttpContent content, CallCredential credential, int mostBytes, CancellationTokenSource timer)
    {
        try
        {
            await content.LoadIntoBufferAsync(mostBytes).ConfigureAwait(false);
        }
        // BrotliStream says InvalidOperationException.
        catch (Exception e) when (e is InvalidDataException or (InvalidOperationException and not ObjectDisposedException) && !timer.IsCancellationRequested)
        {
            throw TcbException.Unreadable(nameof(Messages.ReplyBadlyCompressed));
        }
        // No exception inside: the buffer was full, and not the connection lost.
        catch (HttpRequestException e) when (e.InnerException is null)
        {
            throw TcbException.Unreadable(nameof(Messages.ReplyTooLong));
        }
        byte[] reply = await content.ReadAsByteArrayAsync().ConfigureAwait(false);
        // The handler takes away the name of what it has expanded. Some servers name a character set there: JSON and XML are read in any case.
        if (content.Headers.ContentEncoding.LastOrDefault() is { } encoding && Array.Find(reply, b => b > ' ') is not ((byte)'{' or (byte)'<'))
            throw new TcbException(new UserText(nameof(Messages.ReplyUnreadable), new UserText(nameof(Messages.ReplyCompressed), Redact(credential, encoding))), FailureCategory.Unreadable);
        return reply;
    }

    /// <summary>The failure of a reply with another HTTP status than 200.</summary>
    internal static TcbException FromStatus(HttpResponseMessage response, DateTimeOffset now)
    {
        int status = (int)response.StatusCode;
        FailureCategory failure = status switch
        {
            429 => FailureCategory.Throttled,
            503 => FailureCategory.Unavailable,
            407 => FailureCategory.ProxyLogInRefused,
            511 => FailureCategory.HttpRefused,
            408 or >= 500 => FailureCategory.ServerError,
            // Done, perhaps, but without the service's reply.
            < 300 => FailureCategory.Unreadable,
            _ => FailureCategory.HttpRefused,
        };
        TimeSpan? retryAfter = ReadRetryAfter(response, now);
        // Neither the reason phrase nor a Location is repeated: both may come from anyone on the way. A new message has the
        // standard name of the status, if there is one.
        using var named = new HttpResponseMessage(response.StatusCode);
        string shown = string.IsNullOrEmpty(named.ReasonPhrase) ? $"{status}" : $"{status} {named.ReasonPhrase}";
        return new TcbException(new UserText(nameof(Messages.HttpStatus), shown), failure)
        {
            HttpStatus = response.StatusCode,
            RetryAfter = retryAfter,
            RetryOn = now + retryAfter,
        };
    }

    private static TimeSpan? ReadRetryAfter(HttpResponseMessage response, DateTimeOffset now)
    {
        RetryConditionHeaderValue? header = response.Headers.RetryAfter;
        // A date is compared with the clock of the server that wrote it, if the reply names its time.
        TimeSpan? asked = header?.Delta ?? (header?.Date - (response.Headers.Date ?? now));
        if (asked > LongestRetryAfter) return LongestRetryAfter;
        return asked < TimeSpan.Zero ? TimeSpan.Zero : asked;
    }
}

/// <summary>A call was cut off because its run was stopped.</summary>
/// <param name="wasSent">Whether the body of the request had begun to leave: until then nothing can have been deleted.</param>
/// <param name="cancellationToken">The token that cut it off.</param>
internal sealed class CallCancelledException(bool wasSent, CancellationToken cancellationToken) : OperationCanceledException(cancellationToken)
{
    /// <summary>Whether the service may have received the request.</summary>
    internal bool WasSent => wasSent;
}
