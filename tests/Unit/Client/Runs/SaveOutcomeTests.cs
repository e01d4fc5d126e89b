using System.Net;
using TcbPowerShell.Client.Runs;
using TcbPowerShell.Model;
using TcbPowerShell.Resources;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;
using static TcbPowerShell.Tests.Client.Runs.SaveHarness;

namespace TcbPowerShell.Tests.Client.Runs;

/// <summary>A copy is whole, or the file is not called saved.</summary>
[Trait("rule", "1")]
[Trait("rule", "15")]
public sealed class SaveOutcomeTests
{
    private static readonly string Id = FileIds.Of(1);

    [Fact]
    public async Task Run_ManyFiles_EachHasAWholeCopy()
    {
        string[] ids = FileIds.Range(120);
        using var harness = new SaveHarness();

        EngineResult result = await harness.RunAsync(ids);

        Assert.Null(result.End);
        Assert.Equal(ids.Order(), result.Copies.Select(copy => copy.FileId).Order());
        Assert.All(result.Copies, copy =>
        {
            copy.AssertWhole();
            Assert.Equal((SavedCloudFileOutcome.Saved, 1, FileIds.Environment), (copy.Outcome, copy.Attempts, copy.EnvironmentId));
        });
        Assert.Equal((3, 120), (harness.LookUps, harness.Requests));
    }
}
