using System.Diagnostics;
using TcbPowerShell.Client.Storage;
using TcbPowerShell.Model;
using TcbPowerShell.Tests.Client.Journal;
using Xunit;

namespace TcbPowerShell.Tests.Client.Storage;

/// <summary>A folder of copies on the machine's own disk.</summary>
[Trait("rule", "15")]
public sealed class CopyFolderTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("tcb-copies-").FullName;

    private string Folder => Path.Combine(_root, "backup");

    private string Bucket => Path.Combine(Folder, CopyShortcuts.Bucket);

    private string Index => Path.Combine(Folder, CopyName.Index);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Keep_NewFile_HasItsBytesItsTimeAndNoPart()
    {
        using (CopyFolder folder = Open(Path.Combine(Folder, "deep", "er")))
        {
            string path = folder.Save("a/b/中文.png");

            Assert.Equal(Path.Combine(Folder, "deep", "er", CopyShortcuts.Bucket, "a", "b", "中文.png"), path);
            Assert.Equal("content", File.ReadAllText(path));
            Assert.Equal(CopyShortcuts.Time.UtcDateTime, File.GetLastWriteTimeUtc(path));
            Assert.Single(Directory.GetFiles(Path.GetDirectoryName(path)!));
        }
        Assert.Equal([CopyName.Index], Directory.GetFiles(Path.Combine(Folder, "deep", "er")).Select(Path.GetFileName));
    }

    [Fact]
    public void Keep_NewFile_CanBeReadAsAnyOtherFile()
    {
        if (OperatingSystem.IsWindows()) return;
        using CopyFolder folder = Open();
        string own = Path.Combine(_root, "own");
        File.WriteAllText(own, string.Empty);

        Assert.Equal(File.GetUnixFileMode(own), File.GetUnixFileMode(folder.Save("a.png")));
        Assert.Equal(File.GetUnixFileMode(own), File.GetUnixFileMode(Index));
    }

    [Fact]
    public void IsRecorded_InTheNextRun_IfFactsAndFileAreTheSame()
    {
        string path;
        using (CopyFolder folder = Open())
        {
            path = folder.Save("a.png");
            Assert.True(folder.PlaceOf("a.png").IsRecorded(CopyShortcuts.FactsOf("content")));
        }
        using CopyFolder next = Open();

        Assert.True(Is(CopyShortcuts.FactsOf("content")));
        Assert.False(Is(CopyShortcuts.FactsOf("content", "other")));
        Assert.False(Is(CopyShortcuts.FactsOf("content", null)));
        Assert.False(Is(CopyShortcuts.FactsOf("contents")));
        Assert.False(Is(CopyShortcuts.FactsOf("content") with { LastModified = CopyShortcuts.Time.AddSeconds(1) }));
        File.SetLastWriteTimeUtc(path, CopyShortcuts.Time.UtcDateTime.AddSeconds(2));
        Assert.False(Is(CopyShortcuts.FactsOf("content")));
        File.Delete(path);
        Assert.False(Is(CopyShortcuts.FactsOf("content")));
        Assert.False(next.PlaceOf("a.png").IsUnfinished);
        Assert.False(next.PlaceOf("b.png").IsUnfinished);

        bool Is(CopyFacts facts) => next.PlaceOf("a.png").IsRecorded(facts);
    }

    [Fact]
    public void Accept_FileOfTheUsers_IsRecordedAsItIs()
    {
        string path = Put("a.png", "content");
        DateTime written = File.GetLastWriteTimeUtc(path);
        using (CopyFolder folder = Open())
        {
            CopyPlace place = folder.PlaceOf("a.png");
            Assert.Equal((7, written), (place.Existing!.Value.Length, place.Existing.Value.Written.UtcDateTime));
            Assert.Equal("9a0364b9e99bb480dd25e1f0284c8555", CopyShortcuts.Wait(place.ComputeMd5Async(default)));
            Assert.False(place.IsRecorded(CopyShortcuts.FactsOf("content")));

            CopyShortcuts.Wait(place.AcceptAsync(CopyShortcuts.FactsOf("content"), default));
        }
        using CopyFolder next = Open();
        Assert.True(next.PlaceOf("a.png").IsRecorded(CopyShortcuts.FactsOf("content")));
        Assert.Equal(written, File.GetLastWriteTimeUtc(path));
    }

    [Theory]
    [InlineData(false, "other", false)]
    [InlineData(false, "contents", false)]
    [InlineData(true, "other", true)]
    [InlineData(false, "content", true)]
    [InlineData(true, "content", true)]
    public void Keep_FileInTheWay_IsOverwrittenOnlyWithForce_AndLeftIfItIsTheSame(bool overwrites, string there, bool isKept)
    {
        string path = Put("a.png", there);
        using CopyFolder folder = Open(overwrites: overwrites);

        Exception? e = Record.Exception(() => folder.Save("a.png"));

        Assert.Equal(isKept, e is null);
        if (e is not null) Assert.Contains($"'{path}'", Assert.IsType<CopyRefused>(e).Message, StringComparison.Ordinal);
        Assert.Equal(isKept ? "content" : there, File.ReadAllText(path));
        Assert.Equal(there == "other" && isKept, File.GetLastWriteTimeUtc(path) == CopyShortcuts.Time.UtcDateTime);
    }

    [Fact]
    public async Task Keep_FilePutThereMeanwhile_IsNotOverwritten()
    {
        // After the last look.
        var disk = new FaultyDisk(new CopyDisk())
        {
            Before = (step, path) =>
            {
                if (step == "Rename") File.WriteAllText(path, "the user's");
            }
        };
        using CopyFolder folder = CopyFolder.Open(Folder, overwrites: false, disk);
        CopyPlace place = folder.PlaceOf("a.png");

        await Assert.ThrowsAsync<CopyRefused>(() => place.SaveAsync("content"));
        await place.DropPartAsync();

        Assert.Equal("the user's", File.ReadAllText(place.Path));
        Assert.Single(Directory.GetFiles(Bucket));
    }

    [Fact]
    public void Keep_PartThatACrashLeft_IsEmptied()
    {
        Put("a.png%part", "longer than the content");
        using CopyFolder folder = Open();

        Assert.Equal("content", File.ReadAllText(folder.Save("a.png")));
        Assert.Single(Directory.GetFiles(Bucket));
    }

    [Fact]
    public async Task DropPart_AfterAFailedDownload_LeavesNothing()
    {
        using CopyFolder folder = Open();
        CopyPlace place = folder.PlaceOf("a.png");
        await place.CreatePartAsync(default);
        await place.WriteAsync([1, 2], 2, default);

        await place.DropPartAsync();

        Assert.Empty(Directory.GetFiles(Bucket));
        Assert.Equal("content", File.ReadAllText(folder.Save("a.png")));
    }

    [Theory]
    [InlineData("folder for a file", "is a folder")]
    [InlineData("file for a folder", "is a file")]
    [InlineData("file for a folder's ID", "is a file")]
    [InlineData("linked folder", "is a link")]
    [InlineData("linked bucket", "is a link")]
    [InlineData("link to a file", "is a link")]
    [InlineData("link to nothing", "is a link")]
    [InlineData("pipe", "not a regular file")]
    [InlineData("folder for the part", "is a folder")]
    public void Save_SomethingElseInTheWay_IsRefused_AndNothingIsWrittenElsewhere(string what, string expected)
    {
        if (OperatingSystem.IsWindows() && what == "pipe") return;
        string outside = Path.Combine(_root, "outside"), key = what == "file for a folder's ID" ? "a/" : "a/b.png";
        Directory.CreateDirectory(outside);
        File.WriteAllText(Path.Combine(outside, "b.png"), "outside");
        Directory.CreateDirectory(Folder);
        if (what != "linked bucket") Directory.CreateDirectory(Bucket);
        string a = Path.Combine(Bucket, "a"), b = Path.Combine(a, "b.png");
        if (what is "folder for a file" or "link to a file" or "link to nothing" or "pipe" or "folder for the part") Directory.CreateDirectory(a);
        switch (what)
        {
            case "folder for a file":
                Directory.CreateDirectory(b);
                break;
            case "folder for the part":
                Directory.CreateDirectory(b + CopyName.Part);
                break;
            case "linked folder":
                Directory.CreateSymbolicLink(a, outside);
                break;
            case "linked bucket":
                Directory.CreateSymbolicLink(Bucket, outside);
                break;
            case "link to a file":
                File.CreateSymbolicLink(b, Path.Combine(outside, "b.png"));
                break;
            case "link to nothing":
                File.CreateSymbolicLink(b, Path.Combine(outside, "new"));
                break;
            case "pipe":
                using (Process process = Process.Start("mkfifo", [b])) process.WaitForExit();
                break;
            default:
                File.WriteAllText(a, "the user's");
                break;
        }
        using CopyFolder folder = Open(overwrites: true);

        CopyRefused e = Assert.Throws<CopyRefused>(() => folder.Save(key));

        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
        Assert.Equal("outside", File.ReadAllText(Assert.Single(Directory.GetFileSystemEntries(outside))));
        // Others are saved.
        if (what != "linked bucket") folder.Save("other.png");
    }

    [Fact]
    public void Save_LinkInThePlaceOfThePart_IsReplacedAndNotFollowed()
    {
        string outside = Path.Combine(_root, "outside.txt");
        File.WriteAllText(outside, "outside");
        Directory.CreateDirectory(Bucket);
        File.CreateSymbolicLink(Path.Combine(Bucket, "a.png" + CopyName.Part), outside);
        using CopyFolder folder = Open();

        Assert.Equal("content", File.ReadAllText(folder.Save("a.png")));
        Assert.Equal("outside", File.ReadAllText(outside));
        Assert.Single(Directory.GetFileSystemEntries(Bucket));
    }

    [Fact]
    public async Task Keep_LinkPutOnTheWayMeanwhile_IsRefused()
    {
        using CopyFolder folder = Open();
        CopyPlace place = folder.PlaceOf("a/b.png");
        await place.CreatePartAsync(default);
        string outside = Path.Combine(_root, "outside");
        Directory.Move(Path.Combine(Bucket, "a"), outside);
        Directory.CreateSymbolicLink(Path.Combine(Bucket, "a"), outside);

        await Assert.ThrowsAsync<CopyRefused>(() => place.KeepAsync(new CopyFacts(0, null, null), default));

        Assert.DoesNotContain(Directory.GetFiles(outside), path => Path.GetFileName(path) == "b.png");
    }

    [Theory]
    [InlineData("..")]
    [InlineData("../../victim.txt")]
    [InlineData("x/..")]
    [InlineData("x/../y")]
    [InlineData("./victim.txt")]
    [InlineData("x/.")]
    [InlineData("x/./")]
    public void PlaceOf_DotSegment_IsRefused(string key)
    {
        using CopyFolder folder = Open();

        Assert.Contains("dots", Assert.Throws<CopyRefused>(() => folder.PlaceOf(key)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("..\\..\\victim.txt", "..%5C..%5Cvictim.txt")]
    [InlineData("/etc/victim.txt", "%2F/etc/victim.txt")]
    [InlineData(".../x", "..%2E/x")]
    [InlineData("a//b", "a/%2F/b")]
    public void PlaceOf_OddSegment_IsInsideTheBucket(string key, string path)
    {
        using CopyFolder folder = Open();

        Assert.Equal(Path.Combine(Bucket, path.Replace('/', Path.DirectorySeparatorChar)), folder.Save(key));
    }

    [Fact]
    public void PlaceOf_FileAndFolderOfOneName_AreApart_WhicheverComesFirst()
    {
        string[] keys = ["x", "x/1", "y/1", "y", "x/2", "y/2", "X", "z/", "z"];
        Dictionary<string, string> paths = [];
        using (CopyFolder folder = Open())
        {
            foreach (string key in keys[..4]) paths.Add(key, folder.Save(key, key));
        }
        using CopyFolder next = Open();
        foreach (string key in keys[4..7]) paths.Add(key, next.Save(key, key));
        CopyShortcuts.Wait(next.PlaceOf("z/").MakeFolderAsync(default));
        paths.Add("z", next.Save("z", "z"));

        Assert.All(paths, pair => Assert.Equal(pair.Key, File.ReadAllText(pair.Value)));
        Assert.Equal(["x", "x%-2/1", "y/1", "y%-2", "x%-2/2", "y/2", "X%-3", "z%-2"], paths.Values.Select(path => Path.GetRelativePath(Bucket, path).Replace('\\', '/')));
    }

    [Fact]
    public async Task MakeFolder_FolderId_MakesItOnce()
    {
        using CopyFolder folder = Open();

        Assert.True(folder.PlaceOf("a/b/").IsFolder);
        Assert.True(await folder.PlaceOf("a/b/").MakeFolderAsync(default));
        Assert.False(await folder.PlaceOf("a/b/").MakeFolderAsync(default));

        Assert.True(Directory.Exists(Path.Combine(Bucket, "a", "b")));
        Assert.Equal(2, CountLines());
    }

    [Fact]
    public void Save_PathTooLong_IsRefused_AndTheNextIsSaved()
    {
        string key = string.Join('/', Enumerable.Repeat(new string('|', 60), 60)) + "/a.png";
        using CopyFolder folder = Open();

        CopyRefused e = Assert.Throws<CopyRefused>(() => folder.Save(key));

        Assert.Contains("too long", e.Message, StringComparison.Ordinal);
        folder.Save("a.png");
    }

    [Fact]
    public void Open_FolderIsAFile_IsRefused()
    {
        File.WriteAllText(Folder, "mine");

        Assert.Contains($"'{Folder}' is not a folder", Refused(Folder), StringComparison.Ordinal);
        Assert.Contains($"'{Folder}' is not a folder", Refused(Path.Combine(Folder, "below")), StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(Folder));
    }

    [Fact]
    public void Open_IndexIsALink_IsRefused()
    {
        string outside = Path.Combine(_root, "outside");
        Directory.CreateDirectory(Folder);
        File.CreateSymbolicLink(Index, outside);

        Assert.Contains($"'{Index}' cannot be used", Refused(Folder), StringComparison.Ordinal);
        Assert.False(File.Exists(outside));
    }

    [Theory]
    [InlineData("same")]
    [InlineData("separator")]
    [InlineData("linked folder")]
    public void Open_WhileARunOfThisProcessUsesIt_IsRefusedUnderEachName(string kind)
    {
        using CopyFolder first = Open();
        string name = kind == "separator" ? Folder + Path.DirectorySeparatorChar : Folder;
        if (kind == "linked folder") Directory.CreateSymbolicLink(name = Path.Combine(_root, "link"), Folder);

        Assert.Contains("another run is saving", Refused(name), StringComparison.Ordinal);

        first.Save("a.png");
        first.Dispose();
        using CopyFolder next = Open(name);
        Assert.True(next.PlaceOf("a.png").IsRecorded(CopyShortcuts.FactsOf("content")));
    }

    [Fact]
    public async Task Open_WhileAnotherProcessUsesIt_IsRefused()
    {
        Directory.CreateDirectory(Folder);
        // The index is locked as a journal is.
        using JournalHolder other = await JournalHolder.StartAsync(Index);

        Assert.Contains("another run is saving", Refused(Folder), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("moved")]
    [InlineData("replaced")]
    [InlineData("written")]
    public void Keep_IndexThatChangedMeanwhile_EndsTheRun_AndNoCopyGetsItsName(string how)
    {
        if (OperatingSystem.IsWindows() && how != "written") return;
        using CopyFolder folder = Open();
        folder.Save("a.png");
        if (how == "written") File.AppendAllText(Index, "\n");
        else File.Move(Index, Path.Combine(_root, "elsewhere"));
        if (how == "replaced") File.Copy(Path.Combine(_root, "elsewhere"), Index);

        TcbException e = Assert.Throws<TcbException>(() => folder.Save("b.png"));

        Assert.Equal(ErrorId.DestinationUnavailable, e.ErrorId);
        Assert.Contains("%index.jsonl was moved, replaced or changed", e.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(Bucket, "b.png")));
    }

    [Fact]
    public void PlaceOf_FolderThatIsGone_EndsTheRun()
    {
        if (OperatingSystem.IsWindows()) return;
        using CopyFolder folder = Open();
        Directory.Delete(Folder, recursive: true);

        TcbException e = Assert.Throws<TcbException>(() => folder.Save("b.png"));

        Assert.Equal(ErrorId.DestinationUnavailable, e.ErrorId);
        Assert.False(Directory.Exists(Folder));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rename_NameThatIsTaken_IsLeftUnlessItMayBeOverwritten(bool isThere)
    {
        string path = Put("a", "content"), newPath = Path.Combine(Bucket, "b");
        if (isThere) File.WriteAllText(newPath, "there");

        Assert.Equal(!isThere, new CopyDisk().Rename(path, newPath, overwrites: false));

        Assert.Equal(isThere ? "there" : "content", File.ReadAllText(newPath));
        Assert.Equal(isThere, File.Exists(path));
        if (isThere) Assert.True(new CopyDisk().Rename(path, newPath, overwrites: true));
        Assert.Equal("content", File.ReadAllText(newPath));
    }

    private CopyFolder Open(string? path = null, bool overwrites = false) => CopyFolder.Open(path ?? Folder, overwrites);

    private static string Refused(string path)
    {
        TcbException e = Assert.Throws<TcbException>(() => CopyFolder.Open(path, overwrites: false).Dispose());
        Assert.Equal(ErrorId.DestinationUnavailable, e.ErrorId);
        return e.Message;
    }

    private string Put(string name, string content)
    {
        Directory.CreateDirectory(Bucket);
        string path = Path.Combine(Bucket, name);
        File.WriteAllText(path, content);
        return path;
    }

    private int CountLines()
    {
        using var file = new StreamReader(new FileStream(Index, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return file.ReadToEnd().Count(c => c == '\n');
    }
}
