using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using TcbPowerShell.Client.Journal;
using TcbPowerShell.Client.Runs;
using TcbPowerShell.Emulation;
using TcbPowerShell.Model;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;
using TcbPowerShell.Tests.Client.Http;
using TcbPowerShell.Tests.Client.Journal;
using TcbPowerShell.Tests.Client.Tokens;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;
using static TcbPowerShell.Tests.Client.Runs.EngineHarness;

namespace TcbPowerShell.Tests.Client.Runs;

/// <summary>Rules 6 and 12 (docs/design.md): what the engine writes down, and when.</summary>
[Trait("rule", "6")]
[Trait("rule", "12")]
public sealed class EngineWithJournalTests : IDisposable
{
    private static readonly string[] Ids = FileIds.Range(30);

    private readonly string _path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public void Dispose() => File.Delete(_path);

    [Fact]
    public async Task Run_Journal_HasEachBatchBeforeItIsSent_AndEachAnswer()
    {
        var sentBefore = new List<bool>();
        using var harness = new EngineHarness(
            request =>
            {
                lock (sentBefore) sentBefore.Add(request.FileIds.All(Sent().Contains));
                return request.Ordinal == 1 ? Fault.OmitEntry : null;
            },
            new EmulatorOptions { FileIds = Ids });

        using (RemovalJournal journal = Open(harness)) await harness.RunAsync(Options(batchSize: 10) with { Journal = journal }, Ids);

        Assert.Equal(4, sentBefore.Count);
        Assert.DoesNotContain(false, sentBefore);
        // A file that is sent again is already in a line.
        Assert.Equal(Ids, Sent().OrderBy(id => Array.IndexOf(Ids, id)));
        using RemovalJournal next = Open(harness);
        Assert.All(Ids, id => Assert.True(next.IsDone(id) && !next.IsUnanswered(id)));
    }

    [Fact]
    public async Task Run_NoToken_RecordsNothingAsSent()
    {
        var tokens = new ScriptedTokens(refused => refused is null ? throw new TcbException(new UserText(nameof(Messages.ConnectionFailed), "no token"), FailureCategory.TokenUnavailable) : Token);
        using var harness = new EngineHarness(tokens: tokens);

        using (RemovalJournal journal = Open(harness)) await harness.RunAsync(Options() with { Journal = journal }, Ids);

        // Else a file that is missing would count as one that this run has removed.
        using RemovalJournal next = Open(harness);
        Assert.All(Ids, id => Assert.False(next.IsUnanswered(id)));
    }

    [Theory]
    [InlineData("token")]
    [InlineData("quota")]
    [InlineData("closed")]
    public async Task Run_EndsWithRefusals_LeavesNoFileUnanswered(string what)
    {
        var tokens = new ScriptedTokens(_ => what == "token" ? "wrong-token-0123456789" : Token);
        using EngineHarness harness = what == "closed"
            ? new EngineHarness(new FakeHandler(() => throw new HttpRequestException("no", new SocketException((int)SocketError.ConnectionRefused))))
            : new EngineHarness(_ => what == "quota" ? Fault.ErrorCode(45009) : null, tokens: tokens);

        EngineResult result;
        using (RemovalJournal journal = Open(harness)) result = await harness.RunAsync(Options(batchSize: 5) with { Journal = journal }, Ids);

        // Nothing was deleted: a file that the next run misses was missing all the time.
        Assert.NotNull(result.End);
        using RemovalJournal next = Open(harness);
        Assert.All(Ids, id => Assert.False(next.IsUnanswered(id) || next.IsDone(id)));
    }

    [Fact]
    public async Task Dispose_Journal_WaitsForTheAnswersInFlight_AndRecordsThem()
    {
        var gate = new Gate();
        using var harness = new EngineHarness(_ => Fault.Hold(gate).AfterWork(), new EmulatorOptions { FileIds = Ids });
        using (RemovalJournal journal = Open(harness))
        {
            FileRun engine = harness.Start(Options(batchSize: 10, throttleLimit: 2) with { Journal = journal });
            foreach (string id in Ids) engine.Add(id);
            await gate.WhenArrivedAsync(2).WaitAsync(Guard);

            engine.Stop();
            Task<bool> disposing = OnThread(() => Disposed(engine));
            gate.Open();
            await disposing;
        }

        Assert.Contains(TimeSpan.FromSeconds(2), harness.Clock.Timeouts);
        Assert.Equal(2, harness.Emulator.Requests.Count);
        using RemovalJournal next = Open(harness);
        Assert.Equal(Ids[..20], Ids.Where(next.IsDone));
        Assert.DoesNotContain(Ids, next.IsUnanswered);
    }

