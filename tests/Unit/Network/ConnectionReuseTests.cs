using TcbPowerShell.Protocol;
using TcbPowerShell.Tests.Client.Http;
using TcbPowerShell.Tests.Client.Runs;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Network;

/// <summary>Connections that are used more than once, and servers that end them.</summary>
[Trait("rule", "8")]
public sealed class ConnectionReuseTests
{
    [Fact]
    public async Task Delete_ManyCalls_ShareOneTlsConnection()
    {
        await using var server = new TlsServer(TestCertificates.Good);
        using EngineHarness client = Connect(server);

        for (int i = 1; i <= 10; i++) Assert.Null(await FailureOfAsync(client, i));

        Assert.Equal((1, 1, 10), (server.Connections, server.Handshakes, server.Calls.Count(call => call.Deleted)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Delete_ServerAnnouncesTheEndOfAConnection_EachCallSucceeds(int limit)
    {
        await using var server = new TlsServer(TestCertificates.Good) { RequestsPerConnection = limit };
        using EngineHarness client = Connect(server);

        for (int i = 1; i <= 9; i++) Assert.Null(await FailureOfAsync(client, i));

        Assert.Equal((9 / limit, 9), (server.Connections, server.Calls.Count));
    }

    [Fact]
    public async Task Delete_ConnectionEndsUnannounced_NoBeliefContradictsTheTruth()
    {
        await using var server = new TlsServer(TestCertificates.Good) { RequestsPerConnection = 3, AnnouncesClose = false };
        using EngineHarness client = Connect(server);

        // Whether a call meets a connection that is just ending is chance; what it may believe then is not.
        (int Number, TcbException? Failure)[] calls = [.. (await Task.WhenAll(Enumerable.Range(1, 4).Select(worker => WorkAsync(worker * 100)))).SelectMany(some => some)];

        string[] deleted = [.. server.Calls.Where(call => call.Deleted).SelectMany(call => call.FileIds)];
        Assert.Equal(deleted.Distinct(), deleted);
        Assert.Equal(120, calls.Length);
        Assert.All(calls, call => Assert.True(
            call.Failure is { OutcomeUnknown: true } || deleted.Contains(FileIds.Of(call.Number)) == call.Failure is null, $"{call.Number}: {call.Failure?.Message}"));

        async Task<List<(int, TcbException?)>> WorkAsync(int from)
        {
            var results = new List<(int, TcbException?)>();
            for (int i = from; i < from + 30; i++) results.Add((i, await FailureOfAsync(client, i)));
            return results;
        }
    }

    [Theory]
    [InlineData("Close")]
    [InlineData("Reset")]
    public async Task Delete_ConnectionEndsAtTheMomentOfReuse_IsInDoubt_AndSentOnce(string how)
    {
        await using var server = new TlsServer(
            TestCertificates.Good,
            call => call is { Connection: 1, OnConnection: 2 } ? WireFault.At(CallPhase.HeadRead, Enum.Parse<BreakOff>(how)) : null);
        using EngineHarness client = Connect(server);

        Assert.Null(await FailureOfAsync(client, 1));
        TcbException? e = await FailureOfAsync(client, 2);
        Assert.Null(await FailureOfAsync(client, 3));

        Assert.Equal((FailureCategory.ConnectionFailed, true), (e!.Category, e.OutcomeUnknown));
        Assert.Equal([(1, 1), (1, 2), (2, 1)], server.Calls.Select(call => (call.Connection, call.OnConnection)));
    }

    private static EngineHarness Connect(TlsServer server) => new(TrustingClient.Create(null, null), server.Endpoint, new ManualClock());

    private static async Task<TcbException?> FailureOfAsync(EngineHarness client, int number)
    {
        try
        {
            await client.DeleteAsync(FileIds.Of(number));
            return null;
        }
        catch (TcbException e)
        {
            return e;
        }
    }
}
