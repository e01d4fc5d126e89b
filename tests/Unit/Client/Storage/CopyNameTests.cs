using System.Globalization;
using System.Text;
using TcbPowerShell.Client.Storage;
using Xunit;

namespace TcbPowerShell.Tests.Client.Storage;

/// <summary>The name of a copy: what is changed in it, and which names count as one.</summary>
[Trait("rule", "15")]
public sealed class CopyNameTests
{
    [Theory]
    [InlineData("photo 1.png", "photo 1.png")]
    [InlineData("中文 文件.png", "中文 文件.png")]
    [InlineData("a#b&c+d=e;f,g'h[i]{j}$k^l`m~n!o@p(q)", "a#b&c+d=e;f,g'h[i]{j}$k^l`m~n!o@p(q)")]
    [InlineData("", "%2F")]
    [InlineData("a%41", "a%2541")]
    [InlineData("%2F", "%252F")]
    [InlineData("x%part", "x%25part")]
    [InlineData("%index.jsonl", "%25index.jsonl")]
    [InlineData("a|b?.txt", "a%7Cb%3F.txt")]
    [InlineData("<>:\"|?*\\", "%3C%3E%3A%22%7C%3F%2A%5C")]
    [InlineData("..\\..\\victim.txt", "..%5C..%5Cvictim.txt")]
    [InlineData("c:stream", "c%3Astream")]
    [InlineData("dots.", "dots%2E")]
    [InlineData("dots..", "dots.%2E")]
    [InlineData("...", "..%2E")]
    [InlineData("trail .x ", "trail .x%20")]
    [InlineData(" ", "%20")]
    [InlineData(" lead", " lead")]
    [InlineData("\u0001\u007f\u0085", "%01%7F%85")]
    [InlineData("a\uffff\ufdd0", "a%uFFFF%uFDD0")]
    [InlineData("\U0001ffffx", "%uD83F%uDFFFx")]
    [InlineData("😀", "😀")]
    public void Of_Segment_KeepsWhatEverySystemAllows(string segment, string expected) => Check(expected, segment);

    [Theory]
    [InlineData("con", "%63on")]
    [InlineData("CON.txt", "%43ON.txt")]
    [InlineData("Nul.tar.gz", "%4Eul.tar.gz")]
    [InlineData("prn ", "%70rn%20")]
    [InlineData("aux .c", "%61ux .c")]
    [InlineData("Com1", "%43om1")]
    [InlineData("lpt9.x", "%6Cpt9.x")]
    [InlineData("com0", "%63om0")]
    [InlineData("com¹", "%63om¹")]
    [InlineData("LPT³.a", "%4CPT³.a")]
    [InlineData("conin$", "%63onin$")]
    [InlineData("CONOUT$.log", "%43ONOUT$.log")]
    [InlineData("con:x", "%63on%3Ax")]
    [InlineData("conclusion", "conclusion")]
    [InlineData("com10", "com10")]
    [InlineData("com", "com")]
    [InlineData("xcon", "xcon")]
    public void Of_DeviceOfWindows_IsNoDevice(string segment, string expected) => Check(expected, segment);

    [Theory]
    [InlineData("LONGNA~1.TXT", "LONGNA%7E1.TXT")]
    [InlineData("a~1", "a%7E1")]
    [InlineData("ab12cd~23.jp", "ab12cd~23.jp")]
    [InlineData("ab1~23.jp", "ab1%7E23.jp")]
    [InlineData("a~b", "a~b")]
    [InlineData("a~", "a~")]
    [InlineData("photo~2.jpeg", "photo~2.jpeg")]
    [InlineData("IMG_20200101~2.jpg", "IMG_20200101~2.jpg")]
    public void Of_ShortNameOfAnotherFile_IsNoShortName(string segment, string expected) => Check(expected, segment);

    [Theory]
    [InlineData(200, 'x')]
    [InlineData(201, 'x')]
    [InlineData(4_000, 'x')]
    [InlineData(67, '中')]
    [InlineData(1_300, '中')]
    [InlineData(67, '%')]
    [InlineData(1_300, '|')]
    [InlineData(1_000, '.')]
    public void Of_LongSegment_FitsIn200Bytes_AndHasAHash(int length, char c)
    {
        string segment = new string(c, length) + (length == 200 ? string.Empty : ".png"), other = new string(c, length + 1) + ".png";

        string name = CopyName.Of(segment);

        Assert.InRange(Encoding.UTF8.GetByteCount(name), 1, 200);
        Assert.True(CopyName.IsSafe(name), name);
        Assert.Equal(length != 200, name.Contains("%=", StringComparison.Ordinal));
        Assert.NotEqual(name, CopyName.Of(other));
        Assert.Equal(length != 200, name.EndsWith(".png", StringComparison.Ordinal));
    }

