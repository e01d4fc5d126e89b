using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Commands;

/// <summary>Links that the service does not encode, over real HTTP: in memory each file holds its own ID.</summary>
[Trait("rule", "15")]
public sealed class SaveTcbCloudFileLinkTests : IDisposable
{
    private const string Bucket = "cloud://test-env.7465-test-env/";

    // Each name, and the file that a client gets that uses the link as it came.
    private static readonly (string Name, string Other)[] Odd =
    [
        ("a#b.png", "a"),
        ("x?y.png", "x"),
        ("x?sign=1&t=2", "x"),
        ("100%25.png", "100%.png"),
        ("%41.txt", "A.txt"),
        ("a%2Fb", "a/b"),
        ("50%", "50"),
        ("%zz", "zz"),
        ("%e4%b8%ad.png", "中.png"),
        ("two  spaces.png", "two spaces.png"),
        (" begins and ends ", "begins and ends"),
        ("a+b.png", "a b.png"),
        ("照片/商品 图#1?.png", "照片/商品 图"),
        ("#", "sharp"),
        ("?", "question"),
        ("dir#/x", "dir"),
        ("a&b=c;d.png", "a&b"),
        ("q\"uote'<>|^`{}.png", "q"),
        ("back\\slash.png", "back/slash.png"),
        ("emoji 😀.png", "emoji"),
        ("é.png", "e.png"),
    ];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tcb-links-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Save_OddPaths_EachCopyHoldsItsOwnFile(bool raw, bool isPublic)
    {
        string[] ids = [.. Odd.SelectMany(pair => new[] { Bucket + pair.Name, Bucket + pair.Other }).Distinct()];
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = ids, RawLinks = raw, PublicLinks = isPublic });
        connected.Session.Runspace.SessionStateProxy.SetVariable("folder", _folder.FullName);

        ScriptOutcome outcome = connected.Run("$ids | Save-TcbCloudFile $folder", ids);

        Assert.Null(outcome.Terminating);
        Assert.Empty(outcome.Errors);
        Assert.Equal(ids.Order(StringComparer.Ordinal), outcome.Output.Select(copy => (string)copy.Properties["FileId"].Value).Order(StringComparer.Ordinal));
        Assert.All(outcome.Output, copy => Assert.Equal((string)copy.Properties["FileId"].Value, File.ReadAllText((string)copy.Properties["Path"].Value)));
        Assert.Equal(ids.Length, outcome.Output.Select(copy => (string)copy.Properties["Path"].Value).Distinct().Count());
        // One request for each: none was sent to a wrong address first.
        Assert.Equal(ids.Length, connected.Emulator.Requests.CountOf(RequestKind.Download));
    }

    [Fact]
    public void Save_RawLinks_NothingOfOursGoesToTheDownloadHost()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = [Bucket + Odd[0].Name], RawLinks = true });
        connected.Session.Runspace.SessionStateProxy.SetVariable("folder", _folder.FullName);

        connected.Run("$ids | Save-TcbCloudFile $folder", Bucket + Odd[0].Name);

        EmulatorRequest download = Assert.Single(connected.Emulator.Requests.Snapshot(), request => request.Kind == RequestKind.Download);
        Assert.Equal((null, "GET"), (download.Token, download.Method));
    }
}
