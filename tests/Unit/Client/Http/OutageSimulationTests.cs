using System.Globalization;
using Xunit;
using Xunit.Abstractions;
using static TcbPowerShell.Tests.Client.Http.OutageSimulation;

namespace TcbPowerShell.Tests.Client.Http;

/// <summary>Rule 10 (docs/design.md): an outage is no failure of files. Whole runs in virtual time.</summary>
[Trait("rule", "10")]
public sealed class OutageSimulationTests(ITestOutputHelper log)
{
    private static readonly TimeSpan Begins = TimeSpan.FromSeconds(2);

    public static TheoryData<string, int, int> Outages
    {
        get
        {
            var all = new TheoryData<string, int, int>();
            foreach (string kind in new[] { "refused", "no name", "hangs", "502", "503", "503 at once", "429 between 502" })
            {
                foreach (int seconds in new[] { 30, 240 })
                {
                    foreach (int throttleLimit in new[] { 1, 5, 64 }) all.Add(kind, seconds, throttleLimit);
                }
            }
            return all;
        }
    }

    [Trait("status", "503")]
    [Theory]
    [MemberData(nameof(Outages))]
    public void Outage_CostsNoFile_AndTheRunGoesOnSoonAfterIt(string kind, int seconds, int throttleLimit)
    {
        TimeSpan back = Begins + TimeSpan.FromSeconds(seconds);
        double slowest = 0;
        int most = 0;
        foreach (int seed in Enumerable.Range(0, 10))
        {
            // At full speed a batch takes a tenth of a second.
            int batches = throttleLimit * 25;
            OutageSimulation run = new OutageSimulation(throttleLimit, batches, retries: 5, new Random(seed), Service).Run();

            Assert.Null(run.EndedOn);
            Assert.Empty(run.GivenUp);
            Assert.Equal(batches, run.Done);
            slowest = Math.Max(slowest, run.FullSpeedAfter(back, throttleLimit)!.Value.TotalSeconds);
            most = Math.Max(most, run.Sent.Count(sent => sent > Begins + TimeSpan.FromSeconds(3) && sent < back));
        }

        log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {kind} | {seconds} | {throttleLimit} | 0 | {slowest:0.0} | {most} |"));
        // A request that hangs, and the longest gap, or what a Retry-After asks for.
        Assert.InRange(slowest, 0, kind == "429 between 502" ? 61 : 31.5);
        // No other request is sent meanwhile. (A 503 after an accepted request is throttling, which this simulation leaves out.)
        if (!kind.StartsWith("503", StringComparison.Ordinal)) Assert.InRange(most, 0, 10 + (seconds / 20));

        Reply Service(int batch, TimeSpan on)
        {
            if (on < Begins || on >= back) return Reply.Accepted;
            if (kind != "429 between 502") return Reply.Of(kind);
            // In the middle a limiter answers in the service's place.
            return Reply.Of(Math.Abs((on - Begins).TotalSeconds - (seconds / 2)) < seconds / 8 ? "429" : "502");
        }
    }

    [Trait("status", "503")]
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(64)]
    public void Outage_OfHours_EndsTheRunAfterFiveMinutes_AndNoFileHasFailed(int throttleLimit)
    {
        foreach (string kind in new[] { "refused", "no name", "502", "503", "503 at once" })
        {
            OutageSimulation run = new OutageSimulation(
                throttleLimit, 10_000, retries: 5, new Random(1), (_, on) => on < Begins ? Reply.Accepted : Reply.Of(kind)).Run();

            Assert.Empty(run.GivenUp);
            // A 503 is taken for throttling while a request was accepted less than a minute ago.
            Assert.InRange((run.EndedOn!.Value - Begins).TotalSeconds, 300, 300.5 + (kind.StartsWith("503", StringComparison.Ordinal) ? 61 : 0));
        }
    }

    [Trait("status", "503")]
    [Theory]
    [InlineData("refused", 30, 30.1)]
    [InlineData("502", 30, 30.3)]
    [InlineData("503", 30, 30.3)]
    [InlineData("503 at once", 30, 30.3)]
    [InlineData("hangs", 60, 61)]
    public void NothingAccepted_EndsWithinAMinute(string kind, double earliest, double latest)
    {
        foreach (int throttleLimit in new[] { 1, 5, 64 })
        {
            OutageSimulation run = new OutageSimulation(throttleLimit, 10_000, retries: 5, new Random(1), (_, _) => Reply.Of(kind)).Run();

            Assert.Empty(run.GivenUp);
            log.WriteLine($"{kind}, {throttleLimit}: {run.EndedOn!.Value.TotalSeconds:0.0} s, {run.Sent.Count} requests");
            Assert.InRange(run.EndedOn.Value.TotalSeconds, earliest, latest);
        }
    }

    [Theory]
    [InlineData("502")]
    [InlineData("refused")]
    [InlineData("hangs")]
    public void OneBatchBringsTheServiceDown_ThatIsGivenUp_AndTheOthersAreDone(string kind)
    {
        foreach (int throttleLimit in new[] { 1, 5, 64 })
        {
            // Enough for others to be answered until then: one that is alone cannot be told from an outage.
            int batches = throttleLimit * (kind == "hangs" ? 2500 : 500);
            OutageSimulation run = new OutageSimulation(
                throttleLimit, batches, retries: 5, new Random(1), (batch, _) => batch == 100 ? Reply.Of(kind) : Reply.Accepted).Run();

            log.WriteLine($"{kind}, {throttleLimit}: {run.Now.TotalSeconds:0.0} s");
            Assert.Null(run.EndedOn);
            Assert.Equal([100], run.GivenUp);
            Assert.Equal(batches - 1, run.Done);
        }
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.10)]
    [InlineData(0.20)]
    public void ScatteredFailures_AreNoOutage(double share)
    {
        foreach (int throttleLimit in new[] { 1, 5, 64 })
        {
            var random = new Random(1);
            var run = new OutageSimulation(
                throttleLimit, 200 * throttleLimit, retries: 5, new Random(2), (_, _) => random.NextDouble() < share ? Reply.Of("502") : Reply.Accepted);
            run.Run();

            // Each failure costs a backoff of its own and no more: half a second for the first, one for the second …
            double healthy = 200 * 0.1;
            double ideal = healthy + (200 * ((share * 0.6) + (share * share * 1.1) + (share * share * share * 2.1)));
            log.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {share:P0} | {throttleLimit} | {run.GivenUp.Count} | {run.Now.TotalSeconds:0.0} | {ideal:0.0} |"));
            Assert.Null(run.EndedOn);
            Assert.InRange(run.GivenUp.Count, 0, 3);
            Assert.InRange(run.Now.TotalSeconds, 0, (ideal * 1.3) + 10);
        }
    }

    [Theory]
    [InlineData("502")]
    [InlineData("refused")]
    public void Outage_NoRetries_CostsOnlyRequestsThatMayHaveBeenCarriedOut(string kind)
    {
        TimeSpan back = Begins + TimeSpan.FromSeconds(30);
        OutageSimulation run = new OutageSimulation(
            5, 300, retries: 0, new Random(1), (_, on) => on < Begins || on >= back ? Reply.Accepted : Reply.Of(kind)).Run();

        Assert.Null(run.EndedOn);
        log.WriteLine($"{kind}: {run.GivenUp.Count}");
        Assert.InRange(run.GivenUp.Count, kind == "refused" ? 0 : 5, kind == "refused" ? 0 : 12);
    }
}
