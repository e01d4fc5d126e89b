using System.Collections;
using System.Globalization;
using System.Text.RegularExpressions;
using TcbPowerShell.Resources;
using Xunit;

namespace TcbPowerShell.Tests.Resources;

/// <summary>Messages.zh.resx says in Chinese what Messages.resx says in English, with the same arguments.</summary>
public sealed partial class TranslationTests
{
    private static readonly CultureInfo Chinese = CultureInfo.GetCultureInfo("zh-CN");

    private static readonly Dictionary<string, string> English = Read(CultureInfo.InvariantCulture);

    // As it is staged: without the parents, this is what Messages.zh.resx itself holds.
    private static readonly Dictionary<string, string> Translated = Read(CultureInfo.GetCultureInfo("zh"));

    /// <summary>Their arguments are Chinese themselves.</summary>
    private static readonly string[] Joints = ["EnvironmentVariableInvalid", "InvalidFileId", "KeyIsNoFileId", "SummaryEnded", "TokenFileInvalid", "TokenProviderReturnedBadToken"];

    public static TheoryData<string> Keys => [.. Translated.Keys.Order(StringComparer.Ordinal)];

    [Fact]
    public void Keys_AreTheSame() => Assert.Equal(English.Keys.Order(StringComparer.Ordinal), Translated.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Keys))]
    public void Placeholders_AreTheSame(string key) => Assert.Equal(Placeholders(English[key]), Placeholders(Translated[key]));

    [Theory]
    [MemberData(nameof(Keys))]
    public void Format_WithRealArguments_ShowsThem(string key) => Assert.All(["en-US", "zh-CN"], culture => AssertShown(key, culture));

    [Theory]
    [MemberData(nameof(Keys))]
    public void Text_IsTypesetAsChinese(string key)
    {
        string text = Placeholder().Replace(Translated[key], Joints.Contains(key) ? string.Empty : "x");

        // Facts of the wire and joints of sentences have no words of their own.
        if (Words().IsMatch(Placeholder().Replace(English[key], " ").Replace("errcode", string.Empty).Replace("status", string.Empty).Replace("rid:", string.Empty).Replace("HTTP", string.Empty)))
            Assert.Matches(Han(), text);
        Assert.DoesNotMatch(HalfWidth(), text);
        Assert.DoesNotMatch(NoSpace(), text);
        Assert.DoesNotMatch(SpaceAtMark(), text);
    }

    [Theory]
    [InlineData("它不以 cloud:// 开头。", false)]
    [InlineData("它不以cloud:// 开头。", true)]
    [InlineData("额度已用完.", true)]
    [InlineData("额度已用完(x)", true)]
    [InlineData("额度已用完 （x）", true)]
    public void Typesetting_OfAText_IsWrong(string text, bool isWrong) =>
        Assert.Equal(isWrong, HalfWidth().IsMatch(text) || NoSpace().IsMatch(text) || SpaceAtMark().IsMatch(text));

    [Theory]
    [InlineData("zh-CN")]
    [InlineData("zh-SG")]
    [InlineData("zh-TW")]
    [InlineData("zh-HK")]
    [InlineData("zh-Hans")]
    public void EachChineseCulture_HasTheChineseTexts(string culture) =>
        Assert.Equal(Translated["NotConnected"], new UserText("NotConnected").Format(CultureInfo.GetCultureInfo(culture)));

    [Theory]
    [InlineData("en-US")]
    [InlineData("fr-FR")]
    [InlineData("")]
    public void EachOtherCulture_HasTheEnglishTexts(string culture) =>
        Assert.Equal(English["NotConnected"], new UserText("NotConnected").Format(CultureInfo.GetCultureInfo(culture)));

    [Fact]
    public void ToString_InAChineseSession_IsEnglish()
    {
        CultureInfo language = CultureInfo.CurrentUICulture;
        try
        {
            CultureInfo.CurrentUICulture = Chinese;
            Assert.Equal("errcode 1: (no text)", new UserText("Errcode", 1, new UserText("NoText")).ToString());
            Assert.Equal("errcode 1：无文字说明", new UserText("Errcode", 1, new UserText("NoText")).Format(CultureInfo.CurrentUICulture));
        }
        finally
        {
            CultureInfo.CurrentUICulture = language;
        }
    }

    private static void AssertShown(string key, string culture)
    {
        string[] placeholders = Placeholders(English[key]);
        int count = placeholders.Length == 0 ? 0 : placeholders.Max(NumberOf) + 1;
        object[] arguments = [.. Enumerable.Range(0, count).Select(i => placeholders.Any(one => NumberOf(one) == i && one.Contains(':')) ? (object)12 : $"cloud://test-env.1/中文 {i}.png")];

        string text = new UserText(key, arguments).Format(CultureInfo.GetCultureInfo(culture));

        Assert.All(placeholders, one => Assert.Contains(arguments[NumberOf(one)].ToString()!, text, StringComparison.Ordinal));
        Assert.DoesNotMatch(@"\{\d", text);
        Assert.Equal(text.Trim(), text);
    }

    private static Dictionary<string, string> Read(CultureInfo language) => Messages.ResourceManager.GetResourceSet(language, true, false)!
        .Cast<DictionaryEntry>().ToDictionary(entry => (string)entry.Key, entry => (string)entry.Value!, StringComparer.Ordinal);

    private static string[] Placeholders(string text) => [.. Placeholder().Matches(text).Select(match => match.Value).Distinct().Order(StringComparer.Ordinal)];

    private static int NumberOf(string placeholder) => int.Parse(Digits().Match(placeholder).Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(?<!\{)\{\d+(:[^}]*)?\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"\d+")]
    private static partial Regex Digits();

    [GeneratedRegex("[A-Za-z]{2,}")]
    private static partial Regex Words();

    [GeneratedRegex(@"\p{IsCJKUnifiedIdeographs}")]
    private static partial Regex Han();

    [GeneratedRegex(@"\p{IsCJKUnifiedIdeographs}[,.;:?!()]|[,;?!()]\p{IsCJKUnifiedIdeographs}")]
    private static partial Regex HalfWidth();

    [GeneratedRegex(@"\p{IsCJKUnifiedIdeographs}[A-Za-z0-9{-]|[A-Za-z0-9}]\p{IsCJKUnifiedIdeographs}")]
    private static partial Regex NoSpace();

    [GeneratedRegex(" [，。；：（）“”、]|[，。；：（）“”、] ")]
    private static partial Regex SpaceAtMark();
}
