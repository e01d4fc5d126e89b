using TcbPowerShell.Client.Batches;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;
using Xunit;

namespace TcbPowerShell.Tests.Client.Batches;

/// <summary>Rule 10 for refusals: a few bad IDs cost only themselves; a service that refuses everything ends the run.</summary>
public sealed class RefusalWatchTests
{
    private readonly RefusalWatch _watch = new();

    [Fact]
    public void Refused_FirstThreeBatches_GoOnAtOnce()
    {
        Start(4);

        Assert.All(Refuse(3), refused => Assert.True(GoesOn(refused)));
        Assert.False(Refused().IsCompleted);
    }

    [Fact]
    public async Task Refused_FourthBatch_WaitsUntilARequestIsAccepted()
    {
        Start(5);
        Refuse(3);
        Task<TcbException?> fourth = Refused();
        Task<TcbException?> fifth = Refused();

        _watch.Accepted();

        Assert.Null(await fourth);
        Assert.Null(await fifth);
    }

    [Fact]
    public void Refused_AfterOneWasAccepted_GoesOnAtOnce_HoweverMany()
    {
        Start(10);
        _watch.Accepted();

        Assert.All(Refuse(10), refused => Assert.True(GoesOn(refused)));
    }

    [Fact]
    public async Task Left_ThreeRefusedAndNothingElseInFlight_IsTheEnd()
    {
        Start(4);
        Refuse(3);
        Task<TcbException?> fourth = Refused("the last one");
        Task<TcbException?>[] left = [Left(), Left()];
        Assert.All(left, task => Assert.False(task.IsCompleted));

        // Nobody waits for those that were never sent a second time: they are what the run leaves open.
        Assert.Equal("the last one", (await Left())?.ServiceMessage);
        Assert.False(fourth.IsCompleted);
    }

    [Fact]
    public async Task Left_ThreeRefused_WaitsForABatchWithoutAVerdict()
    {
        Start(4);
        Refuse(3);

        Task<TcbException?>[] left = [Left(), Left(), Left()];

        Assert.All(left, task => Assert.False(task.IsCompleted));
        // The fourth fails for another reason: nothing is left that could be accepted.
        Assert.NotNull(await Left(wasRefused: false));
    }

    [Fact]
    public async Task Left_ThreeRefused_TheBatchWithoutAVerdictIsAccepted_AllGoOn()
    {
        Start(4);
        Refuse(3);
        Task<TcbException?>[] left = [Left(), Left(), Left()];

        _watch.Accepted();

        Assert.Equal([null, null, null], await Task.WhenAll(left));
        Assert.True(GoesOn(Left(wasRefused: false)));
    }

    [Fact]
    public async Task Refused_AsTheLastBatchWithoutAVerdict_IsTheEnd()
    {
        Start(4);
        Refuse(3);
        Task[] left = [Left(), Left(), Left()];

        TcbException? reason = await Refused("the last one");

        Assert.Equal("the last one", reason?.ServiceMessage);
        Assert.All(left, task => Assert.False(task.IsCompleted));
    }

    [Fact]
    public async Task Left_FewerThanThreeRefused_WaitForEachOther_AndGoOnTogether()
    {
        Start(2);
        Refuse(2);
        Task<TcbException?> first = Left();
        Assert.False(first.IsCompleted);

        Assert.Null(await Left());
        Assert.Null(await first);
    }

    [Fact]
    public async Task Left_OneAfterTheOther_EndsWithTheThird()
    {
        // As with -ThrottleLimit 1.
        var reasons = new List<TcbException?>();
        for (int batch = 0; batch < 3; batch++)
        {
            Start(1);
            Refuse(1);
            reasons.Add(await Left());
        }

        Assert.Equal([null, null], reasons[..2]);
        Assert.NotNull(reasons[2]);
    }

    [Fact]
    public async Task Left_BatchThatWasNotRefused_NeitherWaitsNorEndsTheRun()
    {
        Start(5);

        for (int batch = 0; batch < 5; batch++) Assert.Null(await Left(wasRefused: false));
    }

    [Fact]
    public async Task Cancelled_EndsBothWaits()
    {
        using var cancellation = new CancellationTokenSource();
        Start(5);
        Refuse(3);
        Task refused = _watch.RefusedAsync(Reason("no"), cancellation.Token);
        Task left = _watch.LeftAsync(wasRefused: true, cancellation.Token);

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => refused);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
    }

    private static bool GoesOn(Task<TcbException?> task) => task is { IsCompletedSuccessfully: true, Result: null };

    private static TcbException Reason(string message) => new(new UserText(nameof(Messages.NoText)), FailureCategory.RequestInvalid) { ServiceMessage = message };

    private void Start(int batches)
    {
        for (int batch = 0; batch < batches; batch++) _watch.Started();
    }

    private Task<TcbException?>[] Refuse(int batches) => [.. Enumerable.Range(0, batches).Select(_ => Refused())];

    private Task<TcbException?> Refused(string message = "no") => _watch.RefusedAsync(Reason(message), CancellationToken.None).WaitAsync(EngineHarness.Guard);

    private Task<TcbException?> Left(bool wasRefused = true) => _watch.LeftAsync(wasRefused, CancellationToken.None).WaitAsync(EngineHarness.Guard);
}
