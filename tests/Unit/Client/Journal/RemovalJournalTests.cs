using System.Text;
using System.Text.Json;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Journal;
using TcbPowerShell.Model;
using TcbPowerShell.Tests.Client.Runs;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Client.Journal;

[Trait("rule", "12")]
public sealed class RemovalJournalTests : IDisposable
{
    private const string Env = FileIds.Environment;
    private const string A = "cloud://test-env.b/照片 a.png";
    private const string B = "cloud://test-env.b/b+&#.png";

    private readonly string _path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public void Dispose()
    {
        File.Delete(_path);
        Assert.False(File.Exists(_path + ".lock"), "a lock stayed behind");
    }

    [Fact]
    public void WriteSent_OneBatch_IsOneLineWithTheIds()
    {
        using (RemovalJournal journal = Open()) journal.WriteSent([A, B]);

        JsonElement line = Lines()[1];
        Assert.Equal(Env, line.GetProperty("environmentId").GetString());
        Assert.Equal([A, B], line.GetProperty("sent").EnumerateArray().Select(id => id.GetString()!));
        Assert.Equal(DateTimeKind.Utc, line.GetProperty("time").GetDateTime().Kind);
        Assert.Contains(A, File.ReadAllText(_path), StringComparison.Ordinal);
    }

    [Fact]
    public void WriteOutcomes_ResultAndFailure_AreALineEach()
    {
        using (RemovalJournal journal = Open()) journal.WriteOutcomes([Removed(A), Failed(B, ErrorId.CloudFileAccessDenied)]);

        JsonElement[] lines = Lines()[1..];
        Assert.Equal(2, lines.Length);
        Assert.Equal((A, "Removed", 0, "ok", "r-1"), Read(lines[0]));
        Assert.Equal((B, "CloudFileAccessDenied", -503002, "STORAGE_EXCEED_AUTHORITY", "r-2"), Read(lines[1]));
        Assert.False(lines[1].TryGetProperty("outcomeUnknown", out _));
    }

    [Fact]
    public void Open_AfterRemoval_IsDone()
    {
        using (RemovalJournal journal = Open())
        {
            journal.WriteSent([A, B]);
            journal.WriteOutcomes([Removed(A)]);
        }

        using RemovalJournal next = Open();
        Assert.True(next.IsDone(A));
        Assert.False(next.IsUnanswered(A));
        Assert.False(next.IsDone(B));
        Assert.True(next.IsUnanswered(B));
    }

