using TcbPowerShell.Client.Batches;
using Xunit;

namespace TcbPowerShell.Tests.Client.Batches;

public sealed class RunHealthTests
{
    [Theory]
    [InlineData(3, 4, true)] // 12 tries
    [InlineData(2, 20, false)] // two batches are too few
    [InlineData(9, 1, false)] // nine tries are too few
    [InlineData(10, 1, true)]
    [InlineData(3, 3, false)]
    [InlineData(4, 3, true)]
    public void BatchFailed_ThreeBatchesAndTenTries_AreDead(int batches, int tries, bool dead)
    {
        var health = new RunHealth();
        bool last = false;
        for (int batch = 0; batch < batches; batch++)
        {
            Assert.False(last, "dead too early");
            for (int i = 0; i < tries; i++) health.TryFailed();
            last = health.BatchFailed();
        }
        Assert.Equal(dead, last);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Answered_WhateverItSays_CountsFromTheStartAgain(bool accepted)
    {
        var health = new RunHealth();
        for (int i = 0; i < 20; i++) health.TryFailed();
        health.BatchFailed();
        health.BatchFailed();

        health.Answered(accepted);

        for (int i = 0; i < 9; i++) health.TryFailed();
        Assert.False(health.BatchFailed());
        Assert.False(health.BatchFailed());
        Assert.False(health.BatchFailed());
        health.TryFailed();
        Assert.True(health.BatchFailed());
    }

    [Fact]
    public void BatchRefused_FirstThree_AreWrong()
    {
        var health = new RunHealth();

        health.Answered(accepted: false);
        Assert.False(health.BatchRefused());
        Assert.False(health.BatchRefused());
        Assert.True(health.BatchRefused());
    }

    [Fact]
    public void BatchRefused_OnceOneWasAccepted_IsNeverWrong()
    {
        var health = new RunHealth();
        health.BatchRefused();
        health.BatchRefused();

        health.Answered(accepted: true);

        for (int i = 0; i < 100; i++) Assert.False(health.BatchRefused());
    }
}
