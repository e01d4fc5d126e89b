using TcbPowerShell.Model;
using TcbPowerShell.Protocol;
using Xunit;

namespace TcbPowerShell.Tests.Protocol;

/// <summary>The one table of failures.</summary>
[Trait("rule", "8")]
[Trait("rule", "10")]
public sealed class FailureRuleTests
{
    private static readonly FailureCategory[] NotReached =
    [
        FailureCategory.Unavailable, FailureCategory.ServerError, FailureCategory.HttpRefused, FailureCategory.ConnectionFailed, FailureCategory.HostNotFound,
        FailureCategory.CertificateNotTrusted, FailureCategory.ProxyRefused, FailureCategory.ProxyLogInRefused, FailureCategory.TimedOut,
        FailureCategory.Unreadable, FailureCategory.WebPage,
    ];

    public static TheoryData<string> Categories => [.. Enum.GetNames<FailureCategory>()];

    [Theory]
    [MemberData(nameof(Categories))]
    public void Of_EachCategory_HasARowOfDefinedValues(string category)
    {
        FailureRule rule = Of(category);

        Assert.True(Enum.IsDefined(rule.Retry));
        Assert.True(Enum.IsDefined(rule.Leaves));
        Assert.True(Enum.IsDefined(rule.Ends));
        Assert.True(Enum.IsDefined(rule.EndsAs));
    }

    [Theory]
    [MemberData(nameof(Categories))]
    public void Of_EndsTheRunAtOnce_IsNotRetriedAndLeavesNoDoubt(string category)
    {
        FailureRule rule = Of(category);

        if (rule.Ends == Ending.AtOnce) Assert.Equal((Retry.Never, Doubt.No), (rule.Retry, rule.Leaves));
    }

    [Theory]
    [InlineData("Throttled")]
    [InlineData("Unavailable")]
    [InlineData("HttpRefused")]
    [InlineData("HostNotFound")]
    [InlineData("CertificateNotTrusted")]
    [InlineData("ProxyRefused")]
    [InlineData("ProxyLogInRefused")]
    [InlineData("RequestInvalid")]
    public void Of_NothingDone_LeavesNoDoubt(string category) => Assert.Equal(Doubt.No, Of(category).Leaves);

    [Theory]
    [MemberData(nameof(Categories))]
    public void Of_EachCategory_IsAnAnswerUnlessTheServiceWasNotReached(string category) =>
        Assert.Equal(!NotReached.Contains(Enum.Parse<FailureCategory>(category)), Of(category).IsAnswer);

    [Theory]
    [InlineData("CertificateNotTrusted", "CertificateNotTrusted")]
    [InlineData("ProxyRefused", "ProxyRefused")]
    [InlineData("ProxyLogInRefused", "ProxyRefused")]
    [InlineData("WebPage", "UnexpectedResponder")]
    [InlineData("Throttled", "ServiceThrottled")]
    [InlineData("HostNotFound", "ServiceUnreachable")]
    [InlineData("TimedOut", "ServiceUnreachable")]
    [InlineData("TokenRefused", "TokenRejected")]
    [InlineData("QuotaSpent", "QuotaExhausted")]
    public void Of_Category_EndsAsItsOwnError(string category, string errorId) => Assert.Equal(Enum.Parse<ErrorId>(errorId), Of(category).EndsAs);

    private static FailureRule Of(string category) => FailureRule.Of(Enum.Parse<FailureCategory>(category));
}
