using TcbPowerShell.Client.Rate;
using Xunit;
using Xunit.Abstractions;

namespace TcbPowerShell.Tests.Client.Rate.Simulation;

/// <summary>
/// Rule 7 (docs/design.md), in virtual time: a run is nearly as fast as one that knows the limit, is seldom turned away, and loses nothing.
/// </summary>
[Trait("rule", "7")]
public sealed class SendingSimulationTests(ITestOutputHelper log)
{
    /// <summary>Set to the number of seeds, it runs the whole grid and prints a table: minutes rather than seconds.</summary>
    private const string GridVariable = "TCB_SIMULATION_SEEDS";

    private const double MostTurnedAway = 0.15;

    // Some are lost even without the run, because they come at random.
    private const double MostLostByOthers = 0.17;

    // The grid has cases in which a goal is missed (docs/design.md says why). These must not get worse.
    [Theory]
    [InlineData("Bucket", 0.5, 20)]
    [InlineData("Bucket", 5, 20)]
    [InlineData("Bucket", 20, 20)]
    [InlineData("AtOnce", 1, 5)]
    [InlineData("AtOnce", 5, 5)]
    public void Run_WithinTheGoals(string kind, double rate, double largest)
    {
        SimulatedResult[] results =
        [
            .. SimulatedGrid.Cases([0.005, 0.02, 0.1], [5, 16])
                .Where(one => one.Kind.ToString() == kind && one.Rate == rate && one.Size <= largest && one.RetryAfter is null)
                // Below 20 ms, so few requests at once are a matter of the network and not of the service.
                .Where(one => one.Kind != LimitKind.AtOnce || one.Latency >= 0.02)
                .SelectMany(one => new[] { one.Run(1), one.Run(2) }),
        ];

        Assert.NotEmpty(results);
        AssertGoals(results);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(5)]
    public void Run_RetryAfter_WithinTheGoals(double burst) => AssertGoals(
        [.. SimulatedGrid.Cases([0.02, 0.1], [5]).Where(one => one.RetryAfter == 1 && one.Size == burst && one.Rate <= 20).Select(one => one.Run(1))]);

    // A new process opens connections and compiles code while its first requests are on their way; timers are late.
    [Theory]
    [InlineData("Bucket", 20, 1, null, 0.68)]
    [InlineData("Bucket", 20, 2, null, 0.85)]
    [InlineData("Bucket", 20, 1, 1.0, 0.5)]
    [InlineData("AtOnce", 2, 1, null, 0.7)]
    public void Run_ColdStartAndLateTimers_FindsTheLimitSoon(string kind, double rate, double burst, double? retryAfter, double goal)
    {
        var one = new SimulatedCase(Enum.Parse<LimitKind>(kind), rate, burst, kind == "AtOnce" ? 0.05 : 0.02, ThrottleLimit: 5, retryAfter);
        double[] shares =
        [
            .. from machine in (SimulatedMachine[])[new(0.05, 0.003), new(0.3, 0), new(0.3, 0.003), new(0.3, 0.015), new(1, 0.003)]
               from seed in Enumerable.Range(1, 6)
               // The same service, met by a machine that is warm and punctual.
               let ideal = (one with { Count = 400 }).Ideal
               select ideal / (one with { Count = 400, Machine = machine }).Run(seed).Time,
        ];

        log.WriteLine($"{one.Name}: {string.Join(' ', shares.Order().Select(share => $"{share:0.00}"))}");
        Assert.All(shares, share => Assert.True(share >= goal, $"{share:0.00}"));
    }

    // To cut the rate at each of these would bring the run to a halt: it is not the cause.
    [Theory]
    [InlineData(0.02, 5)]
    [InlineData(0.07, 5)]
    [InlineData(0.02, 16)]
    [InlineData(0.07, 16)]
    public void Run_TurnedAwayAtRandom_DoesNotComeToAHalt(double chance, int throttleLimit)
    {
        SimulatedResult[] results =
        [
            .. SimulatedGrid.Cases([0.005, 0.02, 0.1], [throttleLimit])
                .Where(one => one.Kind == LimitKind.None && one.Chance == chance)
                .SelectMany(one => Enumerable.Range(1, 4).Select(one.Run)),
        ];

        log.WriteLine(string.Join(' ', results.Select(result => $"{result.Share:0.00}")));
        Assert.NotEmpty(results);
        AssertGoals(results);
    }

