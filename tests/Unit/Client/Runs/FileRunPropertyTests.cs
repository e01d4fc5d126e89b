using System.Globalization;
using CsCheck;
using TcbPowerShell.Client.Runs;
using TcbPowerShell.Emulation;
using TcbPowerShell.Model;
using TcbPowerShell.Tests.Client.Http;
using TcbPowerShell.Tests.Model;
using Xunit;

namespace TcbPowerShell.Tests.Client.Runs;

/// <summary>A run under everything at once. TCB_PROPERTY_RUNS sets the number of runs.</summary>
[Trait("rule", "1")]
public sealed class FileRunPropertyTests
{
    private static readonly int Runs =
        int.TryParse(Environment.GetEnvironmentVariable("TCB_PROPERTY_RUNS"), NumberStyles.Integer, CultureInfo.InvariantCulture, out int runs) ? runs : 250;

    [Fact]
    public void Run_AnyTrouble_OneOutcomeForEachId_AndTheServiceAgrees() => EngineScript.Any.Sample(Check, iter: Runs, threads: 2);

    private static void Check(EngineScript script)
    {
        var random = new Random(script.Seed);
        string[] ids = MakeIds(script.Files, random);
        string[] existing = [.. ids.Where(_ => random.Next(5) != 0)];
        string[] denied = [.. ids.Where(_ => random.Next(12) == 0)];
        string[] input = [.. ids, .. ids.Where(_ => random.Next(8) == 0)];
        random.Shuffle(input);
        var clock = new ManualClock();
        using var harness = new EngineHarness(
            request => script.FaultOf(request, clock), new EmulatorOptions { FileIds = existing, MissingFile = script.Missing }, clock);
        harness.Emulator.Files.Deny(denied);
        // Now and then a connection that was cut off swallows the next request. If calls time out, that one does, too.
        using var timer = new Timer(_ => clock.TimeOut(), null, script.TimesOut ? 2000 : Timeout.Infinite, 2000);

        EngineResult result = harness.RunAsync(
            EngineHarness.Options(script.BatchSize, script.ThrottleLimit, script.Retries), input, script.IgnoreMissing).GetAwaiter().GetResult();

        CheckCounts(script, input, result);
        foreach (PendingFile outcome in result.Outcomes) CheckOutcome(outcome, script, input, result, harness.Emulator);
        CheckTraffic(script, result, harness.Emulator);
        if (script.Trouble == 0 && !script.Ends)
            Assert.Equal(existing.Except(denied).Order(StringComparer.Ordinal), result.Removed.Distinct().Order(StringComparer.Ordinal));
    }

    private static void CheckCounts(EngineScript script, string[] input, EngineResult result)
    {
        if (result.End is null)
        {
            result.AssertOneOutcomeFor(input);
            return;
        }
        // A run that ended has not read its input to the end: what it has read is the beginning of it.
        result.AssertOneOutcomeFor(input.Take(result.Outcomes.Count + result.Open.Count));
        Assert.IsType<RunEvent.RunEnded>(result.Events[^1]);
        Assert.InRange(result.Open.Distinct().Count(), 0, (script.ThrottleLimit + 1) * script.BatchSize);
    }

    private static void CheckOutcome(PendingFile outcome, EngineScript script, string[] input, EngineResult result, TcbEmulator emulator)
    {
        string id = outcome.FileId;
        int deleted = emulator.Files.TimesDeleted(id);
        bool once = input.Count(other => other == id) == 1;
        Assert.True(outcome.Removal is null != outcome.Failure is null);
        if (outcome.Removal is { } removal)
        {
            Assert.Equal((id, FileIdGen.EnvironmentId), (removal.FileId, removal.EnvironmentId));
            if (removal.Outcome == CloudFileRemovalOutcome.Removed) Assert.True(deleted == 1, "called removed, but it was not deleted");
            else Assert.True(script.IgnoreMissing || removal.Attempts > 1, "called already gone without a lost reply");
            if (once) CheckAttempts(removal.Attempts);
            return;
        }
        FileFailure failure = outcome.Failure!;
        // An ID that came again after its outcome may find its file missing: the first occurrence has said, or doubted, that it is gone.
        if (failure.ErrorId == ErrorId.CloudFileNotFound && outcome.Id.FindDamage() is null)
        {
            Assert.False(failure.OutcomeUnknown, "called missing in spite of a doubt");
            Assert.True(deleted == 0 || (!once && result.Outcomes.Any(other => other.FileId == id && other.Failure is null or { OutcomeUnknown: true })),
                "called missing, but it was deleted");
        }
        if (once && !failure.OutcomeUnknown) Assert.True(deleted == 0, $"called {failure.ErrorId} without a doubt, but it was deleted");
        if (once) CheckAttempts(outcome.Attempts);
        if (failure.ErrorId == ErrorId.CloudFileNoAnswer) Assert.True(outcome.Attempts > script.Retries, "given up too early");

        // A call whose time runs out early may not come to the service at all.
        void CheckAttempts(int attempts) => Assert.InRange(emulator.Requests.TimesSent(id), script.TimesOut ? 0 : attempts, attempts);
    }

    private static void CheckTraffic(EngineScript script, EngineResult result, TcbEmulator emulator)
    {
        Assert.All(emulator.Requests.BatchSizes.Keys, size => Assert.InRange(size, 1, script.BatchSize));
        // Requests that the client gave up may still be under way at the service.
        if (!script.TimesOut) Assert.InRange(emulator.Requests.PeakInFlight, 0, script.ThrottleLimit);
        Assert.All(result.Events.OfType<RunEvent.Traffic>(), message => Assert.DoesNotContain(EngineHarness.Token, message.Text, StringComparison.Ordinal));
    }

    private static string[] MakeIds(int count, Random random)
    {
        string[] tails = [".png", " ", "  b", "\"", "\\", "\\u0041", "中文", "😀", "+&'<>", "%41", "#?", "é", "e\u0301", "\u2028"];
        return [.. Enumerable.Range(0, count).Select(number => $"cloud://{FileIdGen.EnvironmentId}.b/{number}{tails[random.Next(tails.Length)]}")];
    }
}
