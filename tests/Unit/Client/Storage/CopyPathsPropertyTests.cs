using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using TcbPowerShell.Client.Storage;
using TcbPowerShell.Model;
using TcbPowerShell.Tests.Model;
using Xunit;

namespace TcbPowerShell.Tests.Client.Storage;

/// <summary>
/// Any IDs in any order have distinct paths in the folder, by the rules of Windows, macOS and Linux, and the next run gives each ID its path again.
/// TCB_PROPERTY_RUNS sets the number of runs.
/// </summary>
[Trait("rule", "15")]
public sealed partial class CopyPathsPropertyTests
{
    private static readonly int Runs =
        int.TryParse(Environment.GetEnvironmentVariable("TCB_PROPERTY_RUNS"), NumberStyles.Integer, CultureInfo.InvariantCulture, out int runs) ? runs : 2_000;

    // Few pieces, so that many names meet.
    private static readonly Gen<string> Meeting = Gen.OneOf(
        "a", "A", "a", "/", "/", ".", " ", "é", "e\u0301", "É", "ß", "SS", "ss", "ﬁ", "fi", "K", "\u212a", "k", "ı", "i", "I", "İ", "\u200d", "\u00ad", "con", "nul.", "~1",
        "%", "%2F", "%-2", "%part", "%41", "%index.jsonl", ":", "|", "中", "😀", "\uffff", new('y', 120), new('中', 70));

    private static readonly Gen<string[]> Ids = Gen.OneOf(
        FileIdGen.Distinct(1, 40),
        Gen.Select(Gen.OneOf("b", "B"), Meeting.Array[1, 5], (bucket, path) => $"cloud://{FileIdGen.EnvironmentId}.{bucket}/{string.Concat(path)}")
            .Array[1, 60].Select(ids => ids.Distinct(StringComparer.Ordinal).ToArray()));

    private static readonly (string System, Func<string, string> Fold)[] Systems =
    [
        ("Linux", name => name),
        ("Linux with casefold", name => Fold(name, HasWidth)),
        ("Windows", name => string.Concat(name.Select(char.ToUpperInvariant))),
        ("APFS", name => Fold(name, _ => true)),
        ("HFS+", name => Fold(name, c => c is not ('\u200c' or '\u200d' or '\ufeff' or (>= '\u200e' and <= '\u200f') or (>= '\u202a' and <= '\u202e')))),
        ("exFAT", name => name.ToUpperInvariant()),
    ];

    [Fact]
    public void Reserve_AnyIdsInAnyOrder_DistinctPathsInTheFolder_AndTheSameNextTime() =>
        Gen.Select(Ids, Gen.Int).Sample(sample => Check(sample.Item1, new Random(sample.Item2)), iter: Runs, threads: 2);

    private static void Check(string[] ids, Random random)
    {
        var disk = new CrashDisk();
        string root = Path.Combine(CrashDisk.Root, "backup");
        Dictionary<string, string> paths = [];
        using (CopyFolder folder = CopyFolder.Open(root, overwrites: false, disk))
        {
            foreach (string id in ids)
            {
                if (Place(folder, id) is not { } place) continue;
                // Some downloads fail: they leave nothing in the index.
                if (random.Next(4) == 0) continue;
                paths.Add(id, place.Path);
                KeepAsync(place).GetAwaiter().GetResult();
            }
        }
        CheckPaths(root, [.. paths]);

        random.Shuffle(ids);
        disk = disk.Reboot(random);
        Dictionary<string, string> pathsNow = [];
        using (CopyFolder folder = CopyFolder.Open(root, overwrites: false, disk))
        {
            foreach (string id in ids)
            {
                if (Place(folder, id) is { } place) pathsNow.Add(id, place.Path);
            }
        }
        Assert.All(paths, pair => Assert.Equal(pair.Value, pathsNow[pair.Key]));
        CheckPaths(root, [.. pathsNow]);
    }

