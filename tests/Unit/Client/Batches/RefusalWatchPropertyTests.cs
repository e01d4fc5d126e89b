using CsCheck;
using TcbPowerShell.Client.Batches;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;
using Xunit;

namespace TcbPowerShell.Tests.Client.Batches;

/// <summary>Batches of every kind in every order: nobody waits without someone who will wake them, and only a run without success ends.</summary>
public sealed class RefusalWatchPropertyTests
{
    private static readonly TcbException Reason = new(new UserText(nameof(Messages.NoText)), FailureCategory.RequestInvalid);

    /// <summary>What a batch tells the watch, one request after the other. It leaves after the last one.</summary>
    private enum Step
    {
        /// <summary>The request is throttled, or waits for a retry: nothing is told, and others come first.</summary>
        Waits,

        /// <summary>The request is accepted.</summary>
        Accepted,

        /// <summary>The request is refused: of the whole batch the first time, of a part after that.</summary>
        Refused,
    }

    // Good, given up after connection failures (nothing is told), refused for good, split into parts that are all refused, and split into some of each.
    private static readonly Gen<Step[]> Batch = Gen.Frequency(
        (3, Steps(Gen.Const(Step.Accepted))),
        (2, Steps(Gen.Const(Step.Waits))),
        (2, Gen.Const<Step[]>([Step.Refused])),
        (4, Steps(Gen.OneOf(Step.Refused, Step.Waits)).Select(parts => (Step[])[Step.Refused, .. parts])),
        (3, Steps(Gen.Enum<Step>()).Select(parts => (Step[])[Step.Waits, Step.Refused, .. parts])));

    // Kinds in other proportions: without the first and the last nothing is ever accepted.
    private static readonly Gen<Step[][]> Input = Gen.OneOf(
        Batch.Array[0, 20], Batch.Where(steps => !steps.Contains(Step.Accepted)).Array[0, 20], Batch.Where(steps => steps.Contains(Step.Refused)).Array[0, 12]);

    [Fact]
    public void Watch_AnySchedule_NobodyIsForgotten_AndItEndsIfThreeAreRefusedAndNoneAccepted() =>
        Gen.Select(Input, Gen.Int[1, 8], Gen.Int[0, int.MaxValue]).Sample(
            (batches, throttleLimit, seed) => RunAsync(batches, throttleLimit, new Random(seed)).GetAwaiter().GetResult(), iter: 3_000, threads: 1);

    private static async Task RunAsync(Step[][] batches, int throttleLimit, Random random)
    {
        var watch = new RefusalWatch();
        using var ended = new CancellationTokenSource();
        var ready = new List<Life>();
        var waiting = new List<Life>();
        int next = 0;
        int goOnUnproven = 0;
        bool accepted = false;
        while (!ended.IsCancellationRequested)
        {
            waiting.RemoveAll(life =>
            {
                if (ended.IsCancellationRequested || !life.Wait!.IsCompleted) return false;
                Resume(life);
                return true;
            });
            bool mayStart = next < batches.Length && ready.Count + waiting.Count < throttleLimit;
            int chosen = random.Next(ready.Count + (mayStart ? 1 : 0) + (ready.Count == 0 && !mayStart ? 1 : 0));
            if (ended.IsCancellationRequested) break;
            if (chosen < ready.Count) Advance(ready[chosen]);
            else if (mayStart) Start();
            else if (waiting.Count == 0) break;
            // Only those who wait are left, so one of them has been woken. The guard is for the one that nobody wakes.
            else await Task.WhenAny(waiting.Select(life => life.Wait!)).WaitAsync(EngineHarness.Guard);
        }

        Assert.Equal(!accepted && goOnUnproven == RefusalWatch.MostUnproven, ended.IsCancellationRequested);
        // Not before every batch that could have been accepted is through.
        Assert.Empty(ready);
        if (!ended.IsCancellationRequested) Assert.Equal((batches.Length, 0), (next, waiting.Count));
        // The end of the run ends every wait.
        foreach (Life life in waiting) await Task.WhenAny(life.Wait!).WaitAsync(EngineHarness.Guard);

        void Start()
        {
            watch.Started();
            ready.Add(new Life(batches[next++]));
        }

        void Advance(Life life)
        {
            if (life.Steps.Count == 0)
            {
                life.HasLeft = true;
                Wait(life, watch.LeftAsync(life.WasRefused, ended.Token));
                return;
            }
            Step step = life.Steps.Dequeue();
            if (step == Step.Accepted)
            {
                accepted = true;
                watch.Accepted();
            }
            // Only the refusal of a whole batch is told.
            else if (step == Step.Refused && !life.WasRefused)
            {
                life.WasRefused = true;
                Task<TcbException?> verdict = watch.RefusedAsync(Reason, ended.Token);
                if (!accepted && verdict is { IsCompletedSuccessfully: true, Result: null }) Assert.InRange(++goOnUnproven, 1, RefusalWatch.MostUnproven);
                Wait(life, verdict);
            }
        }

        void Wait(Life life, Task<TcbException?> verdict)
        {
            ready.Remove(life);
            life.Wait = verdict;
            waiting.Add(life);
        }

        void Resume(Life life)
        {
            if (life.Wait!.Result is not null) ended.Cancel();
            else if (!life.HasLeft) ready.Add(life);
        }
    }

    private static Gen<Step[]> Steps(Gen<Step> step) => step.Array[1, 5];

    private sealed class Life(Step[] steps)
    {
        internal Queue<Step> Steps { get; } = new(steps);

        internal Task<TcbException?>? Wait { get; set; }

        internal bool WasRefused { get; set; }

        internal bool HasLeft { get; set; }
    }
}
