using TcbPowerShell.Client.Http;
using TcbPowerShell.Protocol;
using TcbPowerShell.Tests.Client.Http;
using TcbPowerShell.Tests.Client.Runs;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Network;

/// <summary>Replies that a gateway has compressed (HttpClient expands them), with real bytes.</summary>
public sealed class CompressedReplyTests
{
    private static readonly WireReply Good = WireReply.Deleted([FileIds.Of(1)]);

    // .NET Framework knows the first two.
    public static TheoryData<string> Readable => StagedModule.Framework == "net8.0" ? ["gzip", "deflate", "br"] : ["gzip", "deflate"];

    [Theory]
    [MemberData(nameof(Readable))]
    public async Task Delete_CompressedReply_IsRead(string compression)
    {
        foreach (bool hasLength in new[] { true, false })
            Assert.Null(await DeleteAsync(Good with { Compression = compression, HasLength = hasLength }));
    }

    [Theory]
    [InlineData("zip-of-tomorrow")]
#if DESKTOP
    [InlineData("br")]
#endif
    public async Task Delete_CompressionThatTheEditionCannotRead_IsNamed(string compression)
    {
        // Compressed bytes, whatever they are.
        WireReply reply = compression == "br" ? Good with { Compression = compression } : new WireReply(200, "\u0001\u0002\u0003", $"Content-Encoding: {compression}");

        TcbException? e = await DeleteAsync(reply);

        Assert.Equal((FailureCategory.Unreadable, true), (e!.Category, e.OutcomeUnknown));
        Assert.Contains($"(Content-Encoding: {compression})", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("utf-8")]
    [InlineData("identity")]
    public async Task Delete_EncodingThatIsNoCompression_IsIgnored(string encoding) =>
        Assert.Null(await DeleteAsync(Good with { Headers = [$"Content-Encoding: {encoding}"] }));

    [Theory]
    [MemberData(nameof(Readable))]
    public async Task Delete_DamagedCompression_IsUnreadable(string compression)
    {
        TcbException? e = await DeleteAsync(new WireReply(200, new string('\u0007', 100), $"Content-Encoding: {compression}"));

        Assert.Equal((FailureCategory.Unreadable, true), (e!.Category, e.OutcomeUnknown));
        Assert.EndsWith("its compressed data is damaged", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Readable))]
    public async Task Delete_ReplyThatExpandsBeyondTheLimit_IsCutOffThere(string compression)
    {
        // 64 MiB from a few KB.
        var reply = new WireReply(200, new string(' ', 64 * 1024 * 1024)) { Compression = compression };

        TcbException? e = await DeleteAsync(reply);

        Assert.Equal((FailureCategory.Unreadable, true), (e!.Category, e.OutcomeUnknown));
        Assert.EndsWith("it is longer than 2 MB", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TcbClient.MaxReplyBytes, true)]
    [InlineData(TcbClient.MaxReplyBytes + 1, false)]
    public async Task Post_CompressedReply_IsReadUpToTheSameSize(int length, bool isRead)
    {
        await using var server = new TlsServer(null, _ => WireFault.Answer(new WireReply(200, new string('{', length)) { Compression = "gzip" }));
        using HttpClient http = HttpClientFactory.Create(null);
        Task<byte[]> call = new TcbClient(http, server.Endpoint, TimeSpan.FromMinutes(1), new ManualClock())
            .PostAsync("/tcb/batchdeletefile", new CallCredential("access_token", null), BatchRequest.ForDelete(FileIds.Environment, [FileIds.Of(1)]), new TestContext());

        if (isRead) Assert.Equal(length, (await call).Length);
        else await Assert.ThrowsAsync<TcbException>(() => call);
    }

    private static async Task<TcbException?> DeleteAsync(WireReply reply)
    {
        await using var server = new TlsServer(null, record => record.OnConnection == 0 ? null : WireFault.Answer(reply));
        using var client = new EngineHarness(HttpClientFactory.Create(null), server.Endpoint, new ManualClock());
        return await Record.ExceptionAsync(() => client.DeleteAsync(FileIds.Of(1))) switch
        {
            null => null,
            TcbException e => e,
            Exception other => throw other,
        };
    }
}
