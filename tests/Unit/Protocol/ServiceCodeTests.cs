using System.Globalization;
using TcbPowerShell.Protocol;
using Xunit;

namespace TcbPowerShell.Tests.Protocol;

public sealed class ServiceCodeTests
{
    // PROTOCOL's table of error codes, copied by hand and not from the source.
    private static readonly (string Class, string Codes, bool OutcomeUnknown)[] Table =
    [
        ("Transient", "-1 -1000 -501001 -501002 -503001 -601001 -601003 -601008 -604102 -604103 85113", true),
        ("TransientOnce", "-501018", true),
        ("Throttled", "-501004 45011", false),
        ("TokenRefused", "40001 40014 42001", false),
        ("QuotaSpent", "45009 -501003 -501015 -501016 -501017", false),
        ("EnvironmentRefused",
            "41001 40164 45035 61004 40243 48001 48004 50002 50004 50007 61003 61007 61014 61024 85088 85107 -501000 -501005 -501019 -501021 -604101 89501 89503 89504 89505 89506 89507", false),
        ("ClientBug", "40066 43002 43003 44002", false),
        ("RequestInvalid", "40033 40097 40101 47001 -501007 -501009 -501020 -601002", false),
        ("Unlisted", "1 -2 40002 40003 45010 45012 61005 85087 85089 89502 89508 -501006 -501008 -501022 -503002 -503003 2147483647 -2147483648", false),
    ];

    public static TheoryData<int, string, bool> Codes
    {
        get
        {
            var data = new TheoryData<int, string, bool>();
            foreach ((string name, string codes, bool unknown) in Table)
            {
                foreach (string code in codes.Split(' ')) data.Add(int.Parse(code, System.Globalization.CultureInfo.InvariantCulture), name, unknown);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Codes))]
    public void FromCode_EachCode_HasItsClass_AndSaysWhetherTheOutcomeIsKnown(int code, string expected, bool unknown)
    {
        TcbException e = TcbException.FromCode(code, "text");

        Assert.Equal(expected, e.Category.ToString());
        Assert.Equal(unknown, e.OutcomeUnknown);
        Assert.Equal(code, e.ErrorCode);
        Assert.Equal("text", e.ServiceMessage);
        Assert.Null(e.HttpStatus);
    }

    [Fact]
    public void Known_NoCode_IsMissingFromThisTable() =>
        Assert.Equal(Codes.Where(row => (string)row[1] != "Unlisted").Select(row => (int)row[0]).Order(), ServiceCode.Known.Order());

    [Fact]
    public void Message_InACultureWithAMinusOfItsOwn_HoldsTheCodeAsTheServiceWritesIt()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = new CultureInfo("sv-SE") { NumberFormat = { NegativeSign = "\u2212" } };
        try
        {
            Assert.Contains("-501000", TcbException.FromCode(-501000, "text").Message, StringComparison.Ordinal);
            Assert.Contains("-1", TcbException.FromTokenCode(-1, "text").Message, StringComparison.Ordinal);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
