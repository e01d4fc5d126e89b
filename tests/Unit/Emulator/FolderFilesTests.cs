using System.Net;
using System.Text.Json.Nodes;
using TcbPowerShell.Emulation;
using Xunit;

namespace TcbPowerShell.Tests.Emulator;

public sealed class FolderFilesTests : IDisposable
{
    private const string Odd = "cloud://test-env.7465-test-env/中文/a  b#c%20+d&e.png";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tcb-emulator-");

    private string Root => Path.Combine(_folder.FullName, "root");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Delete_SeededFiles_DisappearFromTheFolder()
    {
        using TcbEmulator emulator = Start(Odd, Caller.FileId(1));
        using var caller = new Caller(emulator);
        string file = Path.Combine(Root, "test-env.7465-test-env", "中文", "a  b#c%20+d&e.png");
        Assert.True(File.Exists(file));
        Assert.Equal([Caller.FileId(1), Odd], emulator.Files.Remaining.Order(StringComparer.Ordinal));

        JsonObject reply = await caller.DeleteAsync(Odd);

        Assert.Equal(0, (int)reply["delete_list"]![0]!["status"]!);
        Assert.False(File.Exists(file));
        Assert.Equal([Caller.FileId(1)], emulator.Files.Remaining);
        Assert.Equal(1, emulator.Files.Count);
    }

    [Fact]
    public async Task Delete_FileThatWasThereBefore_Disappears()
    {
        string folder = Directory.CreateDirectory(Path.Combine(Root, "test-env.b")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "own.png"), "");
        using TcbEmulator emulator = Start();
        using var caller = new Caller(emulator);

        await caller.DeleteAsync("cloud://test-env.b/own.png");

