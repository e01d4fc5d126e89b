using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using TcbPowerShell.Commands;
using TcbPowerShell.Resources;
using TcbPowerShell.Tests.Conventions;
using Xunit;

namespace TcbPowerShell.Tests.Resources;

/// <summary>Messages.resx and the code fit each other: every key is used, with as many arguments as its text has placeholders.</summary>
public sealed partial class MessagesTests
{
    private static readonly Dictionary<string, string> Texts = Messages.ResourceManager.GetResourceSet(CultureInfo.InvariantCulture, true, true)!
        .Cast<DictionaryEntry>().ToDictionary(entry => (string)entry.Key, entry => (string)entry.Value!, StringComparer.Ordinal);

    /// <summary>Texts of other runs, which leave out what only a removal can count: which of the arguments, by number.</summary>
    private static readonly Dictionary<string, int[]> LeftOut = new()
    {
        ["LookUpRunCounts"] = [1, 2],
        ["SaveRunCounts"] = [1],
        ["SaveSummaryDryRun"] = [2],
    };

    /// <summary>Keys that travel before they meet their arguments: how many these are, and where they meet.</summary>
    private static readonly (int Arguments, string Where, string Keys)[] Travelling =
    [
        (0, "used as it is", "DisconnectAction"),
        (0, "TcbException.Unreadable", "ReplyNotJson ReplyNotAnObject ReplyOddErrcode ReplyEmpty ReplyTooLong ReplyBadlyCompressed ReplyIncomplete "
            + "ListingNotXml ListingNotOne ListingOtherBucket ListingNotEncoded ListingWithoutEnd ListingDoesNotAdvance ListingForeignKey "
            + "ListingEntryWithoutKey ListingOddKey ListingOddLength ListingOddDate"),
        (0, "StorageLocation.Mismatch", "UploadOtherPath UploadOtherEnvironment UploadOddAddress UploadOtherHost"),
        (0, "FileAnswer", "EntriesContradict EntryWithoutStatus EntryWithOddStatus EntryWithTwoStatuses EntryWithTwoLinks EntryWithTwoFiles"),
        (0, "CloudFileId.ExplainOtherScheme", "IdInQuotationMarks IdIsJson IdIsLink IdStartsWithSpaceOrCapitals IdIsListFile IdInsideLine IdWithoutScheme IdWithFullWidthColon"),
        (1, "CloudFileId.FindBadCharacter", "IdUndecodable IdWronglyDecoded IdWithLineBreak IdWithTab IdWithControlCharacter IdWithHalfSurrogate"),
        (1, "Advice", "ProvidedTokenRejected FreshTokenRejected AuthorizerTokenRejected CloudBaseTokenRejected TokenInFileRejected OpenInterfaceServiceRefused AccessTokenRejected TokenNotIssued TokenReplyUnusable "
            + "ComponentTokenRejected ProvidedComponentTokenRejected TokenProviderFailed AppIdRejected AppSecretRejected "
            + "RefreshTokenRejected TokenFileUnavailable QuotaExhausted EnvironmentRefused CertificateNotTrusted ProxyLogInAdvice "
            + "ProxyRefusedAdvice UnexpectedResponder RunEndedBecause RequestTooLarge HttpRefusedAdvice RepliesUnusable ServiceReportsError ServiceUnreachable ModuleBug RequestsRefused ListingRefused ListingMismatch PrefixRefused"),
        (1, "FindTcbCloudFileCommand.Warn", "PrefixIsLiteral PrefixIsNoLocalPath"),
        (2, "TcbException.Tell", "Errcode FileStatus"),
        (3, "PatientCaller.RetryText", "TokenRetry VerboseListingRetry"),
    ];

    /// <summary>How many arguments each of the words of a run meets.</summary>
    private static readonly Dictionary<string, int> WordArguments = new()
    {
        [nameof(RunWords.Activity)] = 0,
        [nameof(RunWords.Continue)] = 0,
        [nameof(RunWords.Progress)] = 1,
        [nameof(RunWords.ProgressFailed)] = 1,
        [nameof(RunWords.ProgressEarlier)] = 1,
        [nameof(RunWords.FileFailed)] = 4,
        [nameof(RunWords.Counts)] = 5,
        [nameof(RunWords.DryRun)] = 5,
        [nameof(RunWords.Request)] = 6,
    };

    private static IEnumerable<(string Key, int Arguments)> Words =>
        from known in typeof(RunWords).GetFields(BindingFlags.Static | BindingFlags.NonPublic)
        where known.FieldType == typeof(RunWords)
        from property in typeof(RunWords).GetProperties()
        where property.PropertyType == typeof(string)
        select ((string)property.GetValue(known.GetValue(null))!, WordArguments[property.Name]);

