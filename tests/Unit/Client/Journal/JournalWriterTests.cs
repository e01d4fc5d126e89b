using TcbPowerShell.Client.Journal;
using TcbPowerShell.Tests.Client.Runs;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace TcbPowerShell.Tests.Client.Journal;

/// <summary>Rule 12 (docs/design.md): who waits for a slow or a hanging disk, and how long.</summary>
[Trait("rule", "6")]
[Trait("rule", "12")]
public sealed class JournalWriterTests(ITestOutputHelper log)
{
    [Theory]
    [InlineData(5)]
    [InlineData(16)]
    [InlineData(64)]
    public void Write_RequestsThatComeAtAnyMoment_WaitForTwoFlushesAtMost(int throttleLimit)
    {
        // In virtual time: a flush takes 10 ms, and each of the requests comes again some ms after its line is on the disk.
        const int FlushTime = 10, Requests = 2_000;
        var random = new Random(throttleLimit);
        int begun = 0, sent = 0, longest = 0, flushEnds = -1;
        using var flushIsOver = new SemaphoreSlim(0);
        var disk = new TrialDisk
        {
            OnFlush = () =>
            {
                Interlocked.Increment(ref begun);
                flushIsOver.Wait();
            },
        };
        using var writer = new JournalWriter(disk, torn: false);
        List<(int Came, Task OnDisk)> waiting = [];
        for (int now = 0; sent < Requests || waiting.Count > 0; now++)
        {
            if (now == flushEnds)
            {
                int before = begun;
                flushIsOver.Release();
                Until(() => waiting.TrueForAll(request => request.OnDisk.IsCompleted) || Volatile.Read(ref begun) > before);
                longest = waiting.Where(request => request.OnDisk.IsCompleted).Select(request => now - request.Came).Append(longest).Max();
                waiting.RemoveAll(request => request.OnDisk.IsCompleted);
                flushEnds = waiting.Count > 0 ? now + FlushTime : -1;
            }
            for (int free = throttleLimit - waiting.Count; free > 0 && sent < Requests; free--)
            {
                if (random.Next(8) > 0) continue;
                waiting.Add((now, writer.WriteAsync("line\n"u8.ToArray(), toDisk: true)));
                sent++;
                Until(() => disk.Lines.Length == sent * 5);
                if (flushEnds >= 0) continue;
                Until(() => Volatile.Read(ref begun) > disk.Flushes);
                flushEnds = now + FlushTime;
            }
        }

        log.WriteLine($"ThrottleLimit {throttleLimit}: longest wait {longest} ms of flushes of {FlushTime} ms; {disk.Flushes} flushes for {Requests} requests");
        Assert.InRange(longest, FlushTime, 2 * FlushTime);
        Assert.InRange(disk.Flushes, 1, Requests / 2);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Write_AnotherJournalHangs_GoesOn(bool writes)
    {
        var frozen = new TrialDisk();
        using RemovalJournal other = JournalShortcuts.Open(frozen);
        frozen.Freeze(writes);
        Task hanging = other.WriteSentAsync([FileIds.Of(1)]);

        using (RemovalJournal journal = JournalShortcuts.Open(new TrialDisk()))
        {
            journal.WriteSent([FileIds.Of(2)]);
            journal.WriteEnd(JournalRun.Completed);
        }

        Assert.False(hanging.IsCompleted);
        frozen.Thaw();
        await hanging.WaitAsync(EngineHarness.Guard);
    }

    [Fact]
    public async Task Write_WhileAFlushHangs_AnswersAreWrittenAllTheSame()
    {
        var disk = new TrialDisk();
        using RemovalJournal journal = JournalShortcuts.Open(disk);
        disk.Freeze(writes: false);
        Task hanging = journal.WriteSentAsync([FileIds.Of(1)]);

        journal.WriteOutcomes([RemovalJournalTests.Removed(FileIds.Of(2))]);

        Assert.False(hanging.IsCompleted);
        disk.Thaw();
        await hanging.WaitAsync(EngineHarness.Guard);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Dispose_DiskHangs_ReturnsAtOnce_AndTheFileIsClosedWhenTheDiskGoesOn(bool writes)
    {
        var disk = new TrialDisk();
        RemovalJournal journal = JournalShortcuts.Open(disk);
        disk.Freeze(writes);
        using var stopped = new CancellationTokenSource();
        Task hanging = journal.WriteSentAsync([FileIds.Of(1)], stopped.Token);

        await stopped.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => hanging.WaitAsync(EngineHarness.Guard));
        await EngineHarness.OnThread(() =>
        {
            journal.Dispose();
            return true;
        });

        Assert.False(disk.IsDisposed);
        disk.Thaw();
        Until(() => disk.IsDisposed);
    }

    // The next run can begin at once.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Dispose_AllIsWritten_HasClosedTheFile(bool toDisk)
    {
        for (int i = 0; i < 2_000; i++)
        {
            var disk = new TrialDisk();
            var writer = new JournalWriter(disk, torn: false);
            await writer.WriteAsync([(byte)'a', (byte)'\n'], toDisk);

            writer.Dispose();

            Assert.True(disk.IsDisposed);
        }
    }

    private static void Until(Func<bool> condition) => Assert.True(SpinWait.SpinUntil(condition, EngineHarness.Guard));
}
