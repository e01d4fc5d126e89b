using TcbPowerShell.Emulation;
using Xunit;

namespace TcbPowerShell.Tests.Emulator;

public sealed class FaultPlanTests
{
    [Fact]
    public async Task Parse_Ordinals_StrikeAtTheirRequests()
    {
        Assert.Equal("- errcode-7 http-503 http-503 -", await FaultsAsync(5, seed: 0, "errcode-7:2", "http-503:2-4"));
    }

    [Fact]
    public async Task Parse_NoCondition_StrikesAlways()
    {
        Assert.Equal("errcode--1 errcode--1", await FaultsAsync(2, seed: 0, "errcode--1"));
    }

    [Theory]
    [InlineData("drop-after", "drop-after")]
    [InlineData("drop-before", "drop")]
    [InlineData("http-429-retry-after-2", "http-429")]
    [InlineData("errcode--501002-after", "errcode--501002-after")]
    [InlineData("file--503001", "file--503001")]
    [InlineData("list-of-strings", "list-of-strings")]
    [InlineData("delay-0", "delay")]
    public async Task Parse_Names_AreTheFaults(string text, string name)
    {
        using var emulator = TcbEmulator.Start(new EmulatorOptions { Fault = FaultPlan.Parse(0, text) });
        using var caller = new Caller(emulator);

        await Record.ExceptionAsync(() => caller.SendAsync(Caller.Body(Caller.FileId(1))));

        Assert.Equal(name, emulator.Requests.Snapshot()[0].Outcome!.Fault);
    }

    [Fact]
    public async Task Parse_RetryAfter_IsInTheReply()
    {
        using var emulator = TcbEmulator.Start(new EmulatorOptions { Fault = FaultPlan.Parse(0, "http-429-retry-after-2") });
        using var caller = new Caller(emulator);

        using HttpResponseMessage response = await caller.SendAsync(Caller.Body(Caller.FileId(1)));

        Assert.Equal((429, TimeSpan.FromSeconds(2)), ((int)response.StatusCode, response.Headers.RetryAfter!.Delta));
    }

    [Fact]
    public async Task Parse_Percent_FollowsTheSeed()
    {
        string first = await FaultsAsync(200, seed: 1, "errcode-7:25%");
        string again = await FaultsAsync(200, seed: 1, "errcode-7:25%");
        string other = await FaultsAsync(200, seed: 2, "errcode-7:25%");

        Assert.Equal(first, again);
        Assert.NotEqual(first, other);
        Assert.InRange(first.Split(' ').Count(name => name == "errcode-7"), 30, 70);
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("http")]
    [InlineData("drop-7")]
    [InlineData("drop:")]
    [InlineData("drop:x%")]
    [InlineData("drop:1-2-3")]
    public void Parse_Nonsense_IsAFormatError(string text)
    {
        Assert.Throws<FormatException>(() => FaultPlan.Parse(0, text));
    }

    private static async Task<string> FaultsAsync(int requests, int seed, params string[] faults)
    {
        using var emulator = TcbEmulator.Start(new EmulatorOptions { Fault = FaultPlan.Parse(seed, faults) });
        using var caller = new Caller(emulator);
        for (int i = 0; i < requests; i++)
        {
            using HttpResponseMessage response = await caller.SendAsync(Caller.Body(Caller.FileId(1)));
            await response.Content.ReadAsByteArrayAsync();
        }

        return string.Join(' ', emulator.Requests.Snapshot().Select(request => request.Outcome!.Fault ?? "-"));
    }
}
