using System.Net;

namespace TcbPowerShell.Tests.Client.Http;

/// <summary>A server without a network.</summary>
internal sealed class FakeHandler(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> answer) : HttpMessageHandler
{
    private int _calls;
    private int _active;

    /// <summary>Answers; what <paramref name="answer"/> throws comes before anything is sent.</summary>
    internal FakeHandler(Func<HttpResponseMessage> answer, bool bodyFirst = false)
        : this(async (request, token) =>
        {
            if (bodyFirst) await SendBodyAsync(request, token);
            HttpResponseMessage response = answer();
            await SendBodyAsync(request, token);
            return response;
        })
    {
    }

    /// <summary>Takes the request and never answers.</summary>
    internal static FakeHandler BlackHole() => new(async (request, token) =>
    {
        await SendBodyAsync(request, token);
        await Task.Delay(Timeout.Infinite, token);
        throw new InvalidOperationException();
    });

    internal static HttpResponseMessage Reply(string body) => new(HttpStatusCode.OK) { Content = new StringContent(body) };

    /// <summary>Writes the request, as a real handler does before it can have an answer.</summary>
    internal static Task SendBodyAsync(HttpRequestMessage request, CancellationToken cancellationToken) => request.Content!.CopyToAsync(Stream.Null, cancellationToken);

    /// <summary>How many calls were made.</summary>
    internal int Calls => Volatile.Read(ref _calls);

    /// <summary>How many calls are under way.</summary>
    internal int Active => Volatile.Read(ref _active);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _calls);
        Interlocked.Increment(ref _active);
        try
        {
            return await answer(request, cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _active);
        }
    }
}
