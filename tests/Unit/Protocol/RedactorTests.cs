using CsCheck;
using TcbPowerShell.Protocol;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Protocol;

/// <summary>Rule 11: a secret is found in every spelling, and what is named like one is hidden whole.</summary>
[Trait("rule", "11")]
public sealed class RedactorTests
{
    private const string Secret = "68_tok+en/of=the-day_ZZ99";

    private static readonly Redactor Redactor = new(Secret);

    public static TheoryData<string, string> Spellings
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach ((string name, Func<string, string> write) in SecretSpelling.All) data.Add(name, write(Secret));
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Spellings))]
    public void Redact_Secret_IsHiddenInEverySpelling(string name, string spelled)
    {
        string shown = Redactor.Redact($"before, {spelled} and after");

        Assert.True(shown == "before, *** and after", $"{name}: {shown}");
    }

    // Any mixture of encodings of any characters, up to three deep.
    [Fact]
    public void Redact_SecretInAnyMixture_IsHidden() => Gen.Select(Gen.Int[0, int.MaxValue], Gen.Int[1, 3]).Sample(
        (seed, depth) =>
        {
            var random = new Random(seed);
            string spelled = Secret;
            for (int i = 0; i < depth; i++) spelled = string.Concat(spelled.Select(c => SecretSpelling.Encode(c, random)));

            Assert.Equal("a *** b", Redactor.Redact($"a {spelled} b"));
        },
        iter: 5_000);

    [Theory]
    [InlineData("bad 68_tok+e", "bad ***")]
    [InlineData("bad 68_tok%2Ben...", "bad ***...")]
    [InlineData("bad 68_tok+", "bad 68_tok+")]
    [InlineData("68_tok+68_tok+en/of", "68_tok+***")]
    public void Redact_SecretThatIsCutOff_IsHiddenFromItsFirstEightCharactersOn(string text, string shown) => Assert.Equal(shown, Redactor.Redact(text));

    [Fact]
    public void Redact_SecretThatBeginsLikeItsMiddle_IsHiddenWhole()
    {
        string secret = new string('a', 12) + "bcd";

        Assert.Equal("***.", new Redactor(secret).Redact("aaaa" + secret + "."));
    }

    [Theory]
    [InlineData("access_token=abc&x=1", "access_token=***&x=1")]
    [InlineData("cloudbase_access_token=abc rid: 1", "cloudbase_access_token=*** rid: 1")]
    [InlineData("component_access_token=a", "component_access_token=***")]
    [InlineData("a?sign=abc&t=1", "a?sign=***&t=1")]
    [InlineData("q-sign-algorithm=sha1&q-ak=AKID&q-signature=0a1b", "q-sign-algorithm=sha1&q-ak=***&q-signature=***")]
    [InlineData("x-cos-security-token: abc", "x-cos-security-token: ***")]
    [InlineData("Authorization: Basic abc== x", "Authorization: ***")]
    [InlineData("Proxy-Authorization: Basic abc\nHost: x", "Proxy-Authorization: ***\nHost: x")]
    [InlineData("appid=wx1&secret=abc&grant_type=x", "appid=wx1&secret=***&grant_type=x")]
    [InlineData("appSecret=abc", "appSecret=***")]
    [InlineData("refresh_token = abc", "refresh_token = ***")]
    [InlineData("access_token%3Dabc%26x%3D1", "access_token%3D***%26x%3D1")]
    [InlineData("access%5Ftoken%253Dabc", "access%5Ftoken%253D***")]
    [InlineData("access_token\\u003dabc\\u0026x", "access_token\\u003d***\\u0026x")]
    [InlineData("{\"access_token\":\"abc\",\"x\":1}", "{\"access_token\":\"***\",\"x\":1}")]
    [InlineData("{\"access_token\" : \"a\\\"b\",\"x\":1}", "{\"access_token\" : \"***\",\"x\":1}")]
    [InlineData("{\\\"authorizer_refresh_token\\\":\\\"abc\\\"}", "{\\\"authorizer_refresh_token\\\":\\\"***\"}")]
    [InlineData("{\"token\":123,\"x\":1}", "{\"token\":***,\"x\":1}")]
    [InlineData("{\"TmpSecretKey\":\"abc\"", "{\"TmpSecretKey\":\"***\"")]
    [InlineData("{\"authorization\":\"q-sign-algorithm=sha1&q-ak=1\",\"x\":1}", "{\"authorization\":\"***\",\"x\":1}")]
    [InlineData("{\"download\\u005furl\":\"https:\\/\\/a\\/b\"}", "{\"download\\u005furl\":\"***\"}")]
    [InlineData("{\"download_url\":null}", "{\"download_url\":null}")]
    public void Redact_ValueOfAName_IsHiddenWhole(string text, string shown) => Assert.Equal(shown, Redactor.Redact(text));

    [Theory]
    [InlineData("https:\\/\\/b.example\\/a.png?sign=x", "https:\\/\\/b.example\\/a.png?***")]
    [InlineData("https%3A%2F%2Fb.example%2Fa.png%3Fx%3D1 rid: 2", "https%3A%2F%2Fb.example%2Fa.png%3F*** rid: 2")]
    [InlineData("see https://b.example/a.png?x=1&y=2.", "see https://b.example/a.png?***")]
    [InlineData("http:\\/\\/me:pass@proxy", "http:\\/\\/***@proxy")]
    public void Redact_AddressInAnySpelling_HasNeitherQueryNorUserInfo(string text, string shown) => Assert.Equal(shown, Redactor.Redact(text));

    [Theory]
    [InlineData("")]
    [InlineData("invalid credential, access_token is invalid or not latest, could get access_token by getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r rid: 68d0e15f-18b1eca2-4de8f3b9")]
    [InlineData("access_token missing hints: [ req_id: fFA.b_8 ]")]
    [InlineData("invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist")]
    [InlineData("design=abc, assign: x, tokens 5")]
    [InlineData("POST https://api.weixin.qq.com/tcb/batchdeletefile?access_token=*** {\"env\":\"e\"}")]
    [InlineData("100% sure \\ & &amp; %zz \\u12 &#; %")]
    [InlineData("&#0; &#xD800; &#57343; &#x110000; &#99999999; &#xq;")]
    public void Redact_TextWithoutASecret_IsUnchanged(string text) => Assert.Equal(text, Redactor.Redact(text));

    [Fact]
    public void Redact_ShortSecret_IsHiddenOnlyInItsPlace() =>
        Assert.Equal("ok ok access_token=*** http://***@h", new Redactor("ok").Redact("ok ok access_token=ok http://ok:ok@h"));
}
