using TcbPowerShell.Protocol;
using Xunit;

namespace TcbPowerShell.Tests.Protocol;

public sealed class RequestIdTests
{
    [Theory]
    [InlineData("invalid appid rid: 68d0e15f-18b1eca2-4de8f3b9", "68d0e15f-18b1eca2-4de8f3b9")]
    [InlineData("x hint: [tp9AvA04171107]", "tp9AvA04171107")]
    [InlineData("x hint: [tp9AvA04171107] !", "tp9AvA04171107")]
    [InlineData("rid: 1 rid: 2-3 more", "2-3")]
    [InlineData("hint: [a] rid: b", "b")]
    [InlineData("ok", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    [InlineData("rid: ", null)]
    [InlineData("hint: []", null)]
    [InlineData("RID: a", null)]
    public void Find_Message_GivesTheIdAtItsEnd(string? message, string? expected) => Assert.Equal(expected, RequestId.Find(message));
}
