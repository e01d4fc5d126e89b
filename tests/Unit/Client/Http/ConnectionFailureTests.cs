using System.Net;
using System.Net.Sockets;
using TcbPowerShell.Client.Http;
using Xunit;

namespace TcbPowerShell.Tests.Client.Http;

/// <summary>Exceptions of the runtime in the words of the module: those of .NET here, and those of .NET Framework from its source.</summary>
[Trait("rule", "8")]
[Trait("rule", "10")]
public sealed class ConnectionFailureTests
{
    public static TheoryData<string, string, string> Failures => new()
    {
        { "name", "HostNotFound", "the host name proxy.example was not found" },
        { "name without an address", "HostNotFound", "the host name host.example was not found" },
        { "name in .NET Framework", "HostNotFound", "the host name other.example was not found" },
        { "name server", "ConnectionFailed", "DNS is unavailable, so the host name host.example cannot be resolved" },
        { "refused", "ConnectionFailed", "proxy.example:3128 refused the connection" },
        { "refused in .NET Framework", "ConnectionFailed", "127.0.0.1:3128 refused the connection" },
        { "refused, nothing more is known", "ConnectionFailed", "host.example:443 refused the connection" },
        { "connect timeout", "ConnectionFailed", "no connection was made in time" },
        { "tunnel 403", "ProxyRefused", "the proxy http://proxy.example:3128 refused the connection with HTTP 403" },
        { "tunnel 407", "ProxyLogInRefused", "the proxy http://proxy.example:3128 requires authentication, or rejected the credentials (HTTP 407)" },
        { "tunnel 502", "ConnectionFailed", "the proxy http://proxy.example:3128 refused the connection with HTTP 502" },
        { "ended", "ConnectionFailed", "the connection failed: The response ended prematurely" },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public void Of_Exception_NamesTheCauseAndTheAddress(string what, string category, string text)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "https://host.example/tcb/x");

        TcbException e = ConnectionFailure.Of(Make(what), request, wasSent: false, redact: message => message)!;

        Assert.Equal((category, text, false), (e.Category.ToString(), e.Message, e.OutcomeUnknown));
    }

    [Fact]
    public void Of_ExceptionOfAnotherKindAfterTheBodyBegan_IsNone()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "https://host.example/tcb/x");

        Assert.Null(ConnectionFailure.Of(new InvalidOperationException(), request, wasSent: true, redact: message => message));
    }

    private static Exception Make(string what) => what switch
    {
        "name" => new HttpRequestException("Name or service not known (proxy.example:3128)", new SocketException((int)SocketError.HostNotFound)),
        "name without an address" => new HttpRequestException("x", new SocketException((int)SocketError.NoData, "y")),
        "name in .NET Framework" =>
            new HttpRequestException("x", new WebException("The proxy name could not be resolved: 'other.example'", WebExceptionStatus.ProxyNameResolutionFailure)),
        "name server" => new HttpRequestException("x", new SocketException((int)SocketError.TryAgain, "Try again")),
        "refused" => new HttpRequestException("Connection refused (proxy.example:3128)", new SocketException((int)SocketError.ConnectionRefused, "Connection refused")),
        "refused in .NET Framework" => new HttpRequestException("x", new WebException(
            "Unable to connect", new SocketException((int)SocketError.ConnectionRefused, "the target machine actively refused it 127.0.0.1:3128"))),
        "refused, nothing more is known" => new HttpRequestException("x", new SocketException((int)SocketError.ConnectionRefused, "y")),
        "connect timeout" => new TaskCanceledException("x", new TimeoutException("y", new SocketException((int)SocketError.OperationAborted))),
        "ended" => new HttpRequestException("x", new IOException("The response ended prematurely.")),
        _ => new HttpRequestException($"The proxy tunnel request to proxy 'http://user:it's a@proxy.example:3128/' failed with status code '{what[^3..]}'."),
    };
}
