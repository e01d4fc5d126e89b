using Xunit;

namespace TcbPowerShell.Tests.Model;

public sealed class CloudFileRemovalTests
{
    [Fact]
    public void ToString_IsTheFileId()
    {
        var removal = new CloudFileRemoval("cloud://env.b/ a ", "env", CloudFileRemovalOutcome.Removed) { Status = 0, Attempts = 1 };

        Assert.Equal("cloud://env.b/ a ", removal.ToString());
        Assert.Equal("cloud://env.b/ a ", removal.FileId);
        Assert.Equal("env", removal.EnvironmentId);
    }

    [Fact]
    public void Outcome_Names_AreTheContract() =>
        Assert.Equal(["Removed", "AlreadyGone", "PreviouslyRemoved"], Enum.GetNames<CloudFileRemovalOutcome>());
}
