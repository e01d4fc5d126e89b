using TcbPowerShell.Client.Http;
using TcbPowerShell.Emulation;
using TcbPowerShell.Protocol;
using TcbPowerShell.Tests.Client.Runs;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Client.Http;

/// <summary>One call over real HTTP, with the client of a real connection.</summary>
public sealed class HttpClientFactoryTests : IDisposable
{
    private const string Token = EngineHarness.Token;

    private readonly HttpClient _http = HttpClientFactory.Create(null);
    private readonly ManualClock _clock = new();
    private readonly byte[] _body = BatchRequest.ForDelete(FileIds.Environment, [FileIds.Of(1), "cloud://test-env.b/文 \"\\ 😀+&'<>.png"]);

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task Post_Body_HasALengthAndIsNotChunked_AndTheTokenArrivesWhole()
    {
        using var emulator = TcbEmulator.Start(new EmulatorOptions { AccessToken = Token });

        await PostAsync(emulator.Endpoint);

        EmulatorRequest seen = Assert.Single(emulator.Requests.Snapshot());
        Assert.Equal(("POST", "/tcb/batchdeletefile", Token), (seen.Method, seen.Path, seen.Token));
        Assert.False(seen.IsChunked);
        Assert.Equal(_body.Length, seen.ContentLength);
        Assert.Equal([FileIds.Of(1), "cloud://test-env.b/文 \"\\ 😀+&'<>.png"], seen.FileIds);
        Assert.Equal(0, seen.Outcome!.ErrorCode);
    }

#if !DESKTOP // .NET Framework has no such timeout.
    [Fact]
    public void Create_TimeToConnect_IsShorterThanARequestMayTake()
    {
        TimeSpan connectTimeout = default;
        using HttpClient http = HttpClientFactory.Create(null, handler => connectTimeout = handler.ConnectTimeout);

        Assert.InRange(connectTimeout, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(15));
    }
#endif

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Create_Proxy_IsTheOneThatIsAskedFor(bool isNamed)
    {
        var account = new System.Net.NetworkCredential("user", "password");
        System.Net.IWebProxy? proxy = null;
        System.Net.ICredentials? ofTheSystem = null;
        bool uses = false;
        using HttpClient http = HttpClientFactory.Create(
            new HttpOptions { Proxy = isNamed ? new Uri("http://proxy.example:3128") : null, ProxyCredentials = account, BypassesProxy = !isNamed },
            handler => (proxy, ofTheSystem, uses) = (handler.Proxy, handler.DefaultProxyCredentials, handler.UseProxy));

        Assert.Equal((isNamed, account), (uses, ofTheSystem));
        Assert.Equal(isNamed ? new Uri("http://proxy.example:3128") : null, proxy?.GetProxy(new Uri("https://host.example")));
        Assert.Same(isNamed ? account : null, proxy?.Credentials);
    }

    // A proxy of the system would read the token in clear text, and cannot reach this computer.
    [Theory]
    [InlineData("http://127.0.0.1:8080", false)]
    [InlineData("http://127.200.3.4", false)]
    [InlineData("http://127.1", false)]
    [InlineData("http://localhost:8080/tcb", false)]
    [InlineData("http://LOCALHOST", false)]
    [InlineData("http://[::1]:8080", false)]
    [InlineData("http://[::ffff:127.0.0.1]", false)]
    [InlineData("http://[::ffff:127.9.9.9]", false)]
    [InlineData("https://127.0.0.1", false)]
    [InlineData("http://127.0.0.1.example.com", true)]
    [InlineData("http://[::2]", true)]
    [InlineData("http://api.weixin.qq.com", true)]
    [InlineData("https://api.weixin.qq.com", true)]
    public void Create_Loopback_IsReachedWithoutTheSystemsProxy(string endpoint, bool uses)
    {
        var seen = new Dictionary<bool, bool>();
        foreach (bool isNamed in new[] { false, true })
        {
            using HttpClient http = HttpClientFactory.Create(
                new HttpOptions { Endpoint = new Uri(endpoint), Proxy = isNamed ? new Uri("http://proxy.example:3128") : null }, handler => seen[isNamed] = handler.UseProxy);
        }

        Assert.Equal((uses, true), (seen[false], seen[true]));
    }

