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
    [InlineData("ok rid:68d0-1", "68d0-1")]
    [InlineData("rid: 68d0-1, more", "68d0-1")]
    [InlineData("rid: 68d0-1; more", "68d0-1")]
    [InlineData("(rid: 68d0-1).", "68d0-1")]
    [InlineData("rid: 68d0-1.", "68d0-1")]
    [InlineData("rid: 68d0-1。", "68d0-1")]
    [InlineData("rid:   68d0-1\n", "68d0-1")]
    [InlineData("错误rid: 68d0-1，请", "68d0-1")]
    [InlineData("hint:[tp9AvA0417!]", "tp9AvA0417!")]
    [InlineData("hint: [ tp9 ]", "tp9")]
    [InlineData("hint: tp9", "tp9")]
    [InlineData("hints: [ req_id: tp9.-_ ]", "tp9.-_")]
    [InlineData("hints:[req_id:tp9]", "tp9")]
    [InlineData("req_id: tp9", "tp9")]
    [InlineData("rid: 1 hints: [ req_id: tp9 ]", "1")]
    [InlineData("hint: [tp9", "tp9")]
    [InlineData("grid: 5", null)]
    [InlineData("rid: 5 grid: 6", "5")]
    [InlineData("rid: , more", null)]
    [InlineData("ok", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    [InlineData("rid: ", null)]
    [InlineData("hint: []", null)]
    [InlineData("RID: a", null)]
    public void Find_Message_GivesTheIdAtItsEnd(string? message, string? expected) => Assert.Equal(expected, RequestId.Find(message));

    [Fact]
    public void Find_TextThatIsTooLongForAnId_IsNone() => Assert.Null(RequestId.Find("rid: " + new string('x', 129)));

    [Theory]
    [InlineData(" ok ", "ok")]
    [InlineData("no file rid: 1-2", "no file")]
    [InlineData("no file, rid: 1-2.", "no file")]
    [InlineData("no file hint: [1] rid: 2", "no file")]
    [InlineData("no file hints: [ req_id: 1 ]", "no file")]
    [InlineData("no rid: 1, file", "no , file")]
    [InlineData("rid: 1", "")]
    public void Without_Message_IsTheRest(string message, string expected) => Assert.Equal(expected, RequestId.Without(message));
}
