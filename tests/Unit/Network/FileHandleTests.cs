using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Runs;
using TcbPowerShell.Client.Tokens;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Client.Runs;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Network;

/// <summary>A process that may open fewer files than a run has connections.</summary>
public sealed class FileHandleTests
{
    /// <summary>The argument that makes the other process run this.</summary>
    internal const string Command = "--remove";

    private const int Files = 400;

    [Fact]
    public async Task Run_TooFewFileHandles_UsesFewerConnections()
    {
        if (!OperatingSystem.IsLinux()) return; // Windows has no such limit, and .NET raises that of macOS.
        using var emulator = TcbEmulator.Start(new EmulatorOptions { AccessToken = EngineHarness.Token, FileIds = FileIds.Range(Files), Latency = TimeSpan.FromMilliseconds(50) });

        string said = await SingleCall.RunAsync(handles: 128, Command, emulator.Endpoint.AbsoluteUri, $"{Files}");

        Assert.Equal($"{Files} removed", said);
        Assert.InRange(emulator.Requests.PeakInFlight, 1, 63);
    }

    [Theory]
    [InlineData("Max open files            128                  128                  files", 60)]
    [InlineData("Max open files            10                   10                   files", 1)]
    [InlineData("Max open files            1048576              1048576              files", 1024)]
    [InlineData("Max open files            unlimited            unlimited            files", 1024)]
    [InlineData("Max processes             1                    1                    processes", 1024)]
    [InlineData(null, 1024)]
    public void MaxConnections_IsHalfOfTheHandlesThatAreLeft(string? line, int expected)
    {
        string folder = Directory.CreateTempSubdirectory("tcb-handles-").FullName;
        try
        {
            if (line is not null) File.WriteAllLines(Path.Combine(folder, "limits"), ["Limit                     Soft Limit           Hard Limit           Units", line]);
            foreach (int handle in Enumerable.Range(0, 8)) Directory.CreateDirectory(Path.Combine(folder, "fd", $"{handle}"));

            Assert.Equal(expected, HttpClientFactory.MaxConnections(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Removes them, each by a request of its own, 64 at a time, and says what came of it.</summary>
    internal static async Task<string> RemoveAsync(Uri endpoint, int count)
    {
        using HttpClient http = HttpClientFactory.Create(new HttpOptions { Endpoint = endpoint });
        var client = new TcbClient(http, endpoint, TimeSpan.FromSeconds(30), Clock.System);
        var environment = new TcbEnvironment(FileIds.Environment, endpoint, new FixedAccessToken(TcbAuthentication.AccessToken, EngineHarness.Token), client);
        RunOptions options = EngineHarness.Options(batchSize: 1, throttleLimit: 64);
        EngineResult result = await EngineHarness.RunAsync(new FileRun(environment, new RemoveOperation(ignoreMissing: false), options), FileIds.Range(count));
        IEnumerable<string> failures = result.Outcomes.Where(outcome => outcome.Failure is not null).Select(outcome => $"; {outcome.Failure!.ErrorId}: {outcome.Failure.Facts.Message}");
        return $"{result.Removed.Count()} removed{string.Concat(failures.Distinct().Take(5))}{(result.End is { } end ? $"; {end.ErrorId}: {end.Reason.Message}" : string.Empty)}";
    }
}
