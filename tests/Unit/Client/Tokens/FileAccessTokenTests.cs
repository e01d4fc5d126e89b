using System.Diagnostics;
using TcbPowerShell.Client.Tokens;
using TcbPowerShell.Model;
using TcbPowerShell.Tests.Client.Http;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Client.Tokens;

/// <summary>The file with the cloud hosting token, where it is not what it should be.</summary>
[Trait("rule", "9")]
public sealed class FileAccessTokenTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tcb-token-").FullName;
    private readonly ManualClock _clock = new();

    private string TokenPath => Path.Combine(_folder, "token");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(4096, null)]
    [InlineData(4097, "has more than 4096 characters")]
    [InlineData((64 * 1024) + 1, "it is longer than 64 KiB")]
    [InlineData(0, "it is empty or not a regular file")]
    public async Task Get_LongFile_IsRefused(int length, string? problem)
    {
        await File.WriteAllTextAsync(TokenPath, new string('x', length));

        if (problem is null) Assert.Equal(length, (await GetAsync(TokenPath)).Length);
        else await AssertRefusedAsync(TokenPath, problem);
    }

    [Fact]
    public async Task Get_HugeFile_IsNotRead()
    {
        using (FileStream file = File.Create(TokenPath)) file.SetLength(1L << 30);
        long before = GC.GetTotalAllocatedBytes();

        await AssertRefusedAsync(TokenPath, "it is longer than 64 KiB");

        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 16 << 20);
    }

    [Fact]
    public Task Get_Folder_IsRefused() => AssertRefusedAsync(_folder, "it is a folder");

    [Fact]
    public async Task Get_LinkToALink_IsFollowed()
    {
        // There, links need a privilege.
        if (OperatingSystem.IsWindows()) return;
        await File.WriteAllTextAsync(TokenPath, "token-one\n");
        File.CreateSymbolicLink(TokenPath + "2", TokenPath);
        File.CreateSymbolicLink(TokenPath + "3", "token2");

        Assert.Equal("token-one", await GetAsync(TokenPath + "3"));
    }

    [Theory]
    [InlineData("/dev/zero")]
    [InlineData("/dev/null")]
    [InlineData("/dev/tty")]
    public async Task Get_Device_IsRefused(string path)
    {
        // Windows has none, and some containers have no terminal.
        if (File.Exists(path)) await AssertRefusedAsync(path, "it is empty or not a regular file");
    }

    [Fact]
    public async Task Get_PipeWithoutAWriter_IsRefusedAndNotOpened()
    {
        if (OperatingSystem.IsWindows()) return;
        using (var mkfifo = Process.Start("mkfifo", TokenPath)) await mkfifo.WaitForExitAsync();
        File.CreateSymbolicLink(TokenPath + "2", TokenPath);

        await AssertRefusedAsync(TokenPath, "it is empty or not a regular file");
        // The other build runs on Windows, and cannot follow links.
        if (StagedModule.Framework == "net8.0") await AssertRefusedAsync(TokenPath + "2", "it is empty or not a regular file");
    }

    [Fact]
    public async Task Get_ReadHangs_EndsAfterAWhile_AndOneThreadHangsAtMost()
    {
        using var release = new ManualResetEventSlim();
        int reads = 0;
        var tokens = new FileAccessToken(TokenPath, () => Hang(release, ref reads), _clock);

        for (int i = 0; i < 3; i++)
        {
            Task getting = tokens.GetAsync(null, new TestContext());
            Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref reads) == 1, TimeSpan.FromMinutes(1)));
            _clock.TimeOut();
            TcbException e = await Assert.ThrowsAsync<TcbException>(() => getting);
            Assert.Equal(ErrorId.TokenFileUnavailable, e.ErrorId);
            Assert.Contains("reading it takes longer than 10 s", e.Message, StringComparison.Ordinal);
        }

        Assert.Equal(1, reads);
        release.Set();
    }

    [Fact]
    public async Task Get_StoppedWhileReading_EndsAtOnce()
    {
        using var release = new ManualResetEventSlim();
        using var stop = new CancellationTokenSource();
        int reads = 0;
        var tokens = new FileAccessToken(TokenPath, () => Hang(release, ref reads), _clock);
        Task getting = tokens.GetAsync(null, new TestContext { SendingCancelled = stop.Token });

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => getting);
        release.Set();
    }

    private static string Hang(ManualResetEventSlim release, ref int reads)
    {
        Interlocked.Increment(ref reads);
        release.Wait(TimeSpan.FromMinutes(1));
        return "token";
    }

    private async Task<string> GetAsync(string path) => (await new FileAccessToken(path, _clock).GetAsync(null, new TestContext())).Token!;

    private async Task AssertRefusedAsync(string path, string problem)
    {
        TcbException e = await Assert.ThrowsAsync<TcbException>(() => GetAsync(path));
        Assert.Equal(ErrorId.TokenFileUnavailable, e.ErrorId);
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }
}
