using System.Text;
using CsCheck;
using TcbPowerShell.Client.Storage;
using TcbPowerShell.Model;
using Xunit;

namespace TcbPowerShell.Tests.Client.Storage;

/// <summary>An index that a crash, an editor or somebody else has changed: its paths are known, or it is refused.</summary>
[Trait("rule", "15")]
public sealed class CopyIndexTests
{
    private const string Head = "{\"format\":\"TcbPowerShell.Copies/1\"}\n";
    private const string A = "{\"fileId\":\"cloud://test-env.b/a.png\",\"path\":\"test-env.b/a.png\"}\n";
    private const string FactsOfA = "{\"fileId\":\"cloud://test-env.b/a.png\",\"length\":7,\"eTag\":\"tag\",\"lastModified\":\"2026-03-04T05:06:08Z\",\"written\":\"2026-03-04T05:06:08Z\"}\n";
    private const string B = "{\"fileId\":\"cloud://test-env.b/中文.png\",\"path\":\"test-env.b/中文.png\"}\n";

    private static readonly string Folder = Path.Combine(CrashDisk.Root, "backup");

    [Fact]
    public void Save_OneFile_WritesPathAndFacts()
    {
        var disk = new CrashDisk();
        using CopyFolder folder = CopyFolder.Open(Folder, overwrites: false, disk);

        folder.Save("a.png");

        Assert.Equal(Head + A + FactsOfA, Encoding.UTF8.GetString(disk.ReadIndex(Folder)));
    }

    [Fact]
    public void Open_IndexCutOffAnywhere_KnowsTheWholeLines_AndGoesOn()
    {
        byte[] whole = Encoding.UTF8.GetBytes(Head + A + FactsOfA + B);
        for (int length = 0; length <= whole.Length; length++)
        {
            foreach (byte[] tail in new[] { [], new byte[100] })
            {
                var disk = new CrashDisk();
                disk.Put(Path.Combine(Folder, CopyName.Index), [.. whole[..length], .. tail]);
                disk.Put(Path.Combine(Folder, "test-env.b", "a.png"), "content"u8.ToArray());
                disk.SetTime(Path.Combine(Folder, "test-env.b", "a.png"), CopyShortcuts.Time);
                bool hasFacts = length >= Encoding.UTF8.GetByteCount(Head + A + FactsOfA) - (tail.Length == 0 ? 1 : 0);
                using (CopyFolder folder = CopyFolder.Open(Folder, overwrites: false, disk))
                {
                    Assert.Equal(hasFacts, folder.PlaceOf("a.png").IsRecorded(CopyShortcuts.FactsOf("content")));
                    folder.Save("中文.png", "other");
                }
                using CopyFolder next = CopyFolder.Open(Folder, overwrites: false, disk);
                Assert.True(next.PlaceOf("中文.png").IsRecorded(CopyShortcuts.FactsOf("other") with { Length = 5 }) || next.PlaceOf("中文.png").Existing is not null);
            }
        }
    }

    [Theory]
    [InlineData("\ufeff" + Head + A)]
    [InlineData("{\"format\":\"TcbPowerShell.Copies/1\"}\r\n{\"fileId\":\"cloud://test-env.b/a.png\",\"path\":\"test-env.b/a.png\"}\r\n")]
    [InlineData("\n" + Head + "\n\n" + A + "\n")]
    [InlineData(Head + A + A)]
    [InlineData("{\"form\n" + Head + A)]
    [InlineData("\0\0\0\0\n" + Head + A)]
    [InlineData(Head + "{\"fileId\":\"cloud://test-en\n" + A)]
    [InlineData(Head + "\0\0\0\0\0\n" + A)]
    [InlineData(Head + "{\"fileId\":\"clo\0\0\0\0\n" + A)]
    public void Open_IndexAfterACrashOrAnEditor_KnowsItsPaths(string index)
    {
        var disk = new CrashDisk();
        disk.Put(Path.Combine(Folder, CopyName.Index), Encoding.UTF8.GetBytes(index));
        using CopyFolder folder = CopyFolder.Open(Folder, overwrites: false, disk);

        Assert.True(folder.PlaceOf("a.png").IsUnfinished);
        Assert.False(folder.PlaceOf("b.png").IsUnfinished);
    }

    [Theory]
    [InlineData("test-env.b/a%-2.png")]
    [InlineData("elsewhere/b.png")]
    [InlineData("b.png")]
    public void Open_PathThatNamesWouldNotLeadTo_IsKept_AndIsNobodyElses(string path)
    {
        var disk = new CrashDisk();
        disk.Put(Path.Combine(Folder, CopyName.Index), Encoding.UTF8.GetBytes(Head + $"{{\"fileId\":\"cloud://test-env.b/a.png\",\"path\":\"{path}\"}}\n"));
        for (int run = 0; run < 2; run++)
        {
            using CopyFolder folder = CopyFolder.Open(Folder, overwrites: true, disk);

            string full = Path.Combine(Folder, path.Replace('/', Path.DirectorySeparatorChar));
            Assert.Equal(full, folder.Save("a.png", "a"));
            Assert.NotEqual(full, folder.Save("A.png", "A"));
            // An ID whose name leads there.
            if (!path.Contains('%') && CloudFileId.TryParse("cloud://" + path, null, out CloudFileId id, out _))
                Assert.NotEqual(full, folder.PlaceOf(id).Path);
            Assert.Equal("a"u8.ToArray(), disk.Files[full]);
        }
    }

