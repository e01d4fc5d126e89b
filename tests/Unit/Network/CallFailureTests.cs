using TcbPowerShell.Client.Journal;
using TcbPowerShell.Tests.Client.Journal;
using TcbPowerShell.Tests.Client.Runs;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace TcbPowerShell.Tests.Network;

/// <summary>The module's belief about a failed call agrees with what really happened.</summary>
[Trait("rule", "8")]
public sealed class CallFailureTests(ITestOutputHelper log)
{
    public static TheoryData<string> Names => [.. CallFailures.All.Keys];

    [Fact]
    public void Table_FilesAreDeleted_TheClientIsInDoubt() =>
        Assert.All(CallFailures.All.Values, failure => Assert.True(failure.Doubt || failure.Truth != Truth.Deleted, failure.Name));

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Delete_CallFails_TheDoubtIsRight(string name)
    {
        CallFailure failure = CallFailures.All[name];
        await using var trial = new CallTrial(failure);

        TcbException e = await Assert.ThrowsAsync<TcbException>(trial.CallAsync);

        log.WriteLine($"{e.Category}, {(e.OutcomeUnknown ? "in doubt" : "not in doubt")}, really: {trial.Truth}. {e.Message}");
        Assert.Equal(failure.Truth, trial.Truth);
        Assert.Equal((failure.Category, failure.Doubt), (e.Category.ToString(), e.OutcomeUnknown));
        Assert.Equal((failure.Status, failure.RetryAfter), ((int?)e.HttpStatus, (int?)e.RetryAfter?.TotalSeconds));
        Assert.Equal(failure.LogIns, trial.LogIns);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task LaterRun_FileIsMissing_IsAlreadyGoneOnlyAfterADoubt(string name)
    {
        CallFailure failure = CallFailures.All[name];
        using var lines = new MemoryStream();
        await using (var trial = new CallTrial(failure, isRun: true))
        {
            using RemovalJournal journal = Open(lines);
            EngineResult first = await trial.RunAsync(journal);
            first.AssertOneOutcomeFor([FileIds.Of(1)]);
            Assert.Empty(first.Removed);
        }

        await using var later = new CallTrial(CallFailures.FileIsMissing);
        using var readAgain = new MemoryStream();
        readAgain.Write(lines.ToArray());
        readAgain.Position = 0;
        using RemovalJournal laterJournal = Open(readAgain);
        EngineResult result = await later.RunAsync(laterJournal);

        string said = result.AlreadyGone.Any() ? "AlreadyGone" : result.Outcomes[0].Failure!.ErrorId.ToString();
        log.WriteLine($"| {name} | {failure.Category} | {(failure.Doubt ? "yes" : "no")} | {failure.Truth} | {said} |");
        Assert.Equal(failure.Doubt ? [FileIds.Of(1)] : [], result.AlreadyGone);
        Assert.Equal(failure.Doubt ? [] : [FileIds.Of(1)], result.Failed("CloudFileNotFound"));
    }

    private static RemovalJournal Open(MemoryStream lines) => JournalShortcuts.Open(lines);
}
