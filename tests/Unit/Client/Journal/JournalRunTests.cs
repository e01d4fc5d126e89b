using TcbPowerShell.Client.Journal;
using Xunit;

namespace TcbPowerShell.Tests.Client.Journal;

[Trait("rule", "12")]
public sealed class JournalRunTests
{
    [Theory]
    [InlineData("https://api.weixin.qq.com")]
    [InlineData("https://api.weixin.qq.com/")]
    [InlineData("http://api.weixin.qq.com")]
    [InlineData("https://API.WeiXin.qq.com:443/")]
    [InlineData("http://api.weixin.qq.com:80")]
    [InlineData("https://api.weixin.qq.com.")]
    [InlineData("https://api2.weixin.qq.com")]
    [InlineData("https://sh.api.weixin.qq.com/")]
    [InlineData("http://sz.api.weixin.qq.com")]
    [InlineData("https://HK.api.weixin.qq.com.:443")]
    public void ServiceOf_HostThatWeChatNames_IsOneService(string endpoint) => Assert.Equal("api.weixin.qq.com", JournalRun.ServiceOf(new Uri(endpoint)));

    [Theory]
    [InlineData("http://localhost:5000", "http://LOCALHOST:5000/", "localhost:5000")]
    [InlineData("http://host.example", "http://host.example.:80//", "host.example:80")]
    [InlineData("https://host.example/Tcb", "https://host.example:443/Tcb/", "host.example:443/Tcb")]
    [InlineData("https://host.example/%7Etcb", "https://host.example/~tcb", "host.example:443/~tcb")]
    [InlineData("http://[::1]:5000", "http://[0:0:0:0:0:0:0:1]:5000/", "[::1]:5000")]
    [InlineData("http://[2001:DB8::a]", "http://[2001:db8:0:0::A]:80", "[2001:db8::a]:80")]
    [InlineData("http://127.1:5000", "http://127.0.0.1:5000", "127.0.0.1:5000")]
    [InlineData("https://b\u00fccher.example", "https://XN--bcher-kva.example", "xn--bcher-kva.example:443")]
    [InlineData("https://api.weixin.qq.com:8443", "https://api.weixin.qq.com.:8443/", "api.weixin.qq.com:8443")]
    [InlineData("https://api.weixin.qq.com/proxy", "https://API.weixin.qq.com/proxy/", "api.weixin.qq.com:443/proxy")]
    public void ServiceOf_AnyOtherAddress_IsTheSameInEachSpelling(string endpoint, string otherSpelling, string expected)
    {
        Assert.Equal(expected, JournalRun.ServiceOf(new Uri(endpoint)));
        Assert.Equal(expected, JournalRun.ServiceOf(new Uri(otherSpelling)));
    }

    [Theory]
    [InlineData("https://host.example", "https://host.example:8443")]
    [InlineData("https://host.example/a", "https://host.example/A")]
    [InlineData("https://host.example/a", "https://host.example/a/b")]
    [InlineData("https://api.weixin.qq.com", "https://api.weixin.qq.com.example.com")]
    [InlineData("https://api.weixin.qq.com", "https://xapi.weixin.qq.com")]
    public void ServiceOf_AnotherAddress_IsAnotherService(string one, string other) =>
        Assert.NotEqual(JournalRun.ServiceOf(new Uri(one)), JournalRun.ServiceOf(new Uri(other)));
}