    [Fact]
    public async Task Dispose_Journal_NoAnswerInTwoSeconds_EndsTheCalls_AndTheNextRunKnowsTheDoubt()
    {
        var gate = new Gate();
        using var harness = new EngineHarness(
            request => request.Ordinal == 1 ? Fault.Hold(gate).AfterWork() : null, new EmulatorOptions { FileIds = Ids[..10] });
        using (RemovalJournal journal = Open(harness))
        {
            FileRun engine = harness.Start(Options(batchSize: 10) with { Journal = journal });
            foreach (string id in Ids[..10]) engine.Add(id);
            await gate.WhenArrivedAsync().WaitAsync(Guard);

            engine.Stop();
            harness.Clock.TimeOut();
            await OnThread(() => Disposed(engine));
        }

        using RemovalJournal next = Open(harness);
        Assert.All(Ids[..10], id => Assert.True(next.IsUnanswered(id) && !next.IsDone(id)));
        EngineResult result = await harness.RunAsync(Options() with { Journal = next }, [.. Ids[..10], Ids[20]]);
        Assert.Equal(Ids[..10], result.AlreadyGone);
        Assert.Equal([Ids[20]], result.Failed("CloudFileNotFound"));
    }

    [Fact]
    public async Task Run_EndedEarly_OnlyFilesWithALostAnswerAreInDoubt()
    {
        using var harness = new EngineHarness(request => request.Ordinal == 1 ? Fault.Http(502) : Fault.ErrorCode(45009));
        using (RemovalJournal journal = Open(harness)) await harness.RunAsync(Options(batchSize: 10, throttleLimit: 1) with { Journal = journal }, Ids);

        using RemovalJournal next = Open(harness);
        Assert.Equal(Ids[..10], Ids.Where(next.IsUnanswered));
    }

    [Fact]
    public async Task Send_LineIsOnTheDisk_BeforeTheRequestLeaves()
    {
        var disk = new TrialDisk();
        var onDisk = new List<bool>();
        using var harness = new EngineHarness(
            request =>
            {
                string flushed = Encoding.UTF8.GetString(disk.Lines, 0, (int)disk.FlushedBytes);
                lock (onDisk) onDisk.Add(request.FileIds.All(flushed.Contains));
                return null;
            },
            new EmulatorOptions { FileIds = Ids });

        using (RemovalJournal journal = JournalShortcuts.Open(disk)) await harness.RunAsync(Options(batchSize: 5) with { Journal = journal }, Ids);

        Assert.Equal(Enumerable.Repeat(true, 6), onDisk);
        Assert.Equal(disk.Lines.Length, disk.FlushedBytes);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stop_JournalHangs_EndsInThreeSeconds_AndNothingIsSent(bool writes)
    {
        var disk = new TrialDisk();
        using RemovalJournal journal = JournalShortcuts.Open(disk);
        disk.Freeze(writes);
        using var harness = new EngineHarness(options: new EmulatorOptions { FileIds = Ids });
        FileRun engine = harness.Start(Options(batchSize: 10, throttleLimit: 2) with { Journal = journal });
        foreach (string id in Ids) engine.Add(id);

        engine.Stop();
        // First the calls, and then the journal.
        harness.Clock.TimeOut();
        harness.Clock.TimeOut();
        await OnThread(() => Disposed(engine));

        Assert.Equal([TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1)], harness.Clock.Timeouts);
        Assert.Equal(0, harness.Emulator.Requests.Count);
        disk.Thaw();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_JournalIsGone_IsNoticedBeforeTheNextRequestAndAtTheEnd(bool isRetry)
    {
        var disk = new TrialDisk();
        using RemovalJournal journal = JournalShortcuts.Open(disk);
        using var harness = new EngineHarness(
            request =>
            {
                if (request.Ordinal == 2) disk.Missing = new JournalFault(new UserText(nameof(Messages.JournalGone)));
                return request.Ordinal == 2 && isRetry ? Fault.ErrorCode(-1) : null;
            },
            new EmulatorOptions { FileIds = Ids });

        EngineResult result = await harness.RunAsync(Options(batchSize: 10, throttleLimit: 1) with { Journal = journal }, isRetry ? Ids : Ids[..20]);

        Assert.Equal(ErrorId.JournalUnavailable, result.End!.ErrorId);
        Assert.Equal(2, harness.Emulator.Requests.Count);
        Assert.Equal(Ids[..(isRetry ? 10 : 20)], result.Removed);
        Assert.Equal(isRetry ? Ids[10..] : [], result.Open);
    }

    private RemovalJournal Open(EngineHarness harness) => JournalShortcuts.Open(_path, harness.Clock);

    private List<string> Sent()
    {
        using var file = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(file);
        var sent = new List<string>();
        while (reader.ReadLine() is { } line)
        {
            using JsonDocument json = JsonDocument.Parse(line);
            if (json.RootElement.TryGetProperty("sent", out JsonElement ids)) sent.AddRange(ids.EnumerateArray().Select(id => id.GetString()!));
        }
        return sent;
    }

    private static bool Disposed(FileRun engine)
    {
        engine.Dispose();
        return true;
    }
}
