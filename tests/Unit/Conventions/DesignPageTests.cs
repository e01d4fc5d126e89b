using System.Globalization;
using System.Text.RegularExpressions;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Conventions;

/// <summary>docs/design.md speaks of the code as it is, and what cites its rules finds them there.</summary>
public sealed partial class DesignPageTests
{
    private static readonly string Root = Path.GetFullPath(Path.Combine(StagedModule.TestSources, "..", ".."));

    private static readonly string Page = File.ReadAllText(Path.Combine(Root, "docs", "design.md")).ReplaceLineEndings("\n");

    private static readonly int[] Rules = [.. Rule().Matches(Page).Select(match => Number(match.Groups[1]))];

    /// <summary>Names on the page that no source of the module declares: PowerShell's, and generated ones.</summary>
    private static readonly string[] Foreign = ["Messages", "ShouldProcess", "StopProcessing"];

    [Fact]
    public void Rules_AreNumberedWithoutAGap() => Assert.Equal(Enumerable.Range(1, Rules.Length), Rules);

    [Fact]
    public void Citations_OfRules_AreOfOnesThatExist()
    {
        string[] folders = [ModuleSource.Folder, Path.Combine(Root, "tests")];
        (string File, int Rule)[] cited =
        [
            .. from folder in folders
               from file in Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
               where !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
               from Match citation in Citation().Matches(File.ReadAllText(file))
               from Capture number in citation.Groups["number"].Captures
               select (Path.GetFileName(file), Number(number)),
        ];

        Assert.NotEmpty(cited);
        Assert.All(cited, one => Assert.True(Rules.Contains(one.Rule), $"{one.File} cites rule {one.Rule}"));
    }

    [Fact]
    public void Rules_EachHasTestsWithItsTrait()
    {
        int[] tagged = [.. Directory.EnumerateFiles(StagedModule.TestSources, "*Tests*.cs", SearchOption.AllDirectories)
            .SelectMany(path => RuleTrait().Matches(File.ReadAllText(path))).Select(match => Number(match.Groups[1])).Distinct().Order()];

        Assert.Equal(Rules, tagged);
    }

    [Fact]
    public void Folders_AreTheLayers() =>
        Assert.Equal(ModuleSource.Layers.Order(), Folder().Matches(Page).Select(match => match.Groups[1].Value.TrimEnd('/').Replace('/', '.')).Order());

    [Fact]
    public void Types_ThatItNames_Exist()
    {
        IEnumerable<string> named = Named().Matches(Page[Page.IndexOf("## The code", StringComparison.Ordinal)..]).Select(match => match.Groups[1].Value);

        IEnumerable<string?> tests = Directory.EnumerateFiles(StagedModule.TestSources, "*Tests.cs", SearchOption.AllDirectories).Select(Path.GetFileNameWithoutExtension);

        Assert.Empty(named.Except(Foreign).Except(tests).Except(ModuleSource.All.SelectMany(source => source.Types).Select(type => type.Name)));
    }

    [Fact]
    public void Files_ThatItNames_Exist() =>
        Assert.All(FileName().Matches(Page), match => Assert.True(File.Exists(Path.Combine(ModuleSource.Folder, match.Groups[1].Value)), match.Value));

    private static int Number(Capture capture) => int.Parse(capture.Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(\d+)\. \*\*", RegexOptions.Multiline)]
    private static partial Regex Rule();

    [GeneratedRegex(@"\b[Rr]ules? (?<number>\d+)(?:(?:, | and )(?<number>\d+))*")]
    private static partial Regex Citation();

    [GeneratedRegex(@"^ *\[Trait\(""rule"", ""(\d+)""\)\]$", RegexOptions.Multiline)]
    private static partial Regex RuleTrait();

    [GeneratedRegex(@"^\| `([A-Z][A-Za-z/]+/)` \|", RegexOptions.Multiline)]
    private static partial Regex Folder();

    // A type, or a member of one; not a text, an outcome or a folder.
    [GeneratedRegex(@"`(?:new )?([A-Z]\w+)(?:\.\w+)?(?:\(nameof.*?)?`")]
    private static partial Regex Named();

    [GeneratedRegex(@"`((?:Commands|Client|Protocol|Model|Resources)/[\w/]+\.(?:cs|resx))`")]
    private static partial Regex FileName();
}
