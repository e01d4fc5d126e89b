using System.Globalization;
using System.Text.RegularExpressions;
using TcbPowerShell.Resources;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Help;

/// <summary>Messages and pages use the words of the glossary in CONTRIBUTING.md, and none that it retires.</summary>
public sealed partial class GlossaryTests
{
    private static readonly string Repository = Path.GetFullPath(Path.Combine(StagedModule.TestSources, "../.."));

    /// <summary>The last column of the table.</summary>
    private static string[] Retired =>
        [.. Row().Matches(Read("CONTRIBUTING.md").Split("## Glossary")[1]).SelectMany(row => Code().Matches(row.Groups["not"].Value)).Select(word => word.Value.Trim('`'))];

    public static TheoryData<string> Pages => [.. All];

    public static TheoryData<string> ChinesePages => [.. All.Where(page => page.Contains("zh-CN", StringComparison.Ordinal))];

    private static string[] All =>
    [
        "README.md", "README.zh-CN.md", "CHANGELOG.md",
        .. HelpModule.Cultures.SelectMany(culture => Directory.EnumerateFiles(HelpModule.Pages(culture), "*.md"))
            .Select(path => Path.GetRelativePath(Repository, path).Replace('\\', '/')).Order(StringComparer.Ordinal),
    ];

    [Fact]
    public void Glossary_RetiresWords() => Assert.All(new[] { "去向", "AppId", "您", "whitelist" }, word => Assert.Contains(word, Retired));

    [Theory]
    [MemberData(nameof(Pages))]
    public void Page_RetiredWords_AreNotUsed(string page) => Assert.Empty(Find(NoWords().Replace(Fence().Replace(Read(page), string.Empty), string.Empty)));

    [Theory]
    [InlineData("")]
    [InlineData("zh")]
    public void Messages_RetiredWords_AreNotUsed(string culture)
    {
        System.Resources.ResourceSet messages = Messages.ResourceManager.GetResourceSet(CultureInfo.GetCultureInfo(culture), true, false)!;

        Assert.All(messages.Cast<System.Collections.DictionaryEntry>(), message => Assert.Empty(Find($"{message.Value}")));
    }

    [Theory]
    [InlineData("The AppId was rejected.", true)]
    [InlineData("Pass -ComponentAppId, or see AppIdRejected.", false)]
    [InlineData("每个 ID 都有去向。", true)]
    [InlineData("请核对AppId是否正确。", true)]
    [InlineData("The AppID was rejected.", false)]
    public void Text_RetiredWord_IsFoundAsAWord(string text, bool isFound) => Assert.Equal(isFound, Find(text).Length > 0);

    [Theory]
    [MemberData(nameof(ChinesePages))]
    public void ChinesePage_Paragraph_IsOneLine(string page) => Assert.Empty(Broken().Matches(Fence().Replace(Read(page), "\n")).Select(match => match.Value));

    private static string[] Find(string text) =>
        [.. Retired.Where(word => Regex.IsMatch(text, char.IsAscii(word[0]) ? $"(?<![A-Za-z0-9]){Regex.Escape(word)}(?![A-Za-z0-9])" : Regex.Escape(word)))];

    private static string Read(string page) => File.ReadAllText(Path.Combine(Repository, page)).ReplaceLineEndings("\n");

    [GeneratedRegex(@"^\|(?!---)[^|\n]*\|[^|\n]*\|(?<not>[^|\n]*)\|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("`[^`\n]+`")]
    private static partial Regex Code();

    // Code, and the addresses of links.
    [GeneratedRegex(@"`[^`\n]+`|\]\([^)\n]+\)")]
    private static partial Regex NoWords();

    [GeneratedRegex(@"^```[\s\S]*?^```$", RegexOptions.Multiline)]
    private static partial Regex Fence();

    // A line of prose that goes on in the next one.
    [GeneratedRegex(@"^(?![#|>]|---|\w[\w ]*: ).*[^\s。：|]\n(?=[^\s#|>-]|  \S)", RegexOptions.Multiline)]
    private static partial Regex Broken();
}