    private static async Task KeepAsync(CopyPlace place)
    {
        if (place.IsFolder)
        {
            await place.MakeFolderAsync(default);
            return;
        }
        await place.CreatePartAsync(default);
        await place.KeepAsync(new CopyFacts(0, null, null), default);
    }

    private static CopyPlace? Place(CopyFolder folder, string fileId)
    {
        Assert.True(CloudFileId.TryParse(fileId, null, out CloudFileId id, out _), fileId);
        bool hasDots = Dots().IsMatch(fileId);
        try
        {
            CopyPlace place = folder.PlaceOf(id);
            Assert.False(hasDots, fileId);
            return place;
        }
        catch (CopyRefused) when (hasDots)
        {
            return null;
        }
    }

    private static void CheckPaths(string root, KeyValuePair<string, string>[] paths)
    {
        foreach ((string id, string path) in paths)
        {
            Assert.StartsWith(root + Path.DirectorySeparatorChar, path, StringComparison.Ordinal);
            Assert.Equal(path, Path.GetFullPath(path));
            string[] names = Names(path);
            Assert.InRange(names.Length, 2, int.MaxValue);
            Assert.All(names, name => Assert.True(IsAllowed(name), $"{id} has {name}"));
        }
        foreach ((string system, Func<string, string> fold) in Systems)
        {
            string[] files = [.. paths.Where(pair => !pair.Key.EndsWith('/')).Select(pair => string.Join('/', Names(pair.Value).Select(fold)))];
            Assert.True(files.Distinct(StringComparer.Ordinal).Count() == files.Length, $"{system}: {string.Join(", ", files.GroupBy(file => file).Where(group => group.Count() > 1).Select(group => group.Key))}");
            HashSet<string> folders = [.. paths.SelectMany(pair => Folders([.. Names(pair.Value).Select(fold)], pair.Key.EndsWith('/')))];
            Assert.True(!folders.Overlaps(files), $"{system}: {string.Join(", ", folders.Intersect(files))} is a file and a folder");
            // Neither is the part of one file the name of another one.
            Assert.Empty(files.Intersect(files.Select(file => file + fold(CopyName.Part))));
        }

        string[] Names(string path) => path[(root.Length + 1)..].Split(Path.DirectorySeparatorChar);
    }

    private static IEnumerable<string> Folders(string[] names, bool isFolder) =>
        Enumerable.Range(1, names.Length - (isFolder ? 0 : 1)).Select(count => string.Join('/', names.Take(count)));

    private static bool IsAllowed(string name) =>
        name.Length > 0 && Encoding.UTF8.GetByteCount(name) <= 250 && !Forbidden().IsMatch(name) && name is not (CopyName.Index or CopyName.Index + ".lock");

    // Full case folding of the decomposed text, as far as the generators need it. https://www.unicode.org/Public/UCD/latest/ucd/CaseFolding.txt
    private static string Fold(string name, Func<char, bool> counts)
    {
        string folded = string.Concat(name.Normalize(NormalizationForm.FormD).Where(counts).Select(c => c switch
        {
            'ß' or 'ẞ' => "ss",
            'ﬁ' => "fi",
            '\u212a' => "k",
            _ => char.ToLowerInvariant(char.ToUpperInvariant(c)).ToString(),
        }));
        return folded.Normalize(NormalizationForm.FormD);
    }

    private static bool HasWidth(char c) => c != '\u00ad' && CharUnicodeInfo.GetUnicodeCategory(c) != UnicodeCategory.Format;

    [GeneratedRegex(@"/\.\.?(?:/|$)")]
    private static partial Regex Dots();

    // Of Windows: characters, ends, devices and short names. And the names of this module's own files.
    [GeneratedRegex(@"[<>:""/\\|?*\x00-\x1f]|[. ]$|^(?:con|prn|aux|nul|conin\$|conout\$|com[\d¹²³]|lpt[\d¹²³])(?:[. ]|$)|^[^.]{1,6}~\d+(?:\.[^.]{0,3})?$|%part$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Forbidden();
}