    [Fact]
    public void Grid_NothingIsLost()
    {
        bool isWhole = int.TryParse(Environment.GetEnvironmentVariable(GridVariable), out int seeds);
        SimulatedCase[] cases = [.. isWhole ? SimulatedGrid.Cases([0.005, 0.02, 0.1, 0.5], [5, 16, 64]) : SimulatedGrid.Cases([0.1, 0.5], [5])];
        SimulatedResult[] results = [.. cases.AsParallel().AsOrdered().SelectMany(one => Enumerable.Range(1, isWhole ? seeds : 1).Select(one.Run))];

        Assert.All(results, result => Assert.Equal(0, result.Lost));
        log.WriteLine("| limit | latency | runs | share of the oracle: worst, median, best | turned away: median, most | below the goal | over 15 % turned away |");
        log.WriteLine("|---|---:|---:|---|---|---:|---:|");
        foreach (IGrouping<(string, double), SimulatedResult> group in results.GroupBy(result => (result.Case.Name, result.Case.Latency)))
            log.WriteLine(Row(group.Key.Item1, group.Key.Item2, [.. group]));
    }

    [Fact]
    public void TwoRuns_OneLimit_ShareIt()
    {
        // The second one starts when the first has the limit for itself.
        foreach ((double later, int seed) in from later in (double[])[0, 10] from seed in Enumerable.Range(1, 4) select (later, seed))
        {
            var simulation = new SendingSimulation(new SimulatedLimit.Bucket(20, 5), 0.05, 0.2, rejectsAtOnce: false, seed);
            SimulatedRun[] runs = new SimulatedRun[2];
            for (int i = 0; i < 2; i++)
            {
                int run = i;
                simulation.At(run * later, () => runs[run] = simulation.Start(new ControlledSender(new SendingRate(5)), 4000, 5));
            }
            simulation.Run();

            double[] times = [.. runs.SelectMany(run => run.Accepted.Where(time => time >= later)).Order().Skip(200).Take(2000)];
            double share = runs[0].Accepted.Count(time => time >= times[0] && time <= times[^1]) / (double)times.Length;
            log.WriteLine($"second run {later} s later: the first has {share:P0}");
            Assert.InRange(share, 1 / 3.0, 2 / 3.0);
        }
    }

    [Fact]
    public void LimitDropsAndRises_TheRateFollows()
    {
        var bucket = new SimulatedLimit.Bucket(50, 5);
        var simulation = new SendingSimulation(bucket, 0.05, 0.2, rejectsAtOnce: false, seed: 1);
        simulation.At(30, () => bucket.Rate = 5);
        simulation.At(60, () => bucket.Rate = 50);
        SimulatedRun run = simulation.Start(new ControlledSender(new SendingRate(5)), 5000, 5);
        simulation.Run();

        int Accepted(double from, double to) => run.Accepted.Count(time => time >= from && time < to);
        log.WriteLine(string.Join(' ', Enumerable.Range(0, 24).Select(i => $"{i * 5}s:{Accepted(i * 5, (i + 1) * 5) / 5.0:0.0}")));
        Assert.InRange(Accepted(10, 30) / 20.0, 0.85 * 50, 50.5);
        Assert.InRange(Accepted(40, 60) / 20.0, 0.7 * 5, 5.5);
        Assert.InRange(Accepted(95, 105) / 10.0, 0.85 * 50, 50.5);
        Assert.InRange(run.TurnedAwayShare, 0, MostTurnedAway);
    }

    // Whether the run has seen the higher limit before, or sees it for the first time.
    [Theory]
    [InlineData(true, 5, 0.02)]
    [InlineData(true, 5, 0.1)]
    [InlineData(false, 5, 0.02)]
    [InlineData(true, 20, 0.02)]
    [InlineData(false, 20, 0.02)]
    public void LimitRisesTenfold_TheRateFollowsWithinTwelveSeconds(bool isKnown, double low, double latency)
    {
        double[] times =
        [
            .. Enumerable.Range(1, 7).Select(seed =>
            {
                var bucket = new SimulatedLimit.Bucket(isKnown ? 10 * low : low, 5);
                var simulation = new SendingSimulation(bucket, latency, 0.2, rejectsAtOnce: false, seed);
                simulation.At(30, () => bucket.Rate = low);
                simulation.At(60, () => bucket.Rate = 10 * low);
                SimulatedRun run = simulation.Start(new ControlledSender(new SendingRate(16)), (int)(10 * low * 80), 16);
                simulation.Run();
                return Enumerable.Range(0, 100).Select(i => i / 2.0)
                    .First(later => run.Accepted.Count(time => time >= 60 + later && time < 63 + later) / 3.0 >= 0.85 * 10 * low);
            }),
        ];

        log.WriteLine(string.Join(' ', times));
        Assert.InRange(times.Order().ElementAt(times.Length / 2), 0, 12);
    }

