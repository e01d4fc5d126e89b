using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Commands;

/// <summary>Objects of odd kinds: each comes out once, as an ID or as an error.</summary>
[Trait("rule", "1")]
public class FileIdArgumentTests
{
    [Fact]
    public void XmlNodes_ByAttributeAndByElement_AreRead()
    {
        using ConnectedSession session = new();

        ScriptOutcome outcome = session.Run(
            """([xml]'<a><f FileId="cloud://test-env.b/x"/><f><FileId>cloud://test-env.b/y</FileId></f><f other="1"/></a>').a.f | Remove-TcbCloudFile""");

        Assert.Equal(["CloudFileNotFound", "CloudFileNotFound", "InvalidFileId"],
            outcome.Errors.Select(error => error.FullyQualifiedErrorId.Split(',')[0]).Order(StringComparer.Ordinal));
        Assert.Equal(["cloud://test-env.b/x", "cloud://test-env.b/y"], outcome.FailedIds.Where(id => id.StartsWith("cloud", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void ListThatContainsItself_IsAnError()
    {
        using ConnectedSession session = new();

        ScriptOutcome outcome = session.Run("$list = [Collections.ArrayList]::new(); [void]$list.Add($list); Remove-TcbCloudFile -FileId $list");

        Assert.StartsWith("InvalidFileId", Assert.Single(outcome.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Remove-TcbCloudFile -FileId @() -Verbose")]
    [InlineData("[pscustomobject]@{ FileId = @() } | Remove-TcbCloudFile -Verbose")]
    public void EmptyList_IsSkippedAndCounted(string script)
    {
        using ConnectedSession session = new();

        Assert.Contains("Skipped entries that are null, empty or white space: 1.", Assert.Single(session.Run(script).Verbose, line => line.StartsWith("Skipped", StringComparison.Ordinal)), StringComparison.Ordinal);
    }
}
