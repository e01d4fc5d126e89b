using System.Text.RegularExpressions;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Conventions;

/// <summary>Comments say plainly what is so: no sentence opens with "What", "Where", "Whoever" or "Nobody".</summary>
public sealed partial class CommentTests
{
    private static readonly string Root = Path.GetFullPath(Path.Combine(StagedModule.TestSources, "..", ".."));

    public static TheoryData<string> Folders => ["src", "tests", "tools", "benchmarks", "samples"];

    [Theory]
    [MemberData(nameof(Folders))]
    public void Comments_OpenPlainly(string folder) => Assert.All(
        Directory.EnumerateFiles(Path.Combine(Root, folder), "*.*", SearchOption.AllDirectories)
            .Where(path => Path.GetExtension(path) is ".cs" or ".ps1" or ".psm1" && !Built().IsMatch(path) && Path.GetFileName(path) != $"{nameof(CommentTests)}.cs"),
        path => Assert.False(Riddle().Match(File.ReadAllText(path)) is { Success: true } match, $"{path}: {Riddle().Match(File.ReadAllText(path)).Value.Trim()}"));

    [Theory]
    [InlineData("    /// <summary>What went wrong.</summary>", true)]
    [InlineData("/// What a run does to its files.", true)]
    [InlineData("/// <param name=\"endpoint\">Where the service is.</param>", true)]
    [InlineData("    // Whoever connects waits for it at a prompt.", true)]
    [InlineData("    // It was stopped. Nobody reads the rest.", true)]
    [InlineData("    x(); // Where it was", true)]
    [InlineData("    // The default is nowhere. The rest tells what went wrong.", false)]
    [InlineData("    Log(\"What\"); // https://learn.microsoft.com/What", false)]
    [InlineData("    list.Where(x => x > 0)", false)]
    [InlineData("# Where it is the .NET tool, its process is dotnet.", true)]
    [InlineData("$x = 1 # It ends. Nobody waits.", true)]
    [InlineData("'#What' | Where-Object { $_ }", false)]
    public void Riddle_IsASentenceThatOpensWithSuchAWord(string line, bool isRiddle) => Assert.Equal(isRiddle, Riddle().IsMatch(line));

    [GeneratedRegex(@"(?://|(?<=^|\s)# ).*?(?<=//|[#/.:;!?] |>)(?:What|Where|Whoever|Nobody)\b.*$", RegexOptions.Multiline)]
    private static partial Regex Riddle();

    [GeneratedRegex(@"[\\/](?:bin|obj)[\\/]")]
    private static partial Regex Built();
}