    [Theory]
    [InlineData("7.6.0-preview.1", @"^TcbPowerShell/\d+\.\d+\.\d+ PowerShell/7\.6\.0-preview\.1$")]
    [InlineData(null, @"^TcbPowerShell/\d+\.\d+\.\d+$")]
    public void Create_UserAgent_NamesModuleAndShell(string? version, string expected)
    {
        using HttpClient http = HttpClientFactory.Create(new HttpOptions { PowerShellVersion = version });

        Assert.Matches(expected, http.DefaultRequestHeaders.UserAgent.ToString());
    }

#if DESKTOP
    [Fact]
    public async Task Post_ServicePoint_HasItsLimits()
    {
        using var emulator = TcbEmulator.Start(new EmulatorOptions { AccessToken = Token });
#pragma warning disable SYSLIB0014 // It is what .NET Framework has.
        System.Net.ServicePoint service = System.Net.ServicePointManager.FindServicePoint(emulator.Endpoint);
#pragma warning restore SYSLIB0014

        await PostAsync(emulator.Endpoint);

        Assert.Equal((600_000, false, false), (service.ConnectionLeaseTimeout, service.UseNagleAlgorithm, service.Expect100Continue));
    }
#endif

    [Fact]
    public async Task Post_PortClosed_LeavesNoDoubt()
    {
        int port = ClosedPort.Find();

        TcbException e = await Assert.ThrowsAsync<TcbException>(() => PostAsync(new Uri($"http://127.0.0.1:{port}")));

        Assert.Equal((FailureCategory.ConnectionFailed, false), (e.Category, e.OutcomeUnknown));
        Assert.Equal($"127.0.0.1:{port} refused the connection", e.Message);
    }

    [Theory]
    [InlineData("drop", "ConnectionFailed")]
    [InlineData("truncate", "ConnectionFailed")]
    [InlineData("endless", "Unreadable")]
    public async Task Post_ReplyIsLost_TheOutcomeIsUnknown(string how, string expected)
    {
        Fault fault = how switch { "drop" => Fault.Drop.AfterWork(), "truncate" => Fault.Truncate, _ => Fault.Endless };
        using var emulator = TcbEmulator.Start(new EmulatorOptions { AccessToken = Token, Fault = _ => fault });

        TcbException e = await Assert.ThrowsAsync<TcbException>(() => PostAsync(emulator.Endpoint));

        Assert.Equal((expected, true), (e.Category.ToString(), e.OutcomeUnknown));
        await emulator.Requests.WhenAsync(log => log.OpenConnectionCount == 0).WaitAsync(EngineHarness.Guard);
        Assert.Equal(1, emulator.Requests.Count);
    }

    [Fact]
    public async Task Post_Redirect_IsNotFollowed()
    {
        using var elsewhere = TcbEmulator.Start(new EmulatorOptions { AccessToken = Token });
        using var emulator = TcbEmulator.Start(new EmulatorOptions
        {
            Fault = _ => Fault.Redirect(elsewhere.Endpoint, System.Net.HttpStatusCode.TemporaryRedirect),
        });

        TcbException e = await Assert.ThrowsAsync<TcbException>(() => PostAsync(emulator.Endpoint));

        Assert.Equal((FailureCategory.HttpRefused, 307), (e.Category, (int)e.HttpStatus!));
        Assert.Equal(0, elsewhere.Requests.ConnectionCount);
    }

    [Fact]
    public async Task Post_NoReplyInTime_IsTimedOut_AndTheCallIsOver()
    {
        using var emulator = TcbEmulator.Start(new EmulatorOptions { Fault = _ => Fault.NoAnswer });
        Task<byte[]> call = PostAsync(emulator.Endpoint);
        await emulator.Requests.WhenAsync(log => log.InFlight == 1).WaitAsync(EngineHarness.Guard);

        _clock.TimeOut();

        TcbException e = await Assert.ThrowsAsync<TcbException>(() => call);
        Assert.Equal((FailureCategory.TimedOut, true), (e.Category, e.OutcomeUnknown));
        await emulator.Requests.WhenAsync(log => log.InFlight == 0).WaitAsync(EngineHarness.Guard);
    }

    [Fact]
    public async Task Post_ManyAtOnce_AreNotHeldBackByTheConnectionLimit()
    {
        var gate = new Gate();
        using var emulator = TcbEmulator.Start(new EmulatorOptions { AccessToken = Token, Fault = _ => Fault.Hold(gate) });

        Task<byte[]>[] calls = [.. Enumerable.Range(0, 64).Select(_ => PostAsync(emulator.Endpoint))];
        await gate.WhenArrivedAsync(64).WaitAsync(EngineHarness.Guard);
        gate.Open();

        await Task.WhenAll(calls);
        Assert.Equal(64, emulator.Requests.PeakInFlight);
    }

    private Task<byte[]> PostAsync(Uri endpoint) =>
        new TcbClient(_http, endpoint, TimeSpan.FromSeconds(30), _clock)
            .PostAsync("/tcb/batchdeletefile", new CallCredential("access_token", Token), _body, new TestContext());
}
