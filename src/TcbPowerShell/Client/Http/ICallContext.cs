using System.Net;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Http;

/// <summary>
/// The run that a call belongs to, or the cmdlet that connects or lists: it shows texts, and does work on its pipeline thread. There is one for each run.
/// </summary>
internal interface ICallContext
{
    /// <summary>Cancels what has not been sent: when the run is stopped, and when nothing more of it can succeed.</summary>
    CancellationToken SendingCancelled { get; }

    /// <summary>Cancels calls in flight: when the run is stopped, or has waited long enough for a first reply (rule 10).</summary>
    CancellationToken CallsCancelled { get; }

    /// <summary>Whether requests and replies are shown. If not, <see cref="Traffic"/> need not be called.</summary>
    bool WantsTraffic { get; }

    /// <summary>Counts a request for files, which is about to be sent. Calls for tokens are not counted.</summary>
    void CountRequest();

    /// <summary>Shows a request or a reply, from which the secrets have been taken out.</summary>
    void Traffic(string text);

    /// <summary>Says something to the user.</summary>
    void Say(MessageStream stream, UserText text);

    /// <summary>
    /// Does work on the pipeline thread for a worker that waits: runs the user's script, or writes a page. <see cref="SendingCancelled"/> ends the wait.
    /// </summary>
    Task<string> OnPipelineThreadAsync(Func<string> work);
}

/// <summary>The stream that a text is for.</summary>
internal enum MessageStream
{
    /// <summary>Verbose: what is going on.</summary>
    Verbose,

    /// <summary>Warning: what the user must know.</summary>
    Warning,
}

/// <summary>A piece of work, done on the pipeline thread for a worker that waits for it.</summary>
internal static class PipelineCall
{
    /// <summary>Has the work done, and hands its result, or its failure, to the worker.</summary>
    /// <param name="work">The work. Not begun once it is cancelled.</param>
    /// <param name="post">Hands the work to the pipeline thread. Other exceptions of the work stop the pipeline there; the worker sees a cancellation.</param>
    /// <param name="cancelled">Ends the wait.</param>
    /// <exception cref="TcbException">The work's.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled, or the pipeline is being stopped.</exception>
    internal static Task<string> RunAsync(Func<string> work, Action<Action> post, CancellationToken cancelled)
    {
        var done = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        post(() =>
        {
            try
            {
                if (!cancelled.IsCancellationRequested) done.TrySetResult(work());
            }
            catch (TcbException e)
            {
                done.TrySetException(e);
            }
            finally
            {
                done.TrySetCanceled();
            }
        });
        return done.Task.OrCancelledAsync(cancelled);
    }
}

/// <summary>The token of one call and the name of its query parameter; only the URL contains it.</summary>
/// <param name="name">The query parameter, for example <c>access_token</c>.</param>
/// <param name="token">The token; null for a call without one.</param>
/// <param name="secrets">Other secrets of the call, which its body holds.</param>
internal sealed class CallCredential(string name, string? token, params string[] secrets)
{
    private Redactor? _redactor;

    /// <summary>The token itself.</summary>
    internal string? Token => token;

    /// <summary>The query, with the token in it.</summary>
    internal string Query => token is null ? string.Empty : $"?{name}={Uri.EscapeDataString(token)}";

    /// <summary>The query as it may be shown.</summary>
    internal string ShownQuery => token is null ? string.Empty : $"?{name}=***";

    /// <summary>Takes the secrets out of a text that came from elsewhere: a proxy or a gateway may repeat the URL or the body.</summary>
    internal string Redact(string text) => (_redactor ??= new Redactor(token is null ? secrets : [token, .. secrets])).Redact(text);

    /// <summary>The name of the query parameter, never the token.</summary>
    /// <returns>The name.</returns>
    public override string ToString() => name;
}

/// <summary>
/// The body of one attempt. It knows whether it began to be written: until then nothing can have been deleted. Exceptions alone do not tell
/// that: a proxy that closes on CONNECT looks like a lost reply.
/// </summary>
/// <param name="json">The JSON of the request, in UTF-8.</param>
internal sealed class RequestBody(byte[] json) : HttpContent
{
    // Not derived from ByteArrayContent: Mono writes the bytes of one without asking it to serialize itself.
    private const int Waiting = 0;
    private const int Begun = 1;
    private const int Withdrawn = 2;

    private int _state;

    /// <summary>Whether the service may have received the request.</summary>
    internal bool HasBegun => Volatile.Read(ref _state) == Begun;

    /// <summary>A reply came, which proves that the request was sent, whatever the handler did to send the body.</summary>
    internal void MarkAnswered() => Volatile.Write(ref _state, Begun);

    /// <summary>Whether the request was withdrawn before its body began.</summary>
    internal bool IsWithdrawn => Volatile.Read(ref _state) == Withdrawn;

    /// <summary>
    /// Withdraws the request, unless its body has begun. One atomic exchange decides: otherwise a stop at the moment in which the body begins could count a
    /// request as unsent that is on its way.
    /// </summary>
    /// <returns>Whether the body will never begin.</returns>
    internal bool TryWithdraw() => Interlocked.CompareExchange(ref _state, Withdrawn, Waiting) != Begun;

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        if (Interlocked.CompareExchange(ref _state, Begun, Waiting) == Withdrawn) throw new OperationCanceledException();
        return stream.WriteAsync(json, 0, json.Length);
    }

    // Without a length the body would be chunked, which the service answers with HTTP 412.
    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = json.Length;
        return true;
    }
}
