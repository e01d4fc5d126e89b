using System.Management.Automation;
using System.Text.RegularExpressions;
using Xunit;

namespace TcbPowerShell.Tests.Help;

/// <summary>The pages in docs: what Get-Help says is what stands there, and both languages have the same examples.</summary>
public sealed partial class PageTests
{
    [Theory]
    [MemberData(nameof(CmdletHelpTests.All), MemberType = typeof(CmdletHelpTests))]
    public void Page_ExamplesAndParameters_AreWhatGetHelpSays(string culture, string cmdlet)
    {
        string page = Read(culture, cmdlet);
        var help = CmdletHelp.Of(culture, cmdlet);

        Assert.Equal(Example().Matches(page).Select(match => match.Groups["code"].Value), help.Examples.Select(example => Text(example, "Code")));
        Assert.Equal(
            Parameter().Matches(page).Select(match => $"{match.Groups["name"]}: {Plain(match.Groups["text"].Value)}"),
            help.Parameters.Select(parameter => $"{Text(parameter, "Name")}: {Paragraphs().Replace(Text(parameter, "Description"), "\n")}"));
    }

    [Theory]
    [MemberData(nameof(CmdletHelpTests.All), MemberType = typeof(CmdletHelpTests))]
    public void Page_Syntax_IsThatOfGetCommand(string culture, string cmdlet)
    {
        IEnumerable<string> syntax = CmdletHelp.Of(culture, cmdlet).Command.ParameterSets.Select(set => $"{cmdlet} {set}");

        Assert.Equal(
            syntax.Select(Normal),
            Syntax().Matches(Read(culture, cmdlet).Split("## DESCRIPTION")[0]).Select(match => Normal(match.Groups[1].Value)));
    }

    [Theory]
    [MemberData(nameof(CmdletHelpTests.All), MemberType = typeof(CmdletHelpTests))]
    public void Page_ParameterSets_AreTheBinders(string culture, string cmdlet)
    {
        var command = CmdletHelp.Of(culture, cmdlet).Command;
        foreach (Match parameter in Parameter().Matches(Read(culture, cmdlet)))
        {
            IEnumerable<string> sets = command.Parameters[parameter.Groups["name"].Value].ParameterSets.Keys;
            IEnumerable<string> told = Sets().Matches(parameter.Value).SelectMany(match => match.Groups[1].Value.Split(", "));
            Assert.Equal(sets.Order(), told.Select(set => set == "(All)" ? "__AllParameterSets" : set).Order());
        }
    }

    [Fact]
    public void Pages_BothLanguages_AreTheSameFilesWithTheSameCode()
    {
        string[] names = [.. Names("en-US")];

        Assert.Equal(names, Names("zh-CN"));
        foreach (string name in names) Assert.Equal(Code(Read("en-US", name)), Code(Read("zh-CN", name)));
    }

    private static IEnumerable<string> Names(string culture) =>
        Directory.EnumerateFiles(HelpModule.Pages(culture), "*.md").Select(path => Path.GetFileNameWithoutExtension(path)).Order();

    private static string Text(PSObject item, string property) => $"{item.Properties[property].Value}";

    private static string Read(string culture, string name) =>
        File.ReadAllText(Path.Combine(HelpModule.Pages(culture), $"{name}.md")).ReplaceLineEndings("\n");

    // Comments and printed sentences are for readers, and translated; the values in a sentence are the same.
    private static IEnumerable<string> Code(string page) => Fence().Matches(page).Select(match =>
        Sentence().Replace(Comment().Replace(match.Value, string.Empty), sentence => string.Concat(Value().Matches(sentence.Groups["text"].Value).Select(value => value.Value).Order(StringComparer.Ordinal))));

    private static string Plain(string markdown) => Paragraphs().Replace(markdown.Trim(), "\n").Replace("`", string.Empty, StringComparison.Ordinal);

    // Get-Command writes the names that PowerShell has for types, help the types' own.
    private static string Normal(string syntax)
    {
        string text = White().Replace(syntax.Trim(), " ").ToLowerInvariant().Replace("int32", "int", StringComparison.Ordinal);
        // A parameter that is hidden from Tab takes nothing: it only refuses.
        return text.Replace(" [<commonparameters>]", string.Empty, StringComparison.Ordinal).Replace(" [-surplus <object[]>]", string.Empty, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^### (Example|示例) .*\n```powershell\n(?<code>[\s\S]*?)\n```$", RegexOptions.Multiline)]
    private static partial Regex Example();

    [GeneratedRegex(@"^### -(?<name>\w+)\n(?<text>[\s\S]*?)```yaml\n[\s\S]*?(?=^##)", RegexOptions.Multiline)]
    private static partial Regex Parameter();

    [GeneratedRegex(@"^```\n([\s\S]*?)\n```$", RegexOptions.Multiline)]
    private static partial Regex Syntax();

    [GeneratedRegex("^Parameter Sets: (.*)$", RegexOptions.Multiline)]
    private static partial Regex Sets();

    [GeneratedRegex(@"^```[\s\S]*?^```$", RegexOptions.Multiline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"\s+#.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex("^(?<quote>[\"'])(?<text>.*?)\\k<quote>", RegexOptions.Multiline)]
    private static partial Regex Sentence();

    [GeneratedRegex(@"\$\((?:[^()]|\([^()]*\))*\)|\{\d+\}")]
    private static partial Regex Value();

    [GeneratedRegex(@"\s*\n\s*")]
    private static partial Regex Paragraphs();

    [GeneratedRegex(@"\s+")]
    private static partial Regex White();
}
