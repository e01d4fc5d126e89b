using System.Text;
using TcbPowerShell.Client.Storage;
using TcbPowerShell.Model;
using TcbPowerShell.Tests.Client.Journal;
using TcbPowerShell.Tests.Client.Runs;
using Xunit;

namespace TcbPowerShell.Tests.Client.Storage;

/// <summary>A disk that fails ends the run only if no other file can be saved, and one that hangs holds up no stop.</summary>
[Trait("rule", "15")]
public sealed class CopyFaultTests
{
    private const int Win32 = unchecked((int)0x80070000);

    private static readonly string Folder = Path.Combine(CrashDisk.Root, "backup");

    public static TheoryData<string, string, int, bool> Faults => new()
    {
        // The step, the exception, its HResult, whether it ends the run.
        { "Write", nameof(IOException), 28, true },
        { "Write", nameof(IOException), 122, true },
        { "Write", nameof(IOException), Win32 | 112, true },
        { "Write", nameof(IOException), Win32 | 39, true },
        { "Write", nameof(IOException), 5, true },
        { "Write", nameof(IOException), 27, false },
        { "Write", nameof(IOException), Win32 | 223, false },
        { "Flush", nameof(IOException), 5, true },
        { "Flush", nameof(IOException), 28, true },
        { "SetTime", nameof(UnauthorizedAccessException), 0, false },
        { "CreateFolder", nameof(IOException), 28, true },
        { "CreateFolder", nameof(IOException), 30, true },
        { "CreateFolder", nameof(UnauthorizedAccessException), 0, false },
        { "CreateFile", nameof(IOException), 28, true },
        { "CreateFile", nameof(IOException), 30, true },
        { "CreateFile", nameof(IOException), Win32 | 19, true },
        { "CreateFile", nameof(UnauthorizedAccessException), 0, false },
        { "CreateFile", nameof(PathTooLongException), 0, false },
        { "CreateFile", nameof(IOException), 84, false },
        { "CreateFile", nameof(ArgumentException), 0, false },
        { "CreateFile", nameof(NotSupportedException), 0, false },
        { "Rename", nameof(UnauthorizedAccessException), 0, false },
        { "Rename", nameof(IOException), Win32 | 32, false },
        { "Rename", nameof(IOException), 28, true },
        { "Rename", nameof(IOException), 5, true },
        { "FlushName", nameof(IOException), 5, true },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Save_DiskFails_EndsTheRunOnlyIfNoOtherFileCanBeSaved(string step, string exception, int code, bool endsRun)
    {
        var inner = new CrashDisk();
        var disk = new FaultyDisk(inner);
        using CopyFolder folder = CopyFolder.Open(Folder, overwrites: false, disk);
        disk.Before = (taken, path) =>
        {
            if (taken == step && path.Contains("test-env", StringComparison.Ordinal)) throw Make(exception, code);
        };
        CopyPlace place = folder.PlaceOf("a.png");

        Exception e = await Assert.ThrowsAnyAsync<Exception>(() => place.SaveAsync("content"));

        if (endsRun) Assert.Equal(ErrorId.DestinationUnavailable, Assert.IsType<TcbException>(e).ErrorId);
        else Assert.IsType<CopyRefused>(e);
        await place.DropPartAsync();
        Assert.DoesNotContain(inner.Files.Keys, path => path.EndsWith(CopyName.Part, StringComparison.Ordinal));
        if (step != "FlushName") Assert.Empty(inner.Files);
        disk.Before = (_, _) => { };
        folder.Save("b.png");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Save_IndexCannotBeWritten_EndsTheRun_AndNothingHasItsName(bool missing)
    {
        var inner = new CrashDisk();
        var index = new TrialDisk();
        using CopyFolder folder = CopyFolder.Open(Folder, overwrites: false, new FaultyDisk(inner) { Index = index });
        if (missing) index.Missing = new TcbPowerShell.Client.Journal.JournalFault(new(nameof(TcbPowerShell.Resources.Messages.JournalGone)));
        else index.FlushFault = new IOException("No space left on device", 28);
        CopyPlace place = folder.PlaceOf("a.png");

        TcbException e = await Assert.ThrowsAsync<TcbException>(() => place.SaveAsync("content"));

        Assert.Equal(ErrorId.DestinationUnavailable, e.ErrorId);
        Assert.Contains(missing ? "%index.jsonl was moved" : "nothing more can be written", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Path.Combine(Folder, CopyShortcuts.Bucket, "a.png"), inner.Files.Keys);
    }

    [Theory]
    [InlineData("Look")]
    [InlineData("OpenIndex")]
    [InlineData("CreateFolder")]
    public void Open_DiskFails_IsRefused(string step)
    {
        var disk = new FaultyDisk(new CrashDisk())
        {
            Before = (taken, _) =>
            {
                if (taken == step) throw new UnauthorizedAccessException("Access denied.");
            },
        };

        TcbException e = Assert.Throws<TcbException>(() => CopyFolder.Open(Folder, overwrites: false, disk).Dispose());

        Assert.Equal(ErrorId.DestinationUnavailable, e.ErrorId);
        Assert.Contains("Access denied. Check -Destination", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CreateFile")]
    [InlineData("Write")]
    [InlineData("Flush")]
    [InlineData("Rename")]
    [InlineData("FlushName")]
    [InlineData("index")]
    public async Task Save_DiskHangs_AStopDoesNotWaitForIt(string step)
    {
        using var hangs = new ManualResetEventSlim();
        using var isThere = new ManualResetEventSlim();
        using var stop = new CancellationTokenSource();
        var index = new TrialDisk();
        var disk = new FaultyDisk(new CrashDisk()) { Index = index };
        CopyFolder folder = CopyFolder.Open(Folder, overwrites: false, disk);
        disk.Before = (taken, _) =>
        {
            if (taken == step)
            {
                isThere.Set();
                hangs.Wait();
            }
        };
        if (step == "index") index.Freeze(writes: false);
        CopyPlace place = folder.PlaceOf("a.png");
        Task saving = Task.Run(async () =>
        {
            await place.CreatePartAsync(stop.Token);
            await place.WriteAsync("content"u8.ToArray(), 7, stop.Token);
            await place.KeepAsync(CopyShortcuts.FactsOf("content"), stop.Token);
        });
        if (step != "index") Assert.True(isThere.Wait(EngineHarness.Guard));

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => saving.WaitAsync(EngineHarness.Guard));
        Task dropping = place.DropPartAsync();
        if (step != "index") Assert.False(dropping.IsCompleted);
        folder.Dispose();
        hangs.Set();
        index.Thaw();
        await dropping.WaitAsync(EngineHarness.Guard);
    }

    [Fact]
    public void Open_DiskHangs_AStopDoesNotWaitForIt()
    {
        using var hangs = new ManualResetEventSlim();
        using var stop = new CancellationTokenSource();
        var disk = new FaultyDisk(new CrashDisk())
        {
            Before = (_, _) =>
            {
                stop.Cancel();
                hangs.Wait();
            },
        };

        Assert.ThrowsAny<OperationCanceledException>(() => CopyFolder.Open(Folder, overwrites: false, disk, stop.Token));

        hangs.Set();
    }

    [Theory]
    [InlineData(8)]
    [InlineData(64)]
    public async Task Save_ManyAtOnce_ShareTheFlushesOfTheIndex(int count)
    {
        var index = new TrialDisk();
        using CopyFolder folder = CopyFolder.Open(Folder, overwrites: false, new FaultyDisk(new CrashDisk()) { Index = index });
        index.Freeze(writes: false);
        Task[] saves = [.. Enumerable.Range(0, count).Select(number => folder.PlaceOf($"{number}.png").SaveAsync("content"))];
        // All their paths are written before the first flush ends.
        Assert.True(SpinWait.SpinUntil(() => Encoding.UTF8.GetString(index.Lines).Count(c => c == '\n') == count + 1, EngineHarness.Guard));

        index.Thaw();
        await Task.WhenAll(saves).WaitAsync(EngineHarness.Guard);

        Assert.InRange(index.Flushes, 1, 2);
    }

    private static Exception Make(string exception, int code) => exception switch
    {
        nameof(UnauthorizedAccessException) => new UnauthorizedAccessException("Access denied."),
        nameof(PathTooLongException) => new PathTooLongException("Too long."),
        nameof(ArgumentException) => new ArgumentException("Odd name."),
        nameof(NotSupportedException) => new NotSupportedException("Odd name."),
        _ => new IOException("It failed.", code),
    };
}