    [Fact]
    public void Open_AlreadyGone_IsDone()
    {
        using (RemovalJournal journal = Open()) journal.WriteOutcomes([Removed(A, CloudFileRemovalOutcome.AlreadyGone)]);

        using RemovalJournal next = Open();
        Assert.True(next.IsDone(A));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Open_AfterFailure_IsUnansweredOnlyWhereTheOutcomeIsUnknown(bool unknown)
    {
        using (RemovalJournal journal = Open())
        {
            journal.WriteSent([A]);
            journal.WriteOutcomes([Failed(A, ErrorId.BatchNotRemoved, unknown)]);
        }

        using RemovalJournal next = Open();
        Assert.False(next.IsDone(A));
        Assert.Equal(unknown, next.IsUnanswered(A));
    }

    [Fact]
    public void Open_IdInALineOfAnotherEnvironment_IsNotDone()
    {
        using (RemovalJournal other = RemovalJournal.Open(_path, "other-env", JournalShortcuts.Run, Clock.System)) other.WriteOutcomes([Removed(A)]);

        using RemovalJournal journal = Open();
        Assert.False(journal.IsDone(A));
    }

    [Fact]
    public void Open_TornLastLine_IsPassedOverAndNeverLengthened()
    {
        using (RemovalJournal journal = Open()) journal.WriteOutcomes([Removed(A), Removed(B)]);
        byte[] whole = File.ReadAllBytes(_path);
        byte[] torn = whole[..^20];
        File.WriteAllBytes(_path, torn);

        using (RemovalJournal journal = Open())
        {
            Assert.True(journal.IsDone(A));
            Assert.False(journal.IsDone(B));
            journal.WriteOutcomes([Removed(B)]);
        }

        byte[] after = File.ReadAllBytes(_path);
        Assert.Equal(torn, after[..torn.Length]);
        Assert.Equal((byte)'\n', after[torn.Length]);
        using RemovalJournal next = Open();
        Assert.True(next.IsDone(B));
    }

    [Fact]
    public void Open_LastLineWithoutItsEnd_Counts()
    {
        using (RemovalJournal journal = Open()) journal.WriteOutcomes([Removed(A)]);
        File.WriteAllBytes(_path, File.ReadAllBytes(_path)[..^1]);

        using RemovalJournal next = Open();
        Assert.True(next.IsDone(A));
    }

    [Fact]
    public void Open_LinesThatAreNotOurs_ArePassedOver()
    {
        using (RemovalJournal first = Open()) first.WriteOutcomes([Removed(B)]);
        File.AppendAllText(_path, "\n\0\0\0\n[1]\n{\"fileId\":3}\nnull\n\"text\"\n{\"environmentId\":\"test-env\"}\n");

        using RemovalJournal journal = Open();
        journal.WriteOutcomes([Removed(A)]);
        Assert.False(journal.IsDone(A));
        Assert.True(journal.IsDone(B));
    }

    [Theory]
    [InlineData("cloud://test-env.b/1.png\ncloud://test-env.b/2.png\n", false)]
    [InlineData("{\"time\":\"2026-01-01T00:00:00Z\"}\n", true)]
    [InlineData("{\"time\":\"2026-01-01T00:00:00Z\"}\n", false)]
    [InlineData("{\"time\":\"2026-01-01T00:00:00Z\",\n  \"level\":\"info\"}\n", false)]
    [InlineData("{}\n", false)]
    [InlineData("\n\n\n\n{}\n", false)]
    [InlineData("\0", false)]
    public void Open_FileThatIsNoJournal_IsRefusedAndLeftAlone(string content, bool utf16)
    {
        File.WriteAllText(_path, content, utf16 ? Encoding.Unicode : new UTF8Encoding(false));
        byte[] before = File.ReadAllBytes(_path);

        TcbException e = Assert.Throws<TcbException>(() => Open().Dispose());

        Assert.Equal(ErrorId.JournalUnavailable, e.ErrorId);
        Assert.Contains("not a journal", e.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(_path));
    }

    [Fact]
    public void Open_ByteOrderMarkInFront_IsReadAllTheSame()
    {
        using (RemovalJournal journal = Open()) journal.WriteOutcomes([Removed(A)]);
        File.WriteAllText(_path, File.ReadAllText(_path), new UTF8Encoding(true));

        using RemovalJournal next = Open();
        Assert.True(next.IsDone(A));
    }

    [Fact]
    public void Open_LineLongerThanTheBuffer_IsRead()
    {
        string[] batch = [.. Enumerable.Range(0, 50).Select(i => $"cloud://test-env.b/{i}/{new string('长', 1300)}")];
        using (RemovalJournal journal = Open())
        {
            journal.WriteSent(batch);
            journal.WriteOutcomes(batch.Select(id => Removed(id)));
        }

        using RemovalJournal next = Open();
        Assert.All(batch, id => Assert.True(next.IsDone(id)));
    }

    [Fact]
    public void Open_WhileAnotherRunWrites_IsRefused()
    {
        using RemovalJournal first = Open();

        TcbException e = Assert.Throws<TcbException>(() => Open().Dispose());
        Assert.Equal(ErrorId.JournalUnavailable, e.EndsRunAs);
        Assert.Contains($"another run is writing to it (its lock is '{_path}.lock')", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_LockLeftByAKilledRun_IsNoObstacle()
    {
        File.WriteAllText(_path + ".lock", string.Empty);

        Open().Dispose();
    }

    [Fact]
    public void Open_FolderDoesNotExist_IsRefused() =>
        Assert.Throws<TcbException>(() => JournalShortcuts.Open(Path.Combine(_path, "run.jsonl")).Dispose());

    [Fact]
    public void Read_WhileARunWrites_NeitherLocksNorChanges()
    {
        using RemovalJournal writer = Open();
        writer.WriteOutcomes([Removed(A)]);
        byte[] before = Content();

        using (RemovalJournal reader = RemovalJournal.Read(_path, service: null)) Assert.True(reader.IsDone(A));

        writer.WriteOutcomes([]);
        Assert.Equal(before, Content());

        byte[] Content()
        {
            using var file = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            byte[] content = new byte[file.Length];
            file.ReadExactly(content);
            return content;
        }
    }

    [Fact]
    public void Read_NoSuchFile_IsEmptyAndMakesNone()
    {
        using RemovalJournal reader = RemovalJournal.Read(_path, service: null);

        Assert.False(reader.IsDone(A));
        Assert.False(File.Exists(_path));
    }

    [Fact]
    public void Write_DiskFull_ThrowsAndDoesNotSpoilTheNextLine()
    {
        var disk = new FillingDisk();
        using RemovalJournal journal = JournalShortcuts.Open(disk);
        disk.Room = 10;

        TcbException e = Assert.Throws<TcbException>(() => journal.WriteOutcomes([Removed(A)]));
        disk.Room = 10_000;
        journal.WriteOutcomes([Removed(B)]);

        Assert.Equal(ErrorId.JournalUnavailable, e.ErrorId);
        string[] lines = Encoding.UTF8.GetString(disk.ToArray()).Split('\n');
        Assert.Equal(10, lines[1].Length);
        Assert.Contains(B, lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public void Open_EachRun_WritesItsOwnPairOfLines()
    {
        using (RemovalJournal journal = Open(JournalRun.Of("run-1", new Uri("https://host.example/tcb/")))) journal.WriteEnd(JournalRun.Completed);
        using (RemovalJournal journal = Open(JournalRun.Of("run-2", new Uri("https://HOST.example:443/tcb")))) journal.WriteEnd("QuotaExhausted");

        JsonElement[] lines = Lines();
        Assert.Equal(["run-1", "run-1", "run-2", "run-2"], lines.Select(line => line.GetProperty("run").GetProperty("id").GetString()));
        JsonElement first = lines[0].GetProperty("run");
        Assert.Equal(Env, lines[0].GetProperty("environmentId").GetString());
        Assert.Equal(DateTimeKind.Utc, lines[0].GetProperty("time").GetDateTime().Kind);
        Assert.Equal("host.example:443/tcb", first.GetProperty("service").GetString());
        Assert.Equal(typeof(RemovalJournal).Assembly.GetName().Version!.ToString(3), first.GetProperty("moduleVersion").GetString());
        Assert.Equal((Environment.UserName, Environment.MachineName), (first.GetProperty("user").GetString(), first.GetProperty("computer").GetString()));
        Assert.False(first.TryGetProperty("ended", out _));
        Assert.Equal(["Completed", "QuotaExhausted"], new[] { lines[1], lines[3] }.Select(line => line.GetProperty("run").GetProperty("ended").GetString()));
    }

    [Fact]
    public void Open_RunsOfAnotherService_IsRefusedAndLeftAlone()
    {
        using (RemovalJournal journal = Open(JournalRun.Of("run-1", new Uri("http://127.0.0.1:5000")))) journal.WriteOutcomes([Removed(A)]);
        byte[] before = File.ReadAllBytes(_path);
        JournalRun real = JournalRun.Of("run-2", new Uri("https://api.weixin.qq.com"));

        TcbException e = Assert.Throws<TcbException>(() => Open(real).Dispose());
        TcbException dry = Assert.Throws<TcbException>(() => RemovalJournal.Read(_path, real.Service).Dispose());

        Assert.Equal(ErrorId.JournalUnavailable, e.ErrorId);
        Assert.Equal(e.Message, dry.Message);
        foreach (string part in (string[])["'127.0.0.1:5000'", "'api.weixin.qq.com'", "-IgnoreMissing"]) Assert.Contains(part, e.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(_path));
        using RemovalJournal unconnected = RemovalJournal.Read(_path, service: null);
        Assert.True(unconnected.IsDone(A));
    }

    [Fact]
    public void Open_OnlyALaterRunWentToAnotherService_IsRefused()
    {
        using (RemovalJournal journal = Open()) journal.WriteEnd(JournalRun.Completed);
        File.AppendAllText(_path, File.ReadAllText(_path).Replace(JournalShortcuts.Run.Service!, "127.0.0.1:5000", StringComparison.Ordinal));

        Assert.Contains("127.0.0.1:5000", Assert.Throws<TcbException>(() => Open().Dispose()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"time\":\"2026-01-01T00:00:00Z\",\"environmentId\":\"test-env\",\"sent\":[\"cloud://test-env.b/a\"]}\n")]
    [InlineData("\ufeff{\"time\":\"2026-01-01T00:00:00Z\",\"environmentId\":\"test-env\",\"fileId\":\"cloud://test-env.b/a\",\"outcome\":\"Removed\"}")]
    public void Open_LinesWithoutARun_AreOfAnOlderVersion(string content)
    {
        File.WriteAllText(_path, content);

        TcbException e = Assert.Throws<TcbException>(() => Open().Dispose());
        TcbException dry = Assert.Throws<TcbException>(() => RemovalJournal.Read(_path, service: null).Dispose());

        Assert.Equal(ErrorId.JournalUnavailable, e.ErrorId);
        Assert.Contains("older version", e.Message, StringComparison.Ordinal);
        Assert.Equal(e.Message, dry.Message);
    }

    [Fact]
    public void Open_NothingButATornFirstLine_IsAnEmptyJournal()
    {
        using (RemovalJournal journal = Open()) journal.WriteEnd(JournalRun.Completed);
        byte[] whole = File.ReadAllBytes(_path);
        int lineEnd = Array.IndexOf(whole, (byte)'\n');

        // Of any length, but for the line without its end, which says all that it has to say.
        for (int length = 0; length < lineEnd; length += 7)
        {
            File.WriteAllBytes(_path, whole[..length]);
            // Another service: an empty journal belongs to none.
            JournalRun run = JournalRun.Of("run-2", new Uri("https://api.weixin.qq.com"));
            RemovalJournal.Read(_path, run.Service).Dispose();
            using (RemovalJournal journal = Open(run)) journal.WriteOutcomes([Removed(A)]);

            using RemovalJournal next = Open(run);
            Assert.True(next.IsDone(A), $"{length} bytes");
        }
    }

    [Fact]
    public void WriteSent_IsOnTheDiskBeforeItReturns_AndAnAnswerWaitsForNoDisk()
    {
        var disk = new TrialDisk();
        using RemovalJournal journal = JournalShortcuts.Open(disk);

        journal.WriteOutcomes([Removed(A)]);
        Assert.Equal(0, disk.Flushes);
        journal.WriteSent([B]);
        Assert.Equal((1, disk.Lines.Length), (disk.Flushes, disk.FlushedBytes));
        // Sent again: the line is there already.
        journal.WriteSent([]);
        Assert.Equal(1, disk.Flushes);
        journal.WriteOutcomes([Removed(B)]);
        journal.WriteEnd(JournalRun.Completed);
        Assert.Equal((2, disk.Lines.Length), (disk.Flushes, disk.FlushedBytes));
    }

    [Fact]
    public void WriteSent_FlushFails_FailsEachLaterOne()
    {
        var disk = new TrialDisk { FlushFault = new IOException("Input/output error.") };
        using RemovalJournal journal = JournalShortcuts.Open(disk);

        Assert.Contains("Input/output error. Check", Assert.Throws<TcbException>(() => journal.WriteSent([A])).Message, StringComparison.Ordinal);

        // The system has forgotten what it could not write, and says that all is well.
        disk.FlushFault = null;
        Assert.Throws<TcbException>(() => journal.WriteSent([B]));
    }

    internal static JournalLine Removed(string fileId, CloudFileRemovalOutcome outcome = CloudFileRemovalOutcome.Removed) =>
        new() { FileId = fileId, Outcome = outcome.ToString(), Status = 0, Message = "ok", RequestId = "r-1" };

    private static JournalLine Failed(string fileId, ErrorId errorId, bool unknown = false) => new()
    {
        FileId = fileId,
        Outcome = errorId.ToString(),
        Status = -503002,
        Message = "STORAGE_EXCEED_AUTHORITY",
        RequestId = "r-2",
        OutcomeUnknown = unknown,
    };

    private static (string? FileId, string? Outcome, int Status, string? Message, string? RequestId) Read(JsonElement line) => (
        line.GetProperty("fileId").GetString(), line.GetProperty("outcome").GetString(), line.GetProperty("status").GetInt32(),
        line.GetProperty("message").GetString(), line.GetProperty("requestId").GetString());

    private RemovalJournal Open(JournalRun? run = null) => JournalShortcuts.Open(_path, run: run);

    private JsonElement[] Lines() => [.. File.ReadLines(_path).Select(line => JsonDocument.Parse(line).RootElement)];

    /// <summary>A disk with little room.</summary>
    private sealed class FillingDisk : MemoryStream
    {
        internal int Room { get; set; } = 10_000;

        public override void Write(byte[] buffer, int offset, int count)
        {
            int fits = Math.Min(count, Room);
            base.Write(buffer, offset, fits);
            Room -= fits;
            if (fits < count) throw new IOException("No space left on device");
        }
    }
}