    public static TheoryData<string> Keys => [.. Texts.Keys.Order(StringComparer.Ordinal)];

    [Fact]
    public void Keys_AreThoseThatTheCodeUses()
    {
        IEnumerable<string> used = ModuleSource.All.SelectMany(source => Use().Matches(Comment().Replace(source.Text, string.Empty))).Select(match => match.Groups[1].Value);

        Assert.Equal(Texts.Keys.Order(StringComparer.Ordinal), used.Except(["ResourceManager"]).Order(StringComparer.Ordinal).Distinct());
    }

    [Fact]
    public void Texts_HaveAsManyPlaceholdersAsTheCodePassesArguments()
    {
        (string Key, int Arguments)[] direct = [.. ModuleSource.All.SelectMany(source => DirectUses(source.Text)).Distinct()];
        IEnumerable<(string Key, int Arguments)> all = direct.Concat(Travelling.SelectMany(row => row.Keys.Split(' '), (row, key) => (key, row.Arguments))).Concat(Words.Distinct());

        Assert.All(all, use => Assert.Equal((use.Key, use.Arguments), (use.Key, Placeholders(Texts[use.Key]).Max + 1)));
        Assert.Equal(Texts.Keys.Order(StringComparer.Ordinal), all.Select(use => use.Key).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void Format_EachText_ShowsEachArgument(string key)
    {
        (int max, string?[] formats) = Placeholders(Texts[key]);
        object[] arguments = [.. formats.Select((format, i) => string.IsNullOrEmpty(format) ? $"<argument {i}>" : (object)(1234.5 + i))];

        string text = new UserText(key, arguments).ToString();

        // From 0 without a gap, but for those that are left out knowingly.
        Assert.Equal(max + 1, formats.Length);
        int[] leftOut = [.. Enumerable.Range(0, formats.Length).Where(i => formats[i] is null)];
        Assert.Equal(LeftOut.GetValueOrDefault(key, []), leftOut);
        Assert.All(arguments.Where((_, i) => !leftOut.Contains(i)).OfType<string>(), argument => Assert.Contains(argument, text, StringComparison.Ordinal));
        Assert.Equal(text.Trim(), text);
        Assert.DoesNotContain("  ", text, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"\S\.\.", text);
    }

    [Theory]
    [InlineData("new UserText(nameof(Messages.A), Call(1, \"x, y\"), b)", "A 2")]
    [InlineData("new UserText(x ? nameof(Messages.A) : nameof(Messages.B))", "A 0|B 0")]
    [InlineData("new UserText(key, 1)", "")]
    public void DirectUses_OfCode_AreKeysWithTheirArguments(string code, string uses) =>
        Assert.Equal(uses, string.Join('|', DirectUses(code).Select(use => $"{use.Key} {use.Arguments}")));

    // The format of each placeholder, by number; null where a number is left out.
    private static (int Max, string?[] Formats) Placeholders(string text)
    {
        Match[] found = Placeholder().Matches(text).ToArray();
        int max = found.Length == 0 ? -1 : found.Max(Number);
        return (max, [.. Enumerable.Range(0, max + 1).Select(i => found.FirstOrDefault(match => Number(match) == i)?.Groups["format"].Value)]);

        static int Number(Match match) => int.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture);
    }

    private static IEnumerable<(string Key, int Arguments)> DirectUses(string code)
    {
        foreach (Match start in Creation().Matches(code))
        {
            List<string> parts = [string.Empty];
            bool quoted = false;
            int depth = 0;
            for (int i = start.Index + start.Length; depth > 0 || code[i] != ')'; i++)
            {
                if (code[i] == '"') quoted = !quoted;
                if (!quoted && code[i] is '(' or '[' or '{') depth++;
                if (!quoted && code[i] is ')' or ']' or '}') depth--;
                if (!quoted && depth == 0 && code[i] == ',') parts.Add(string.Empty);
                else parts[^1] += code[i];
            }
            foreach (Match use in Use().Matches(parts[0])) yield return (use.Groups[1].Value, parts.Count - 1);
        }
    }

    [GeneratedRegex(@"\bMessages\.(\w+)\b")]
    private static partial Regex Use();

    [GeneratedRegex("^ *//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\bnew UserText\(")]
    private static partial Regex Creation();

    [GeneratedRegex(@"(?<!\{)\{(?<number>\d+)(:(?<format>[^}]*))?\}")]
    private static partial Regex Placeholder();
}
