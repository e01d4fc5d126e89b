using System.Text.RegularExpressions;
using Xunit;

namespace TcbPowerShell.Tests.Conventions;

/// <summary>Every text for users stands in Messages.resx: the code has none of its own.</summary>
public sealed partial class LiteralTests
{
    /// <summary>Literals of two or more words that no user reads as a sentence, and where they stand.</summary>
    private static readonly Dictionary<string, string> Allowed = new()
    {
        ["POST {}{}{} {}"] = "TcbClient: the debug stream shows the wire",
        ["HTTP 200 {}"] = "TcbClient: the debug stream shows the wire",
        ["proxy '(?<proxy>.*)' failed with status code '(?<status>[0-9]{3})'"] = "ConnectionFailure: a text of the runtime",
        ["Default Host"] = "DefaultConnection: the name of the host that jobs and parallel script blocks run in",
        ["storage file not exist"] = "FileStatus: a text of the service",
        ["$ExecutionContext.InvokeProvider.ChildItem.Get('Variable:', $false)"] = "ConnectionCompleter: a script",
        ["Max open files"] = "HttpClientFactory: a line of Linux",
        ["<!doctype html"] = "ReplyText: how a web page begins",
    };

    [Fact]
    public void Code_HasNoTextForUsers()
    {
        string[] found = [.. ModuleSource.All.SelectMany(source => StringLiterals.In(source.Text)).Where(IsText).Distinct()];

        Assert.Equal(Allowed.Keys.Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Code_PassesNoLiteralToAStreamOrAnException() => Assert.All(
        ModuleSource.All, source => Assert.False(Shown().Match(source.Text) is { Success: true } match, $"{source}: {Shown().Match(source.Text).Value}"));

    [Theory]
    [InlineData("x(\"two words\");", "two words")]
    [InlineData("// \"a comment here\"\nx('\"', \"no ' \\\" end\"); /* \"and this\" */", "no '  end")]
    [InlineData("x($\"one {Call(\"in a hole\", new { A = 1 })} two\");", "in a hole|one {} two")]
    [InlineData("x(@\"a \"\"b\"\" c\", \"\", 'x', '\\'', \"d e\");", "a b c||d e")]
    [InlineData("x(\"\"\"raw \"text\" here\"\"\");", "raw \"text\" here")]
    [InlineData("x($\"{{ braces }} {y:N0}\", \"z\");", " braces  {}|z")]
    public void In_Source_FindsTheLiterals(string source, string literals) => Assert.Equal(literals.Split('|'), StringLiterals.In(source));

    [Theory]
    [InlineData("It failed", true)]
    [InlineData("删除失败", true)]
    [InlineData("{} files", false)]
    [InlineData("access_token", false)]
    [InlineData("hh\\:mm\\:ss", false)]
    public void Text_IsTwoWordsOrChinese(string literal, bool isText) => Assert.Equal(isText, IsText(literal));

    [Theory]
    [InlineData("cmdlet.WriteVerbose(\"done\")", true)]
    [InlineData("throw new TcbException($\"{x}\")", true)]
    [InlineData("WriteWarning(new UserText(nameof(Messages.None)).Format(x))", false)]
    public void Shown_IsALiteralInAStreamOrAnException(string code, bool shown) => Assert.Equal(shown, Shown().IsMatch(code));

    private static bool IsText(string literal) => Words().IsMatch(literal);

    [GeneratedRegex(@"[A-Za-z]{2}[\w,.:;'-]* +\S*[A-Za-z]{2}|\bHTTP \d|\bPOST \{|\p{IsCJKUnifiedIdeographs}")]
    private static partial Regex Words();

    [GeneratedRegex(@"\b(Write(Verbose|Warning|Debug|Error|Information|Progress)|ShouldProcess|ErrorRecord|\w*Exception|Say|Traffic)\(\s*[$@]*""")]
    private static partial Regex Shown();
}
