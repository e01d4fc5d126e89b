using System.Diagnostics;
using TcbPowerShell.Client.Journal;
using TcbPowerShell.Model;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Client.Journal;

/// <summary>One journal under two names is one journal: two runs never write to it at once (rule 12 in docs/design.md).</summary>
[Trait("rule", "12")]
public sealed class JournalNamesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tcb-names-").FullName;

    public static TheoryData<string> Names =>
    [
        "same", "relative", "dot-dot", "symbolic link", "link to a link", "relative link", "linked folder", "linked folder above", "hard link",
        .. OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? ["other case"] : Array.Empty<string>(),
    ];

    private string Journal => Path.Combine(_folder, "real", "below", "run.jsonl");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Open_WhileAnotherProcessWrites_IsRefusedUnderEachName(string kind)
    {
        string name = MakeName(kind);
        // Between processes, macOS has no lock that a hard link cannot get around; what it has is tested below.
        if (kind == "hard link" && OperatingSystem.IsMacOS()) return;
        using JournalHolder other = await JournalHolder.StartAsync(Journal);

        TcbException e = Assert.Throws<TcbException>(() => Open(name).Dispose());

        Assert.Equal(ErrorId.JournalUnavailable, e.ErrorId);
        Assert.Contains("another run is writing", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Open_TwoRunsOfOneProcess_TheSecondIsRefusedUnderEachName(string kind)
    {
        string name = MakeName(kind);
        using RemovalJournal first = Open(Journal);
        long length = Length();

        TcbException e = Assert.Throws<TcbException>(() => Open(name).Dispose());

        Assert.Equal(ErrorId.JournalUnavailable, e.ErrorId);
        Assert.Contains("another run is writing", e.Message, StringComparison.Ordinal);
        Assert.Equal(length, Length());
        first.WriteSent([FileIds.Of(1)]);

        long Length()
        {
            using var file = new FileStream(Journal, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            return file.Length;
        }
    }

    [Fact]
    public async Task Open_HardLinkAfterTheFirstRunsProcessReadTheJournal_IsRefused()
    {
        if (OperatingSystem.IsMacOS()) return;
        string link = MakeName("hard link");
        using JournalHolder other = await JournalHolder.StartAsync(Journal);

        await other.ReadAsync();

        Assert.Equal(ErrorId.JournalUnavailable, Assert.Throws<TcbException>(() => Open(link).Dispose()).ErrorId);
    }

    [Fact]
    public void Open_LinkToAFileThatIsNotThereYet_CreatesItWhereTheLinkLeads()
    {
        string link = MakeName("symbolic link");
        File.Delete(Journal);

        using (RemovalJournal journal = Open(link)) journal.WriteSent([FileIds.Of(1)]);

        Assert.Equal(2, File.ReadLines(Journal).Count());
        Assert.Equal(Journal, File.ResolveLinkTarget(link, returnFinalTarget: true)!.FullName);
    }

    [Fact]
    public void Open_LinksInACircle_IsRefused()
    {
        if (OperatingSystem.IsWindows()) return;
        string link = Path.Combine(_folder, "circle");
        File.CreateSymbolicLink(link, link);

        Assert.Equal(ErrorId.JournalUnavailable, Assert.Throws<TcbException>(() => Open(link).Dispose()).ErrorId);
    }

    [Fact]
    public void Write_FileThatSomethingElseLengthened_IsRefused()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Journal)!);
        using RemovalJournal journal = Open(Journal);
        journal.WriteSent([FileIds.Of(1)]);
        using (var other = new FileStream(Journal, FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) other.WriteByte((byte)'\n');

        Assert.Equal(ErrorId.JournalUnavailable, Assert.Throws<TcbException>(() => journal.WriteSent([FileIds.Of(2)])).ErrorId);
    }

    private static RemovalJournal Open(string path) => JournalShortcuts.Open(path);

    // A second name of the journal, which exists from the start.
    private string MakeName(string kind)
    {
        string real = Path.Combine(_folder, "real");
        Directory.CreateDirectory(Path.GetDirectoryName(Journal)!);
        File.WriteAllText(Journal, string.Empty);
        string link = Path.Combine(_folder, "link");
        switch (kind)
        {
            case "relative":
                return Path.GetRelativePath(Environment.CurrentDirectory, Journal);
            case "dot-dot":
                return Path.Combine(real, "below", "..", "below", ".", "run.jsonl");
            case "symbolic link":
                File.CreateSymbolicLink(link, Journal);
                return link;
            case "link to a link":
                File.CreateSymbolicLink(link, Journal);
                File.CreateSymbolicLink(link + "2", link);
                return link + "2";
            case "relative link":
                File.CreateSymbolicLink(link, Path.Combine("real", "below", "run.jsonl"));
                return link;
            case "linked folder":
                Directory.CreateSymbolicLink(link, Path.GetDirectoryName(Journal)!);
                return Path.Combine(link, "run.jsonl");
            case "linked folder above":
                Directory.CreateSymbolicLink(link, real);
                return Path.Combine(link, "below", "run.jsonl");
            case "hard link":
                ProcessStartInfo start = OperatingSystem.IsWindows() ? new("cmd", ["/c", "mklink", "/H", link, Journal]) : new("ln", [Journal, link]);
                using (Process process = Process.Start(start)!) process.WaitForExit();
                return link;
            case "other case":
                return Path.Combine(_folder, "REAL", "below", "Run.JSONL");
            default:
                return Journal;
        }
    }
}
