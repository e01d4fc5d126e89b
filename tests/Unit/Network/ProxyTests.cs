using System.Net;
using TcbPowerShell.Tests.Client.Http;
using TcbPowerShell.Tests.Client.Runs;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Network;

/// <summary>Calls that a proxy lets through.</summary>
public sealed class ProxyTests
{
    public static TheoryData<string, string, bool> Accounts
    {
        get
        {
            var accounts = new TheoryData<string, string, bool>();
            foreach (bool isSecure in new[] { true, false })
            {
                accounts.Add("user", "password", isSecure);
                accounts.Add("user", "a:b@c/d?e#f%20&g=h+i", isSecure);
                accounts.Add("user", " \"quoted\\\" and 'spaced' ", isSecure);
                accounts.Add("corp\\user", "ö密码😀", isSecure);
                accounts.Add("user@corp.example", string.Empty, isSecure);
            }
            return accounts;
        }
    }

    [Theory]
    [MemberData(nameof(Accounts))]
    public async Task Delete_RightPassword_LogsInOnceAndArrives(string user, string password, bool isSecure)
    {
        await using var server = new TlsServer(isSecure ? TestCertificates.Good : null);
        await using var proxy = new HttpProxy(new NetworkCredential(user, password));
        using EngineHarness client = Connect(server, proxy, new NetworkCredential(user, password));

        await client.DeleteAsync(FileIds.Of(1));

        Assert.Equal((2, 1, isSecure ? 1 : 0), (proxy.Requests, proxy.LogIns, proxy.Tunnels));
        Assert.True(Assert.Single(server.Calls).Deleted);
    }

    [Fact]
    public async Task Delete_ManyCalls_ShareOneTunnel()
    {
        await using var server = new TlsServer(TestCertificates.Good);
        await using var proxy = new HttpProxy();
        using EngineHarness client = Connect(server, proxy, null);

        for (int i = 0; i < 10; i++) await client.DeleteAsync(FileIds.Of(1));

        Assert.Equal((1, 1, 10), (proxy.Requests, proxy.Tunnels, server.Calls.Count));
    }

    [Theory]
    [InlineData("wrong", false)]
    [InlineData("password", true)]
    public async Task Delete_ProxyOfTheSystem_TakesTheAccountThatIsGiven(string password, bool isAdmitted)
    {
        await using var server = new TlsServer(null);
        await using var proxy = new HttpProxy(new NetworkCredential("user", "password"));

        string said = await SingleCall.RunAsync(
            [$"http://{TestCertificates.Host}:{server.Port}", "user", password], ("http_proxy", proxy.Address.AbsoluteUri), ("no_proxy", string.Empty));

        Assert.Equal(isAdmitted ? "answered" : "ProxyLogInRefused", said.Split(':')[0]);
        Assert.Equal((1, isAdmitted ? 1 : 0), (proxy.LogIns, server.Calls.Count));
    }

    [Fact]
    public async Task Delete_Loopback_PassesByTheSystemsProxy()
    {
        await using var server = new TlsServer(null);
        await using var proxy = new HttpProxy();

        string said = await SingleCall.RunAsync(
            [$"http://127.0.0.1:{server.Port}", "unused", "unused"], ("http_proxy", proxy.Address.AbsoluteUri), ("all_proxy", proxy.Address.AbsoluteUri), ("no_proxy", string.Empty));

        Assert.Equal(("answered", 0, 1), (said, proxy.Requests, server.Calls.Count));
    }

    // Decoded by the runtime, such a password looks like anything: https://github.com/dotnet/runtime/blob/v8.0.0/src/libraries/System.Net.Http/src/System/Net/Http/SocketsHttpHandler/HttpEnvironmentProxy.cs
    [Theory]
    [InlineData("pass-MARKER")]
    [InlineData("p%20a'ss-MARKER")]
    [InlineData("p%22%3C%40%2Fss%3F%23-MARKER")]
    public async Task Delete_PasswordInTheProxysAddress_IsNotShown(string password)
    {
        await using var proxy = new HttpProxy(new NetworkCredential("user", "another"));

        string said = await SingleCall.RunAsync(
            [$"https://{TestCertificates.Host}", "unused", "unused"], ("https_proxy", $"http://user:{password}@127.0.0.1:{proxy.Port}"), ("no_proxy", string.Empty));

        Assert.StartsWith($"ProxyLogInRefused: TcbPowerShell.TcbException: the proxy http://127.0.0.1:{proxy.Port} requires authentication", said, StringComparison.Ordinal);
        Assert.Equal(1, proxy.LogIns);
        Assert.DoesNotContain("MARKER", said, StringComparison.Ordinal);
    }

    private static EngineHarness Connect(TlsServer server, HttpProxy proxy, NetworkCredential? account) => new(
        TrustingClient.Create(new WebProxy(proxy.Address) { Credentials = account }, null),
        new Uri($"{server.Scheme}://{TestCertificates.Host}:{server.Port}"),
        new ManualClock());
}
