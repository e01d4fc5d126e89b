using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using TcbPowerShell.Model;
using TcbPowerShell.Resources;
using Xunit;

namespace TcbPowerShell.Tests.Model;

[Trait("rule", "1")]
public sealed partial class CloudFileIdTests
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    [Theory]
    [InlineData("cloud://test2-4a89da.7465-test2-4a89da-1258717764/A.png", "test2-4a89da")]
    [InlineData("cloud://test-28farb/a.png", "test-28farb")]
    [InlineData("cloud://env.a.b.c/a", "env")]
    [InlineData("cloud://env.b/a.b/c.d", "env")]
    [InlineData("cloud://env/a.b", "env")]
    [InlineData("cloud://env./a", "env")]
    [InlineData("cloud://env//", "env")]
    [InlineData("cloud://Env.b/a", "Env")]
    [InlineData("cloud://中.b/文", "中")]
    public void TryParse_WellFormed_GivesTheEnvironment(string text, string environmentId)
    {
        Assert.True(CloudFileId.TryParse(text, null, out CloudFileId id, out UserText? problem), problem?.ToString());

        Assert.Equal(environmentId, id.EnvironmentId);
        Assert.Same(text, id.Value);
        Assert.Null(problem);
    }

    [Theory]
    [InlineData(" cloud://env.b/a", "must begin with cloud:// in lowercase letters, with no space before it")]
    [InlineData("Cloud://env.b/a", "must begin with cloud:// in lowercase letters, with no space before it")]
    [InlineData("cloud:/env.b/a", "does not begin with cloud://")]
    [InlineData("https://env.b/a", "is a web address, for example a download link")]
    [InlineData("HTTP://env.b/a", "is a web address, for example a download link")]
    [InlineData("\"cloud://env.b/a\"", "begins with a quotation mark")]
    [InlineData("“cloud://env.b/a”", "begins with a quotation mark")]
    [InlineData("ids.txt", "looks like the name of a file")]
    [InlineData("C:\\lists\\IDS.CSV", "looks like the name of a file")]
    [InlineData("", "does not begin with cloud://")]
    [InlineData("cloud:", "does not begin with cloud://")]
    [InlineData("cloud：//env.b/a", "has a full-width colon")]
    [InlineData("cloud://", "has no environment ID")]
    [InlineData("cloud:///a", "has no environment ID")]
    [InlineData("cloud://.b/a", "has no environment ID")]
    [InlineData("cloud://./a", "has no environment ID")]
    [InlineData("cloud://env", "has no path")]
    [InlineData("cloud://env.b", "has no path")]
    [InlineData("cloud://env.b/", "has no path")]
    public void TryParse_Malformed_SaysWhy(string text, string expected)
    {
        Assert.False(CloudFileId.TryParse(text, null, out CloudFileId id, out UserText? problem));

        Assert.Contains(expected, problem.ToString(), StringComparison.Ordinal);
        Assert.Null(id.Value);
    }

    [Theory]
    [InlineData(" ")]
    [InlineData("a ")]
    [InlineData(" a")]
    [InlineData("a  b")]
    [InlineData("a%20b+c&d'e<f>g\"h\\i|j#k?l")]
    [InlineData("*?[a-z]$x`y")]
    [InlineData("../..//.")]
    [InlineData("e\u0301")]
    [InlineData("\u00a0\u2028\u200b\u3000\uffff")]
    [InlineData("\U0001F600\U00020BB7")]
    public void TryParse_OddPath_IsKeptVerbatim(string path)
    {
        string text = "cloud://env.b/" + path;

        Assert.True(CloudFileId.TryParse(text, null, out CloudFileId id, out UserText? problem), problem?.ToString());
        Assert.Same(text, id.Value);
    }

    [Fact]
    public void TryParse_AnyControlOrReplacementCharacter_IsRefusedAndNamed()
    {
        int[] bad = [.. Enumerable.Range(0, 0x20), .. Enumerable.Range(0x7f, 0x21), 0xfffd, 0xfeff];
        foreach (int code in bad)
        {
            foreach (string text in new[] { $"cloud://env.b/a{(char)code}b", $"{(char)code}cloud://env.b/a", $"cloud://e{(char)code}.b/a" })
            {
                Assert.False(CloudFileId.TryParse(text, null, out _, out UserText? problem));
                Assert.Contains($"U+{code:X4}", problem.ToString(), StringComparison.Ordinal);
                string mistake = code switch { 0xfffd or 0xfeff => "wrong encoding", '\r' or '\n' => "a line break", '\t' => "a tab", _ => "the control character" };
                Assert.Contains(mistake, problem.ToString(), StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void TryParse_HalfASurrogatePair_IsRefusedAndNamed()
    {
        // Not as InlineData: an attribute cannot hold them.
        foreach (string half in new[] { "\ud83d", "\ude00", "\ud83da", "\ude00\ud83d", "\ud83d\ud83d\ude00", "\ud83d\ude00\ude00" })
        {
            Assert.False(CloudFileId.TryParse("cloud://env.b/" + half, null, out _, out UserText? problem));
            Assert.Contains("half a surrogate pair", problem.ToString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("a ", true)]
    [InlineData("a\u00a0", true)]
    [InlineData("a\u3000", true)]
    [InlineData("a\u200b", true)]
    [InlineData("a,", true)]
    [InlineData("a;", true)]
    [InlineData("a\"", true)]
    [InlineData("a'", true)]
    [InlineData("a`", true)]
    [InlineData("a，", true)]
    [InlineData("a；", true)]
    [InlineData("a、", true)]
    [InlineData("a“", true)]
    [InlineData("a”", true)]
    [InlineData("a‘", true)]
    [InlineData("a’", true)]
    [InlineData("a「", true)]
    [InlineData("a」", true)]
    [InlineData("a cloud://env.b/c", true)]
    [InlineData(" a", false)]
    [InlineData("a b.png", false)]
    [InlineData("a,b.png", false)]
    [InlineData("it's.png", false)]
    [InlineData("cloud:/a", false)]
    [InlineData("a.", false)]
    [InlineData("中", false)]
    public void FindDamage_CharactersThatListsLeaveBehind_AreSeen(string path, bool damaged)
    {
        Assert.True(CloudFileId.TryParse("cloud://env.b/" + path, null, out CloudFileId id, out _));

        Assert.Equal(damaged, id.FindDamage() is not null);
    }

    [Theory]
    [InlineData("tmp/", "names a folder, not the files in it. To list them, use Find-TcbCloudFile 'tmp/'")]
    [InlineData("it's/", "Find-TcbCloudFile 'it''s/'")]
    [InlineData("tmp/*", "no wildcards")]
    [InlineData("*.png", "no wildcards")]
    [InlineData("tmp／a.png", "full-width character '／' (U+FF0F)")]
    [InlineData("a．png", "full-width character '．' (U+FF0E)")]
    [InlineData("%E5%A4%B4%E5%83%8F/a.png", "'头像/a.png'")]
    [InlineData("%e5%a4%b4.png", "'头.png'")]
    [InlineData("caf%C3%A9.png", "'café.png'")]
    [InlineData("100%25.png", null)]
    [InlineData("a%20b.png", null)]
    [InlineData("50%E.png", null)]
    [InlineData("%E5.png", null)]
    [InlineData("价格：5（元）.png", null)]
    [InlineData("a？b.png", null)]
    public void FindMisspelling_SignsOfAnotherNameThanTheIntendedOne_AreSeen(string path, string? says)
    {
        Assert.True(CloudFileId.TryParse("cloud://env.b/" + path, null, out CloudFileId id, out _));

        if (says is null) Assert.Null(id.FindMisspelling());
        else Assert.Contains(says, id.FindMisspelling()!.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a", 1)]
    [InlineData("é", 2)]
    [InlineData("中", 3)]
    [InlineData("\U0001F600", 4)]
    public void TryParse_AtTheLongest_IsAccepted_AndOneByteMoreIsNot(string unit, int bytes)
    {
        const string Head = "cloud://env.b/";
        int room = CloudFileId.MaxBytes - Head.Length;
        string longest = Head + string.Concat(Enumerable.Repeat(unit, room / bytes)) + new string('x', room % bytes);
        Assert.Equal(4096, Encoding.UTF8.GetByteCount(longest));

        Assert.True(CloudFileId.TryParse(longest, null, out _, out UserText? problem), problem?.ToString());
        Assert.False(CloudFileId.TryParse(longest + "x", null, out _, out problem));
        Assert.Contains("4097 bytes", problem!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void TryParse_KnownEnvironment_ReusesItsString_OnlyWhereItIsTheSame()
    {
        string known = new("test".AsSpan());

        Assert.True(CloudFileId.TryParse("cloud://test.b/a", known, out CloudFileId same, out _));
        Assert.Same(known, same.EnvironmentId);

        foreach (string other in new[] { "test2", "tes", "Test", "tesT" })
        {
            Assert.True(CloudFileId.TryParse($"cloud://{other}.b/a", known, out CloudFileId id, out _));
            Assert.Equal(other, id.EnvironmentId);
        }
    }

    [Fact]
    public void TryParse_AnyText_IsAcceptedAsTheRulesSay_AndKeptToTheLetter() => FileIdGen.Near.Sample(
        text =>
        {
            bool accepted = CloudFileId.TryParse(text, FileIdGen.EnvironmentId, out CloudFileId id, out UserText? problem);

            Assert.Equal(IsWellFormed(text), accepted);
            Assert.Equal(accepted, problem is null);
            if (!accepted) return;
            Assert.Same(text, id.Value);
            Assert.Equal(text, Strict.GetString(Strict.GetBytes(id.Value)));
            string host = text.Split('/')[2];
            Assert.Equal(host.Split('.')[0], id.EnvironmentId);
        },
        iter: 100_000);

    [Fact]
    public void TryParse_GeneratedIds_AreAccepted() => FileIdGen.Accepted.Sample(
        text => Assert.True(CloudFileId.TryParse(text, null, out CloudFileId id, out _) && id.EnvironmentId == FileIdGen.EnvironmentId), iter: 10_000);

    // The rules once more, in another way.
    private static bool IsWellFormed(string text) =>
        Form().IsMatch(text)
        && !text.Any(char.IsControl) && !text.Contains('\ufffd', StringComparison.Ordinal) && !text.Contains('\ufeff', StringComparison.Ordinal)
        && Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) == text
        && Encoding.UTF8.GetByteCount(text) <= 4096;

    [GeneratedRegex(@"\Acloud://[^./][^/]*/.+\z", RegexOptions.Singleline)]
    private static partial Regex Form();
}
