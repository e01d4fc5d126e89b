using System.Text.RegularExpressions;
using TcbPowerShell.Model;
using TcbPowerShell.Protocol;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace TcbPowerShell.Tests.Help;

/// <summary>Every error ID and every code of the service is explained, in both languages, under what the module does about it.</summary>
public sealed partial class ErrorsPageTests(ITestOutputHelper log)
{
    // TokenNotIssued is also what an unknown code becomes, so the known ones cannot be told by it.
    private static readonly int[] TokenCodes =
        [.. Enumerable.Range(40000, 22000).Where(code => ServiceCode.ClassifyTokenCall(code).ErrorId is not (null or ErrorId.TokenNotIssued))];

    /// <summary>Error IDs of arguments, which are in no enum.</summary>
    private static string[] ArgumentErrors =>
    [
        .. Directory.EnumerateFiles(Path.Combine(StagedModule.TestSources, "../../src/TcbPowerShell/Commands"), "*.cs")
            .SelectMany(path => ArgumentError().Matches(File.ReadAllText(path))).Select(match => match.Groups[1].Value).Distinct(),
    ];

    [Theory]
    [InlineData("en-US")]
    [InlineData("zh-CN")]
    public void EachErrorId_IsExplained(string culture)
    {
        string[] ids = [.. Enum.GetNames<ErrorId>().Concat(ArgumentErrors).Order()];
        string[] told = [.. Rows(culture).Where(row => char.IsAsciiLetter(row[0][0])).Select(row => row[0]).Distinct().Order()];

        Assert.Contains("EnvironmentVariableMissing", ids);
        Assert.Equal(ids, told);
        Assert.All(Rows(culture), AssertSaysSomething);
        log.WriteLine($"{culture}: {told.Length} of {ids.Length} error IDs, {told.Count(Topic(culture).Contains)} of them in Get-Help");
    }

    [Theory]
    [InlineData("en-US")]
    [InlineData("zh-CN")]
    public void EachServiceCode_IsExplained(string culture)
    {
        int[] codes = [.. ServiceCode.Known.Concat(TokenCodes).Concat([0, 1, -503002, -503003]).Distinct().Order()];
        int[] told = [.. Codes(culture).Order()];
        string topic = Topic(culture);

        Assert.Equal(codes, told);
        Assert.All(told, code => Assert.Contains($"- {code}: ", topic, StringComparison.Ordinal));
        log.WriteLine($"{culture}: {told.Length} of {codes.Length} service codes");
    }

    [Theory]
    [InlineData("en-US")]
    [InlineData("zh-CN")]
    public void EachTable_HoldsTheCodesOfOneClass(string culture)
    {
        foreach (string[][] table in ErrorsPage.Tables(culture).Where(table => table.Any(row => ServiceCode.Known.Contains(ParseCode(row)))))
        {
            FailureCategory[] classes = [.. table.Select(row => Merge(ServiceCode.Classify(ParseCode(row)))).Distinct()];
            IEnumerable<int> codes = ServiceCode.Known.Where(code => classes.Contains(Merge(ServiceCode.Classify(code))));
            Assert.Equal(codes.Order(), table.Select(ParseCode).Order());
            Assert.Single(classes);
        }
    }

    [Theory]
    [InlineData("en-US")]
    [InlineData("zh-CN")]
    public void EachTokenCode_NamesItsErrorId(string culture)
    {
        string[][] table = ErrorsPage.Tables(culture).Single(rows => rows.Any(row => row[0] == "61023"));

        Assert.All(table, row => Assert.StartsWith($"`{ServiceCode.ClassifyTokenCall(ParseCode(row)).ErrorId}`", row[1], StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("README.md", "README.zh-CN.md", "docs/en-US/faq.md")]
    [InlineData("README.zh-CN.md", "README.md", "docs/zh-CN/faq.md")]
    public void Readme_LinksToTheOtherLanguageAndTheQuestions(string name, string other, string questions)
    {
        string readme = File.ReadAllText(Path.Combine(StagedModule.TestSources, "../..", name)).ReplaceLineEndings("\n");

        Assert.Contains($"]({other})", readme.Split('\n')[2], StringComparison.Ordinal);
        Assert.Contains($"]({questions})", readme, StringComparison.Ordinal);
    }

    [Fact]
    public void BothLanguages_HaveTheSameRows() => Assert.Equal(Rows("en-US").Select(row => row[0]), Rows("zh-CN").Select(row => row[0]));

    private static IEnumerable<string[]> Rows(string culture) => ErrorsPage.Tables(culture).SelectMany(table => table);

    private static IEnumerable<int> Codes(string culture) => Rows(culture).Where(row => !char.IsAsciiLetter(row[0][0])).Select(ParseCode);

    private static int ParseCode(string[] row) => int.TryParse(row[0], out int code) ? code : int.MaxValue;

    private static FailureCategory Merge(FailureCategory failure) => failure == FailureCategory.TransientOnce ? FailureCategory.Transient : failure;

    private static void AssertSaysSomething(string[] row)
    {
        Assert.Equal(3, row.Length);
        Assert.All(row, cell => Assert.NotEmpty(cell));
    }

    private static string Topic(string culture)
    {
        using var session = new HelpSession(culture);
        return session.Run("Get-Help about_TcbPowerShell_Errors").Output.Single().ToString();
    }

    [GeneratedRegex(@"InvalidArgument\(""(\w+)""")]
    private static partial Regex ArgumentError();
}
