using System.Text.RegularExpressions;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Conventions;

/// <summary>Comments say plainly what is so: no sentence opens with "What", "Where", "Whoever" or "Nobody".</summary>
public sealed partial class CommentTests
{
    [Fact]
    public void Comments_OpenPlainly() => Assert.All(
        ModuleSource.All, source => Assert.False(Riddle().Match(source.Text) is { Success: true } match, $"{source}: {Riddle().Match(source.Text).Value.Trim()}"));

    [Fact]
    public void Comments_OfTheUnitTests_OpenPlainly() => Assert.All(
        Directory.EnumerateFiles(StagedModule.TestSources, "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.EndsWith($"{nameof(CommentTests)}.cs", StringComparison.Ordinal) && !Path.GetRelativePath(StagedModule.TestSources, path).StartsWith("obj", StringComparison.Ordinal)),
        path => Assert.False(Riddle().Match(File.ReadAllText(path)) is { Success: true } match, $"{Path.GetFileName(path)}: {Riddle().Match(File.ReadAllText(path)).Value.Trim()}"));

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
    public void Riddle_IsASentenceThatOpensWithSuchAWord(string line, bool isRiddle) => Assert.Equal(isRiddle, Riddle().IsMatch(line));

    [GeneratedRegex(@"//.*?(?<=//|[/.:;!?] |>)(?:What|Where|Whoever|Nobody)\b.*$", RegexOptions.Multiline)]
    private static partial Regex Riddle();
}