    // If others use most of a limit, rejections look like chance. A run that takes them for chance sends more, and others lose more.
    [Theory]
    [InlineData(20, 5)]
    [InlineData(50, 5)]
    [InlineData(20, 20)]
    [InlineData(100, 10)]
    public void OthersUseFourFifthsOfTheLimit_TheyLoseLittle(double rate, int burst)
    {
        const double seconds = 120;
        const double measuredFrom = 20;
        int sent = 0;
        int lost = 0;
        double accepted = 0;
        foreach (int seed in Enumerable.Range(1, 12))
        {
            var bucket = new SimulatedLimit.Bucket(rate, burst);
            var simulation = new SendingSimulation(bucket, 0.05, 0.2, rejectsAtOnce: false, seed);
            var random = new Random(seed);
            simulation.At(0, SendOther);
            SimulatedRun run = simulation.Start(new ControlledSender(new SendingRate(5)), (int)(rate * seconds), 5);
            simulation.Run();
            accepted += run.Accepted.Count(time => time is >= measuredFrom and < seconds);

            void SendOther()
            {
                if (simulation.Now > seconds) return;
                bool isAccepted = bucket.Enter(simulation.Now);
                if (simulation.Now > measuredFrom)
                {
                    sent++;
                    if (!isAccepted) lost++;
                }
                simulation.At(simulation.Now - (Math.Log(1 - random.NextDouble()) / (0.8 * rate)), SendOther);
            }
        }

        log.WriteLine($"others lose {(double)lost / sent:P1}, the run has {accepted / 12 / (seconds - measuredFrom) / rate:P0} of the limit");
        Assert.InRange((double)lost / sent, 0, MostLostByOthers);
        Assert.InRange(accepted / 12 / (seconds - measuredFrom) / rate, 0.15, 0.4);
    }

    [Theory]
    [InlineData(0.05, 0.7)]
    [InlineData(0.1, 0.6)]
    [InlineData(0.2, 0.1)]
    public void TurnedAwayAtRandom_CostsLittle(double chance, double share)
    {
        var one = new SimulatedCase(LimitKind.None, 5, 1, 0.1, ThrottleLimit: 5) { Chance = chance, Count = 4000 };

        double[] shares = [.. Enumerable.Range(1, 9).Select(seed => one.Run(seed).Share).Order()];

        log.WriteLine(string.Join(' ', shares.Select(one => $"{one:0.00}")));
        Assert.InRange(shares[shares.Length / 2], share, 1);
    }

    [Theory]
    [InlineData(5, 0)]
    [InlineData(16, 4)]
    [InlineData(64, 8)]
    public void NoLimit_CostsTheFirstFlightsOnly(int throttleLimit, int roundTrips)
    {
        const double latency = 0.1;
        int requests = throttleLimit * 200;
        var simulation = new SendingSimulation(new SimulatedLimit.AtOnce(int.MaxValue), latency, jitter: 0, rejectsAtOnce: false, seed: 1);
        SimulatedRun run = simulation.Start(new ControlledSender(new SendingRate(throttleLimit)), requests, throttleLimit);
        simulation.Run();

        Assert.InRange(run.Time, 200 * latency, (200 + roundTrips + 0.001) * latency);
    }

    private static void AssertGoals(IReadOnlyCollection<SimulatedResult> results) => Assert.All(results, result => Assert.True(
        result.Lost == 0 && result.Share >= result.Case.Goal && result.TurnedAway <= MostTurnedAway, $"{result}"));

    private static string Row(string name, double latency, SimulatedResult[] results)
    {
        double[] shares = [.. results.Select(result => result.Share).Order()];
        double[] turnedAway = [.. results.Select(result => result.TurnedAway).Order()];
        int below = results.Count(result => result.Share < result.Case.Goal);
        return FormattableString.Invariant(
            $"| {name} | {latency * 1000:0} ms | {results.Length} | {shares[0]:0.00}, {shares[shares.Length / 2]:0.00}, {shares[^1]:0.00} | {turnedAway[turnedAway.Length / 2] * 100:0} %, {turnedAway[^1] * 100:0} % | {below} | {turnedAway.Count(share => share > MostTurnedAway)} |");
    }
}
