using System.Diagnostics;
using TcbPowerShell.Client.Journal;
using TcbPowerShell.Model;
using TcbPowerShell.Tests.Client.Runs;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Client.Journal;

/// <summary>Opening a journal, and changes to the file while a run writes to it (rule 12 in docs/design.md).</summary>
[Trait("rule", "12")]
public sealed class JournalFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tcb-journal-file-").FullName;

    private string Journal => Path.Combine(_folder, "run.jsonl");

    private string Lock => Journal + ".lock";

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("pipe", false)]
    [InlineData("pipe", true)]
    [InlineData("device", false)]
    [InlineData("device", true)]
    [InlineData("folder", false)]
    [InlineData("folder", true)]
    [InlineData("link to a pipe", false)]
    [InlineData("link to a device", true)]
    public async Task Open_NotARegularFile_IsRefusedWithoutWaiting(string what, bool dryRun)
    {
        if (OperatingSystem.IsWindows() && what != "folder") return;
        string path = Journal;
        switch (what)
        {
            case "pipe":
                Do("mkfifo", Journal);
                break;
            case "device":
                path = "/dev/zero";
                break;
            case "folder":
                Directory.CreateDirectory(Journal);
                break;
            case "link to a pipe":
                Do("mkfifo", Journal);
                File.CreateSymbolicLink(path = Path.Combine(_folder, "link"), Journal);
                break;
            default:
                File.CreateSymbolicLink(path, "/dev/null");
                break;
        }

        TcbException e = await EngineHarness.OnThread(() => Assert.Throws<TcbException>(() =>
            (dryRun ? RemovalJournal.Read(path, service: null) : JournalShortcuts.Open(path)).Dispose()));

        Assert.Equal(ErrorId.JournalUnavailable, e.ErrorId);
        Assert.Contains("not a regular file", e.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder, "*.lock"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Open_FolderIsMissing_NamesTheFolderAndNotTheLock(bool dryRun)
    {
        string path = Path.Combine(_folder, "none", "run.jsonl");

        TcbException e = Assert.Throws<TcbException>(() => (dryRun ? RemovalJournal.Read(path, service: null) : JournalShortcuts.Open(path)).Dispose());

        Assert.Contains($"its folder '{Path.GetDirectoryName(path)}' does not exist", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(".lock", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NameTooLong_DoesNotSpeakOfTheLock()
    {
        TcbException e = Assert.Throws<TcbException>(() => JournalShortcuts.Open(Path.Combine(_folder, new string('a', 253))).Dispose());

        Assert.DoesNotContain(".lock", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NewJournal_IsReadableByItsOwnerOnly()
    {
        // .NET Framework, for which the other build is, has no modes.
        if (OperatingSystem.IsWindows() || StagedModule.Framework != "net8.0") return;
        using RemovalJournal journal = JournalShortcuts.Open(Journal);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Journal));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Lock));
    }

    [Fact]
    public void Open_LockIsALink_MakesAndChangesNothingAtItsEnd()
    {
        if (OperatingSystem.IsWindows()) return;
        string target = Path.Combine(_folder, "target");
        File.CreateSymbolicLink(Lock, target);

        TcbException dangling = Assert.Throws<TcbException>(() => JournalShortcuts.Open(Journal).Dispose());
        Assert.False(File.Exists(target));
        File.WriteAllText(target, "precious");
        TcbException leading = Assert.Throws<TcbException>(() => JournalShortcuts.Open(Journal).Dispose());

        Assert.Equal("precious", File.ReadAllText(target));
        Assert.Equal(dangling.Message, leading.Message);
        Assert.Contains(Lock, leading.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Journal));
    }

    [Theory]
    [InlineData("pipe")]
    [InlineData("folder")]
    public async Task Open_LockIsNoFile_IsRefusedWithoutWaiting(string what)
    {
        if (OperatingSystem.IsWindows()) return;
        if (what == "pipe") Do("mkfifo", Lock);
        else Directory.CreateDirectory(Lock);

        TcbException e = await EngineHarness.OnThread(() => Assert.Throws<TcbException>(() => JournalShortcuts.Open(Journal).Dispose()));

        Assert.Contains("something else has that name", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("deleted", "no longer there")]
    [InlineData("moved", "no longer there")]
    [InlineData("folder moved", "no longer there")]
    [InlineData("replaced", "another file")]
    [InlineData("replaced by a copy", "another file")]
    [InlineData("sed -i", "another file")]
    [InlineData("truncated", "its length has changed")]
    [InlineData("grown", "its length has changed")]
    public void Write_JournalIsNotAsItWas_IsRefused(string what, string reason)
    {
        // Windows neither deletes nor moves an open file.
        if (OperatingSystem.IsWindows() && what is not ("truncated" or "grown")) return;
        string folder = Path.Combine(_folder, "run");
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, "run.jsonl");
        string other = Path.Combine(_folder, "other");
        using RemovalJournal journal = JournalShortcuts.Open(path);
        journal.WriteSent([FileIds.Of(1)]);
        switch (what)
        {
            case "deleted":
                File.Delete(path);
                break;
            case "moved":
                File.Move(path, other);
                break;
            case "folder moved":
                Directory.Move(folder, other);
                break;
            case "replaced":
                File.WriteAllBytes(other, new byte[Length(path)]);
                File.Move(other, path, overwrite: true);
                break;
            case "replaced by a copy":
                Do("cp", "-p", path, other);
                File.Move(other, path, overwrite: true);
                break;
            case "sed -i":
                Do("sed", "-i", "s/nothing/nothing/", path);
                break;
            case "truncated":
                using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) file.SetLength(10);
                break;
            default:
                using (var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) file.WriteByte((byte)'\n');
                break;
        }

        // The next batch, a batch that is sent again, an answer, and the end of the run.
        Action[] uses =
        [
            () => journal.WriteSent([FileIds.Of(2)]), () => journal.WriteSent([]),
            () => journal.WriteOutcomes([RemovalJournalTests.Removed(FileIds.Of(1))]), () => journal.WriteEnd(JournalRun.Completed),
        ];

        Assert.All(uses, use =>
        {
            TcbException e = Assert.Throws<TcbException>(use);
            Assert.Equal(ErrorId.JournalUnavailable, e.ErrorId);
            Assert.Contains(reason, e.Message, StringComparison.Ordinal);
            Assert.Contains("-IgnoreMissing", e.Message, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Write_JournalMovedAndPutBack_GoesOn()
    {
        if (OperatingSystem.IsWindows()) return;
        using RemovalJournal journal = JournalShortcuts.Open(Journal);
        File.Move(Journal, Journal + "2");
        Assert.Throws<TcbException>(() => journal.WriteSent([FileIds.Of(1)]));

        File.Move(Journal + "2", Journal);

        journal.WriteSent([FileIds.Of(1)]);
        Assert.Equal(2, File.ReadLines(Journal).Count());
    }

    [Theory]
    [InlineData("zeros")]
    [InlineData("line breaks")]
    [InlineData("one line")]
    public void Open_HugeForeignFile_IsRefusedAfterItsHead(string what)
    {
        using var stream = new HugeStream(what);

        TcbException e = Assert.Throws<TcbException>(() => JournalShortcuts.Open(stream).Dispose());

        Assert.Contains("not a journal", e.Message, StringComparison.Ordinal);
        // A line that begins as ours could be one, until it is too long for that.
        Assert.InRange(stream.Position, 1, what == "one line" ? (1024 + 64) * 1024 : 4 * 1024);
    }

    private static long Length(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return file.Length;
    }

    private static void Do(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    /// <summary>A file of a gigabyte that takes no memory.</summary>
    private sealed class HugeStream(string content) : MemoryStream
    {
        private readonly byte _byte = content switch { "zeros" => 0, "line breaks" => (byte)'\n', _ => (byte)'a' };

        public override long Length => 1L << 30;

        public override long Position { get; set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            buffer.AsSpan(offset, count).Fill(_byte);
            if (Position == 0 && _byte == 'a') "{\"time\":"u8.CopyTo(buffer.AsSpan(offset));
            Position += count;
            return count;
        }
    }
}
