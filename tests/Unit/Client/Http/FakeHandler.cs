using System.Net;

namespace TcbPowerShell.Tests.Client.Http;

/// <summary>A server without a network.</summary>
internal sealed class FakeHandler(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> answer) : HttpMessageHandler
{
    private int _calls;
    private int _active;

    internal FakeHandler(Func<HttpResponseMessage> answer)
        : this((_, _) => Task.FromResult(answer()))
    {
    }

    /// <summary>Never answers.</summary>
    internal static FakeHandler BlackHole() => new(async (_, token) =>
    {
        await Task.Delay(Timeout.Infinite, token);
        throw new InvalidOperationException();
    });

    internal static HttpResponseMessage Reply(string body) => new(HttpStatusCode.OK) { Content = new StringContent(body) };

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
