using TcbPowerShell.Emulation;
using Xunit;

namespace TcbPowerShell.Tests.Emulator;

public sealed class RequestLogTests
{
    [Fact]
    public async Task Snapshot_ARequest_IsDescribedInFull()
    {
        using var emulator = TcbEmulator.Start(new EmulatorOptions { FileIds = Caller.FileIds(2) });
        using var caller = new Caller(emulator);
        string body = Caller.Body(Caller.FileIds(3));

        await caller.AskAsync(body);

        EmulatorRequest request = Assert.Single(emulator.Requests.Snapshot());
        Assert.Equal((1, RequestKind.Delete, "POST", Caller.DeletePath), (request.Ordinal, request.Kind, request.Method, request.Path));
        Assert.Equal(("test-env", 3, "emulator-access-token"), (request.Environment, request.FileCount, request.Token));
        Assert.Equal(Caller.FileIds(3), request.FileIds);
        Assert.Equal((false, body.Length), (request.IsChunked, request.ContentLength));
        Assert.NotEqual(0, request.RemotePort);
        RequestOutcome outcome = request.Outcome!;
        Assert.Equal((200, 0, null, 2, false), (outcome.HttpStatus, outcome.ErrorCode, outcome.Fault, outcome.Deleted, outcome.ClientLeft));
        Assert.True(outcome.EndTimestamp >= request.StartTimestamp);
    }

    [Fact]
    public async Task Aggregates_OverlappingRequests_AreCounted()
    {
        var gate = new Gate();
        using var emulator = TcbEmulator.Start(new EmulatorOptions { Fault = request => request.Ordinal <= 3 ? Fault.Hold(gate) : null });
        using var caller = new Caller(emulator);

        Task held = Task.WhenAll(Enumerable.Range(1, 3).Select(_ => caller.DeleteAsync(Caller.FileIds(2))));
        await gate.WhenArrivedAsync(3);
        Assert.Equal(3, emulator.Requests.InFlight);
        gate.Open();
        await held;
        await caller.DeleteAsync(Caller.FileIds(7));

        Assert.Equal(4, emulator.Requests.Count);
        Assert.Equal(0, emulator.Requests.InFlight);
        Assert.Equal(3, emulator.Requests.PeakInFlight);
        Assert.Equal(3, emulator.Requests.ConnectionCount);
        Assert.Equal(new Dictionary<int, int> { [2] = 3, [7] = 1 }, emulator.Requests.BatchSizes);
        Assert.Equal(4, emulator.Requests.TimesSent(Caller.FileId(1)));
        Assert.Equal(1, emulator.Requests.TimesSent(Caller.FileId(7)));
    }

    [Theory]
    [InlineData(LogDetail.FileIds, 1, 3, 3)]
    [InlineData(LogDetail.Requests, 1, 0, 0)]
    [InlineData(LogDetail.Counts, 0, 0, 0)]
    public async Task Detail_DecidesWhatIsKept(LogDetail detail, int requests, int fileIds, int deleted)
    {
        int seenByFault = 0;
        using var emulator = TcbEmulator.Start(new EmulatorOptions
        {
            Detail = detail,
            FileIds = Caller.FileIds(3),
            Fault = request =>
            {
                seenByFault = request.FileIds.Count;
                return null;
            },
        });
        using var caller = new Caller(emulator);

        await caller.DeleteAsync(Caller.FileIds(3));

        Assert.Equal(3, seenByFault);
        Assert.Equal(requests, emulator.Requests.Snapshot().Count);
        Assert.Equal(fileIds, emulator.Requests.Snapshot().Sum(request => request.FileIds.Count));
        Assert.Equal(deleted, emulator.Files.Deleted.Count);
        Assert.Equal((1, 3), (emulator.Requests.Count, emulator.Files.DeletedCount));
        Assert.Equal(new Dictionary<int, int> { [3] = 1 }, emulator.Requests.BatchSizes);
    }

    [Fact]
    public async Task RequestCompleted_SeesEachRequestWithItsOutcome()
    {
        List<string> seen = [];
        using var emulator = TcbEmulator.Start(new EmulatorOptions
        {
            FileIds = Caller.FileIds(1),
            Detail = LogDetail.Counts,
            RequestCompleted = request => seen.Add($"{request.FileIds.Count} {request.Outcome!.Deleted}"),
        });
        using var caller = new Caller(emulator);

        await caller.DeleteAsync(Caller.FileIds(2));

        Assert.Equal(["2 1"], seen);
    }

    [Fact]
    public async Task WhenAsync_Cancelled_Ends()
    {
        using var emulator = TcbEmulator.Start();
        using var cancellation = new CancellationTokenSource();

        Task waiting = emulator.Requests.WhenAsync(log => log.Count == 1, cancellation.Token);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Caller.Patience));
    }
}