        Assert.Empty(Directory.GetFiles(folder));
    }

    [Theory]
    [InlineData("cloud://test-env.b/../../outside.txt")]
    [InlineData("cloud://test-env.b/./../../outside.txt")]
    [InlineData("cloud://test-env.b/a/../own.png")]
    [InlineData("cloud://test-env.b//own.png")]
    [InlineData("cloud://test-env.b/OWN.png")]
    [InlineData("cloud://test-env.b/own.png/")]
    [InlineData("cloud://test-env.b/a")]
    public async Task Delete_AnythingButTheFilesOwnId_FindsNoFile(string fileId)
    {
        using TcbEmulator emulator = Start("cloud://test-env.b/own.png", "cloud://test-env.b/a/b.png");
        using var caller = new Caller(emulator);
        string outside = Path.Combine(_folder.FullName, "outside.txt");
        await File.WriteAllTextAsync(outside, "");

        JsonObject reply = await caller.DeleteAsync(fileId);

        Assert.Equal(-503003, (int)reply["delete_list"]![0]!["status"]!);
        Assert.True(File.Exists(outside));
        Assert.Equal(2, emulator.Files.Count);
    }

    [Fact]
    public async Task Delete_BehindALink_FindsNoFile()
    {
        string outside = _folder.CreateSubdirectory("outside").FullName;
        await File.WriteAllTextAsync(Path.Combine(outside, "a.png"), "");
        using TcbEmulator emulator = Start("cloud://test-env.b/own.png");
        if (!TryLink(Path.Combine(Root, "test-env.b", "link"), outside))
            return;

        using var caller = new Caller(emulator);
        await caller.DeleteAsync("cloud://test-env.b/link/a.png");

        Assert.True(File.Exists(Path.Combine(outside, "a.png")));
        Assert.Equal(1, emulator.Files.Count);
    }

    [Fact]
    public async Task Link_ToAFileOutside_IsNoFile()
    {
        string outside = Path.Combine(_folder.FullName, "outside.png");
        await File.WriteAllTextAsync(outside, "mine");
        using TcbEmulator emulator = Start("cloud://test-env.b/own.png");
        string link = Path.Combine(Root, "test-env.b", "link.png");
        if (!TryLink(link, outside))
            return;

        using var caller = new Caller(emulator);
        JsonObject found = await caller.LookUpAsync("cloud://test-env.b/link.png");
        JsonObject deleted = await caller.DeleteAsync("cloud://test-env.b/link.png");

        Assert.Equal(1, (int)found["file_list"]![0]!["status"]!);
        Assert.Equal(-503003, (int)deleted["delete_list"]![0]!["status"]!);
        Assert.Equal(["cloud://test-env.b/own.png"], emulator.Files.Remaining);
        Assert.Equal("mine", await File.ReadAllTextAsync(outside));
        Assert.True(File.Exists(link));
    }

    [Fact]
    public async Task Download_FileThatALinkHasReplaced_IsNotServed()
    {
        string outside = Path.Combine(_folder.FullName, "outside.png");
        await File.WriteAllTextAsync(outside, "mine");
        using TcbEmulator emulator = Start("cloud://test-env.b/own.png");
        using var caller = new Caller(emulator);
        JsonObject found = await caller.LookUpAsync("cloud://test-env.b/own.png");
        string own = Path.Combine(Root, "test-env.b", "own.png");
        File.Delete(own);
        if (!TryLink(own, outside))
            return;

        using var http = new HttpClient();
        using HttpResponseMessage reply = await http.GetAsync(new Uri((string)found["file_list"]![0]!["download_url"]!));

        Assert.Equal(HttpStatusCode.NotFound, reply.StatusCode);
    }

    [Theory]
    [InlineData("outside", "link/a.png")]
    [InlineData("nowhere", "link/a.png")]
    [InlineData("nowhere", "link")]
    [InlineData("outside.png", "link")]
    public void Seed_AtOrBehindALink_CreatesNothing(string target, string path)
    {
        string outside = _folder.CreateSubdirectory("outside").FullName;
        File.WriteAllText(Path.Combine(_folder.FullName, "outside.png"), "mine");
        using TcbEmulator emulator = Start("cloud://test-env.b/own.png");
        if (!TryLink(Path.Combine(Root, "test-env.b", "link"), Path.Combine(_folder.FullName, target)))
            return;

        Assert.Throws<ArgumentException>(() => emulator.Files.Seed($"cloud://test-env.b/{path}"));

        Assert.Empty(Directory.GetFileSystemEntries(outside));
        Assert.Equal(["outside", "outside.png", "root"], _folder.GetFileSystemInfos().Select(entry => entry.Name).Order(StringComparer.Ordinal));
        Assert.Equal("mine", File.ReadAllText(Path.Combine(_folder.FullName, "outside.png")));
    }

    [Fact]
    public void Root_IsALink_IsTheFolderThatTheUserNamed()
    {
        string real = _folder.CreateSubdirectory("real").FullName;
        if (!TryLink(Root, real))
            return;

        using TcbEmulator emulator = Start("cloud://test-env.b/own.png");

        Assert.True(File.Exists(Path.Combine(real, "test-env.b", "own.png")));
        Assert.Equal(1, emulator.Files.Count);
    }

    [Fact]
    public async Task Seed_FileThatWasThereBefore_KeepsItsContent()
    {
        string file = Path.Combine(Directory.CreateDirectory(Path.Combine(Root, "test-env.b")).FullName, "own.png");
        await File.WriteAllTextAsync(file, "content");

        using TcbEmulator emulator = Start("cloud://test-env.b/own.png");

        Assert.Equal("content", await File.ReadAllTextAsync(file));
    }

    [Fact]
    public void Seed_OutsideTheRoot_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => Start("cloud://test-env.b/../../outside.txt"));
        Assert.Empty(_folder.GetFiles("outside.txt"));
    }

    [Fact]
    public async Task Delete_SameFileFromManyRequests_IsDeletedOnce()
    {
        using TcbEmulator emulator = Start(Odd);
        using var caller = new Caller(emulator);

        JsonObject[] replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => caller.DeleteAsync(Odd)));

        Assert.Equal(1, replies.Count(reply => (int)reply["delete_list"]![0]!["status"]! == 0));
        Assert.Equal(1, emulator.Files.DeletedCount);
    }

    // Making a link takes a privilege on Windows.
    private static bool TryLink(string link, string target)
    {
        try
        {
            Directory.CreateSymbolicLink(link, target);
            return true;
        }
        catch (IOException) when (OperatingSystem.IsWindows())
        {
            return false;
        }
    }

    private TcbEmulator Start(params string[] fileIds) => TcbEmulator.Start(new EmulatorOptions { Root = Root, FileIds = fileIds });
}
