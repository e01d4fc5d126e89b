using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Tokens;
using TcbPowerShell.Tests.Client.Http;

namespace TcbPowerShell.Tests.Client.Tokens;

/// <summary>A service without a network that takes calls for a token, and replies when the test says so.</summary>
internal sealed class HeldTokenService : IDisposable
{
    private readonly TaskCompletionSource _called = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _reply = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly FakeHandler _handler;
    private readonly HttpClient _http;

    /// <param name="take">Takes a request; null for its whole body.</param>
    internal HeldTokenService(Func<HttpRequestMessage, CancellationToken, Task>? take = null)
    {
        _handler = new FakeHandler(async (request, token) =>
        {
            await (take ?? FakeHandler.SendBodyAsync)(request, token);
            _called.TrySetResult();
            return FakeHandler.Reply(await _reply.Task.WaitAsync(token));
        });
        _http = new HttpClient(_handler);
    }

    internal ManualClock Clock { get; } = new();

    internal int Calls => _handler.Calls;

    internal int Active => _handler.Active;

    internal TcbClient Client => new(_http, new Uri("https://service.example"), TimeSpan.FromSeconds(30), Clock);

    internal Task WhenCalledAsync() => _called.Task;

    internal void Reply(string body) => _reply.SetResult(body);

    internal StableAccessToken Stable() => new("wx1", "a-secret-of-an-app", Client);

    internal AuthorizerAccessToken Authorizer() => Authorizer(new FixedAccessToken(TcbAuthentication.Component, "component"));

    internal AuthorizerAccessToken Authorizer(AccessTokenSource component) => new("wx1", component, "wx2", "old", Client);

    internal TcbEnvironment Connect(AccessTokenSource tokens) => new("test-env", new Uri("https://service.example"), tokens, Client);

    public void Dispose() => _http.Dispose();
}