    [Fact]
    public void Of_LongSegment_CutsNoPairAndNoCode()
    {
        for (int shift = 0; shift < 12; shift++)
        {
            string start = new('x', shift);
            foreach (string piece in new[] { "😀", "|", "\uffff", "中" })
            {
                string name = CopyName.Of(start + string.Concat(Enumerable.Repeat(piece, 100)));

                Assert.True(CopyName.IsSafe(name), name);
                Assert.Equal(name, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(name)));
            }
        }
    }

    [Theory]
    [InlineData("a.png", 2, "a%-2.png")]
    [InlineData("a", 13, "a%-13")]
    [InlineData(".htaccess", 2, ".htaccess%-2")]
    [InlineData("a.b.c", 3, "a.b%-3.c")]
    [InlineData("a.thisisnotanextension", 2, "a.thisisnotanextension%-2")]
    public void Variant_OfName_KeepsTheExtension(string name, int number, string expected)
    {
        Assert.Equal(expected, CopyName.Variant(name, number));
        Assert.True(CopyName.IsSafe(expected));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a.")]
    [InlineData("a ")]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData("c:")]
    [InlineData("con.txt")]
    [InlineData("abcdef~1")]
    [InlineData("%index.jsonl")]
    [InlineData("%index.jsonl.lock")]
    [InlineData("a.png%part")]
    [InlineData("a%")]
    [InlineData("a%-")]
    [InlineData("a%=0123")]
    [InlineData("a\0")]
    [InlineData("\uffff")]
    public void IsSafe_NameThatNoCopyHas_IsNot(string name) => Assert.False(CopyName.IsSafe(name));

    [Fact]
    public void IsSafe_HalfASurrogatePair_IsNot()
    {
        // Not as the data of a theory, in which xunit replaces them.
        Assert.False(CopyName.IsSafe("\ud83d"));
        Assert.False(CopyName.IsSafe("\ude00\ud83d"));
    }

    [Fact]
    public void IsSafe_NameLongerThanSystemsAllow_IsNot() => Assert.False(CopyName.IsSafe(new string('x', 251)));

    [Theory]
    [InlineData("A.PNG", "a.png")]
    [InlineData("é", "e\u0301")]
    [InlineData("É", "e\u0301")]
    [InlineData("ß", "ẞ")]
    [InlineData("ß", "SS")]
    [InlineData("straße", "STRASSE")]
    [InlineData("ı", "i")]
    [InlineData("İ", "I\u0307")]
    [InlineData("ﬁ", "FI")]
    [InlineData("\u212a", "k")]
    [InlineData("\u212b", "å")]
    [InlineData("ſ", "S")]
    [InlineData("σ", "ς")]
    [InlineData("ᾳ", "αι")]
    [InlineData("Ａ", "a")]
    [InlineData("µ", "μ")]
    [InlineData("Ǆ", "ǆ")]
    [InlineData("Ǆ", "ǅ")]
    [InlineData("Я", "я")]
    [InlineData("a\u200db", "ab")]
    [InlineData("a\u00adb", "AB")]
    [InlineData("☎\ufe0f", "☎")]
    [InlineData("a\u0301\u200d\u0323", "a\u0323\u0301")]
    [InlineData("한", "\u1112\u1161\u11ab")]
    public void KeyOf_NamesThatAFileSystemTakesForOne_IsOne(string name, string other) => Assert.Equal(CopyName.KeyOf(name), CopyName.KeyOf(other));

    [Theory]
    [InlineData("a", "b")]
    [InlineData("e", "é")]
    [InlineData("中", "文")]
    [InlineData("😀", "😁")]
    [InlineData("a.png", "a%-2.png")]
    public void KeyOf_NamesOfTwoFiles_AreTwo(string name, string other) => Assert.NotEqual(CopyName.KeyOf(name), CopyName.KeyOf(other));

    [Fact]
    public void KeyOf_EachLetter_IsThatOfItsUpperAndLowerCase()
    {
        for (int rune = 1; rune <= 0xffff; rune++)
        {
            char c = (char)rune;
            if (char.IsSurrogate(c) || c == '\ufffe') continue;
            string key = CopyName.KeyOf(c.ToString());
            Assert.Equal(key, CopyName.KeyOf(char.ToUpperInvariant(c).ToString()));
            Assert.Equal(key, CopyName.KeyOf(char.ToLowerInvariant(c).ToString()));
            Assert.Equal(key, CopyName.KeyOf(CultureInfo.InvariantCulture.TextInfo.ToUpper(c.ToString())));
        }
    }

    private static void Check(string expected, string segment)
    {
        string name = CopyName.Of(segment);

        Assert.Equal(expected, name);
        Assert.True(CopyName.IsSafe(name));
    }
}