    public static TheoryData<string> Damaged =>
    [
        "ids.txt\n", "cloud://test-env.b/a.png\n", "{\"time\":\"2026-01-01\"}\n", "{}\n", "[]\n", "PK\u0003\u0004", "\"FileId\",\"Path\",\"Length\"\n",
        "{\"format\":\"TcbPowerShell.Copies/2\"}\n", "{\"format\":null}\n", "{\"format\":1}\n", new string('x', 5_000), "\0\0x\n" + A,
        Head + "garbage\n", Head + "null\n", Head + "{}\n", Head + "[]\n", Head + "12\n", Head + Head, Head + "{\"fileId\":\"cloud://test-env.b/a.png\"}\n",
        Head + "{\"fileId\":\"a.png\",\"path\":\"a.png\"}\n", Head + "{\"path\":\"test-env.b/a.png\"}\n", Head + "{\"fileId\":7,\"path\":\"test-env.b/a.png\"}\n",
        Head + A.Replace("}", "} x", StringComparison.Ordinal), Head + A.Replace("\":\"cloud", "\"\"cloud", StringComparison.Ordinal), Head + A.Replace("\"}", "\\x\"}", StringComparison.Ordinal),
        // Facts without a path, or not whole.
        Head + FactsOfA, Head + A + FactsOfA.Replace("7", "-7", StringComparison.Ordinal), Head + A + FactsOfA.Replace("7", "\"7\"", StringComparison.Ordinal),
        Head + A + FactsOfA.Replace("2026-03-04T05:06:08Z", "yesterday", StringComparison.Ordinal), Head + A + FactsOfA.Replace("written", "wrote", StringComparison.Ordinal),
        // Two IDs with one path, two paths of one ID, a file that is a folder.
        Head + A + OfB("test-env.b/a.png"), Head + A + OfB("test-env.b/A.PNG"), Head + A + A.Replace("path\":\"test-env.b/a", "path\":\"test-env.b/c", StringComparison.Ordinal),
        Head + A + OfB("test-env.b/a.png/b"), Head + OfB("test-env.b/a.png/b") + A.Replace("cloud://test-env.b/a.png", "cloud://test-env.b/c", StringComparison.Ordinal),
        .. new[]
        {
            "../victim", "test-env.b/../../victim", "test-env.b/..", "/etc/victim", "//server/share", "C:/victim", "c:victim", "test-env.b\\\\..\\\\victim", "", ".", "./a", "a//b", "a/",
            "%index.jsonl", "%index.jsonl.lock", "test-env.b/x%part", "con", "test-env.b/nul.txt", "test-env.b/a.", "test-env.b/a ", "test-env.b/a\\u0000b", "test-env.b/\\ud83d",
            "\\\\\\\\?\\\\C:\\\\x", "test-env.b/LONGNA~1.TXT", "test-env.b/a:stream",
        }.Select(path => Head + OfB(path)),
    ];

    [Theory]
    [MemberData(nameof(Damaged))]
    public void Open_AnythingElse_IsRefused_AndLeftAsItIs(string index)
    {
        var disk = new CrashDisk();
        disk.Put(Path.Combine(Folder, CopyName.Index), Encoding.UTF8.GetBytes(index));

        TcbException e = Assert.Throws<TcbException>(() => CopyFolder.Open(Folder, overwrites: true, disk).Dispose());

        Assert.Equal(ErrorId.DestinationUnavailable, e.ErrorId);
        Assert.Contains("of its index %index.jsonl is damaged", e.Message, StringComparison.Ordinal);
        Assert.Equal(index, Encoding.UTF8.GetString(disk.ReadIndex(Folder)));
    }

    [Fact]
    public void Open_IndexWithRandomDamage_IsRefused_OrLeadsNowhereElse() =>
        Gen.Select(Gen.Int[0, 400], Gen.Int[0, 30], Gen.Byte.Array[0, 12]).Sample(damage =>
        {
            byte[] whole = Encoding.UTF8.GetBytes(Head + A + FactsOfA + B);
            int at = Math.Min(damage.Item1, whole.Length), end = Math.Min(at + damage.Item2, whole.Length);
            var disk = new CrashDisk();
            disk.Put(Path.Combine(Folder, CopyName.Index), [.. whole[..at], .. damage.Item3, .. whole[end..]]);
            try
            {
                using CopyFolder folder = CopyFolder.Open(Folder, overwrites: true, disk);
                foreach (string key in new[] { "a.png", "中文.png", "c" })
                {
                    string path = folder.Save(key, key);
                    Assert.StartsWith(Folder + Path.DirectorySeparatorChar, path, StringComparison.Ordinal);
                    Assert.Equal(path, Path.GetFullPath(path));
                }
                Assert.Equal(3, disk.Files.Count);
            }
            catch (TcbException e)
            {
                Assert.Equal(ErrorId.DestinationUnavailable, e.ErrorId);
            }
        });

    private static string OfB(string path) => $"{{\"fileId\":\"cloud://test-env.b/b\",\"path\":\"{path}\"}}\n";
}
