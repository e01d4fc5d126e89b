using System.Net.Sockets;
using System.Text;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Storage;
using TcbPowerShell.Client.Tokens;
using TcbPowerShell.Model;
using TcbPowerShell.Protocol;
using TcbPowerShell.Tests.Client.Http;
using TcbPowerShell.Tests.Client.Runs;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Network;

/// <summary>The request for a file as it leaves this computer, read byte by byte: the path that was meant, and no header of the connection.</summary>
[Trait("rule", "11")]
[Trait("rule", "15")]
public sealed class DownloadWireTests
{
    [Theory]
    [InlineData("a.png", "/a.png?sign=a&t=1", "/a.png?sign=a&t=1")]
    [InlineData("a#b.png", "/a#b.png?sign=a", "/a%23b.png?sign=a")]
    [InlineData("x?y.png", "/x?y.png?sign=a", "/x%3Fy.png?sign=a")]
    [InlineData("%41%2F%2e.png", "/%41%2F%2e.png", "/%2541%252F%252e.png")]
    [InlineData("a b+c&d=(e)!*'.png", "/a b+c&d=(e)!*'.png", "/a%20b%2Bc%26d%3D%28e%29%21%2A%27.png")]
    [InlineData("中/é😀", "/中/é😀", "/%E4%B8%AD/%C3%A9%F0%9F%98%80")]
    [InlineData("a\\b", "/a\\b", "/a%5Cb")]
    [InlineData("//a//b.", "///a//b.", "///a//b.")]
    [InlineData("a/...", "/a/...", "/a/...")]
    [InlineData("a.png", "/a.png?q-sign-time=1;2&x=%2f%20+~", "/a.png?q-sign-time=1;2&x=%2f%20+~")]
#if DESKTOP
    [InlineData("a.png", "/a.png?x=%41", "/a.png?x=A")]
#else
    // The runtime of the other build decodes %7E and %41. In a path that is refused there.
    [InlineData("a.png", "/a.png?x=%41", "/a.png?x=%41")]
    [InlineData("a.png", "/other/%7Eb%41%2f.png", "/other/%7Eb%41%2f.png")]
#endif
    public async Task Request_HasThePathThatWasMeant_AndNothingOfTheConnection(string path, string link, string target)
    {
        await using var server = new FileServer();
        var endpoint = new Uri("http://127.0.0.1:1");
        using HttpClient http = HttpClientFactory.Create(null);
        var environment = new TcbEnvironment(
            FileIds.Environment, endpoint, new FixedAccessToken(TcbAuthentication.AccessToken, EngineHarness.Token), new TcbClient(http, endpoint, TimeSpan.FromSeconds(30), Clock.System))
        {
            Downloads = new DownloadClient(new HttpOptions { PowerShellVersion = "7.6.9" }),
        };
        Assert.True(CloudFileId.TryParse("cloud://env.bucket/" + path, null, out CloudFileId id, out _));

        using var download = new Download(DownloadLink.Read($"http://127.0.0.1:{server.Port}{link}", id, out _)!, environment, new TestContext());
        await download.AskAsync().WaitAsync(EngineHarness.Guard);

        Assert.Equal(new CopyFacts(2, "abc", null), download.ReadFacts());
        Assert.Equal([$"GET {target} HTTP/1.1", "Accept-Encoding: identity", $"Host: 127.0.0.1:{server.Port}"], [server.Lines[0], .. server.Lines.Skip(1).Order(StringComparer.Ordinal)]);
    }

    /// <summary>Takes one request, keeps its lines, and answers with two bytes.</summary>
    private sealed class FileServer : LoopbackServer
    {
        internal string[] Lines { get; private set; } = [];

        protected override async Task ServeAsync(Socket client, int ordinal)
        {
            var head = new StringBuilder();
            byte[] next = new byte[1];
            while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await client.ReceiveAsync(next, SocketFlags.None, Stop) > 0) head.Append((char)next[0]);
            Lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
            await client.SendAsync(Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nETag: W/\"abc\"\r\n\r\nok"), SocketFlags.None, Stop);
        }
    }
}
