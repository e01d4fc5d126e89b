using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using TcbPowerShell.Emulation;
using Xunit;

namespace TcbPowerShell.Tests.Emulator;

/// <summary>The emulator as a program of its own.</summary>
public sealed class CommandLineTests : IDisposable
{
    private const string FileId = "cloud://own-env.7465-own-env/中文 a#b%20.png";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tcb-emulator-");

    private readonly List<Process> _processes = [];

    public void Dispose()
    {
        foreach (Process process in _processes)
        {
            // Only where a test has failed half-way.
            if (!process.HasExited)
                process.Kill();

            process.Dispose();
        }

        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Run_WithFilesRootAndLog_DeletesRealFilesAndLogsJsonLines()
    {
        string ids = WriteIds($"{FileId}\n\n  \ncloud://own-env.7465-own-env/b.png\n");
        string root = Path.Combine(_folder.FullName, "root");
        string log = Path.Combine(_folder.FullName, "log.jsonl");
        Process process = Run("--files", ids, "--root", root, "--log", log, "--token", "own-token", "--fault", "errcode--1:2");
        string address = (await process.StandardOutput.ReadLineAsync())!;
        using var http = new HttpClient();

        foreach (int errorCode in (int[])[0, -1])
        {
            using var content = new StringContent($$"""{"env":"own-env","fileid_list":["{{FileId}}"]}""");
            using HttpResponseMessage response =
                await http.PostAsync(new Uri(address + "/tcb/batchdeletefile?access_token=own-token"), content);
            Assert.Equal(errorCode, (int)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["errcode"]!);
        }

        Assert.Equal(["b.png"], Directory.GetFiles(Path.Combine(root, "own-env.7465-own-env")).Select(Path.GetFileName));
        await StopAsync(process);
        JsonNode[] lines = [.. (await File.ReadAllLinesAsync(log)).Select(line => JsonNode.Parse(line)!)];
        Assert.Equal([0, -1], lines.Select(line => (int)line["errcode"]!));
        Assert.Equal([null, "errcode--1"], lines.Select(line => (string?)line["fault"]));
        Assert.Equal(FileId, (string)lines[0]["fileIds"]![0]!);
        Assert.DoesNotContain("own-token", await File.ReadAllTextAsync(log), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WithLimits_LogAndSummaryTellWhatWasTurnedAway()
    {
        string log = Path.Combine(_folder.FullName, "log.jsonl");
        Process process = Run("--limit", "1/min", "--limit", "50/s", "--log", log);
        string address = (await process.StandardOutput.ReadLineAsync())!;
        using var http = new HttpClient();

        for (int call = 0; call < 2; call++)
        {
            using var content = new StringContent("{}");
            using HttpResponseMessage response =
                await http.PostAsync(new Uri(address + "/tcb/batchdeletefile?access_token=emulator-access-token"), content);
        }

        await StopAsync(process, "Delete calls: 2, look-up calls: 0; rejected by a limit: 1. Downloads: 0, pages listed: 0. Files deleted: 0");
        JsonNode[] lines = [.. (await File.ReadAllLinesAsync(log)).Select(line => JsonNode.Parse(line)!)];
        Assert.Equal([40101, 45011], lines.Select(line => (int)line["errcode"]!));
        Assert.Equal([null, "1/min"], lines.Select(line => (string?)line["limit"]));
    }

    [Fact]
    public async Task Run_LinkIsUsed_LogTellsItWithoutItsSignature()
    {
        string log = Path.Combine(_folder.FullName, "log.jsonl");
        Process process = Run("--files", WriteIds(FileId), "--log", log);
        string address = (await process.StandardOutput.ReadLineAsync())!;
        using var http = new HttpClient();
        using var content = new StringContent($$"""{"env":"own-env","file_list":[{"fileid":"{{FileId}}","max_age":60}]}""");

        using HttpResponseMessage response =
            await http.PostAsync(new Uri(address + "/tcb/batchdownloadfile?access_token=emulator-access-token"), content);
        JsonNode reply = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Uri link = new((string)reply["file_list"]![0]!["download_url"]!);
        Assert.Equal(FileId, await http.GetStringAsync(link));

        await StopAsync(process, "Delete calls: 0, look-up calls: 1; rejected by a limit: 0. Downloads: 1, pages listed: 0. Files deleted: 0, left: 1.");
        string lines = await File.ReadAllTextAsync(log);
        Assert.Contains("\"kind\":\"Download\"", lines, StringComparison.Ordinal);
        Assert.DoesNotContain(link.Query.Split('=', '&')[1], lines, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WithOldestAndAListFault_ListsFilesOfAllAges()
    {
        string log = Path.Combine(_folder.FullName, "log.jsonl");
        string ids = WriteIds(string.Concat(Enumerable.Range(0, 50).Select(i => $"cloud://own-env.7465-own-env/{i}.png\n")));
        Process process = Run("--files", ids, "--env", "own-env", "--oldest", "100", "--list-fault", "http-503:1", "--log", log);
        string address = (await process.StandardOutput.ReadLineAsync())!;
        using var http = new HttpClient();

        JsonNode? page = null;
        foreach (int status in (int[])[503, 200])
        {
            using var content = new StringContent("""{"env":"own-env"}""");
            using HttpResponseMessage response =
                await http.PostAsync(new Uri(address + "/componenttcb/getbucket?access_token=emulator-component-token"), content);
            Assert.Equal(status, (int)response.StatusCode);
            if (status == 200) page = JsonNode.Parse(await response.Content.ReadAsStringAsync());
        }

        double[] ages = [.. page!["contents"]!.AsArray().Select(file => (DateTimeOffset.UtcNow - (DateTimeOffset)file!["last_modified"]!).TotalDays)];
        Assert.Equal(50, ages.Length);
        Assert.All(ages, age => Assert.InRange(age, -1, 101));
        Assert.True(ages.Max() - ages.Min() > 50);
        await StopAsync(process, "pages listed: 2.");
        Assert.Contains("\"kind\":\"List\"", await File.ReadAllTextAsync(log), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WithDownloadOptions_LinksAreRawAndShortAndTheirFirstUseFails()
    {
        Process process = Run("--files", WriteIds(FileId), "--env", "own-env", "--raw-links", "--link-lifetime", "3600", "--download-fault", "http-503:first", "--bandwidth", "1000000");
        string address = (await process.StandardOutput.ReadLineAsync())!;
        using var http = new HttpClient();
        using var content = new StringContent($$"""{"env":"own-env","file_list":[{"fileid":"{{FileId}}","max_age":7200}]}""");

        using HttpResponseMessage response =
            await http.PostAsync(new Uri(address + "/tcb/batchdownloadfile?access_token=emulator-access-token"), content);
        string link = (string)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["file_list"]![0]!["download_url"]!;
        Assert.Contains("/中文 a#b%20.png?", link, StringComparison.Ordinal);
        var ends = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(link.Split("&t=")[1], CultureInfo.InvariantCulture));
        Assert.InRange(ends, DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddSeconds(3600));
        Uri encoded = new(link.Replace("中文 a#b%20.png", Uri.EscapeDataString("中文 a#b%20.png"), StringComparison.Ordinal));
        using HttpResponseMessage first = await http.GetAsync(encoded);
        Assert.Equal(503, (int)first.StatusCode);
        Assert.Equal(FileId, await http.GetStringAsync(encoded));
        await StopAsync(process, "Downloads: 2,");
    }

    [Fact]
    public async Task Run_ShowsHowToConnectToEachEnvironment()
    {
        string ids = WriteIds($"{FileId}\ncloud://second.b/c.png\n");
        Process process = Run("--files", ids);

        string address = (await process.StandardOutput.ReadLineAsync())!;
        Assert.Matches("^http://127[.]0[.]0[.]1:[0-9]+$", address);
        Assert.Equal("", await process.StandardOutput.ReadLineAsync());
        foreach (string environment in (string[])["own-env", "second"])
        {
            Assert.Equal(
                $"Connect-TcbEnvironment {environment} -AccessToken emulator-access-token -Endpoint {address}",
                await process.StandardOutput.ReadLineAsync());
        }

        await StopAsync(process);
    }

    [Fact]
    public async Task Run_ListWithLinesThatAreNoIds_LeavesThemOutAndSaysSo()
    {
        string ids = WriteIds($"{FileId}\nclowd://own-env.b/typo.png\n\ncloud://own-env.b/\n");
        Process process = Run("--files", ids);

        for (int line = 0; line < 3; line++) await process.StandardOutput.ReadLineAsync();

        Assert.Equal("Lines skipped because they are not file IDs: 2.", await process.StandardOutput.ReadLineAsync());
        Assert.Equal("Files: 1. Press Ctrl+C to stop.", await process.StandardOutput.ReadLineAsync());
        await StopAsync(process);
    }

    [Fact]
    public async Task Run_RootWithFolders_TakesTheirEnvironments()
    {
        string kept = _folder.CreateSubdirectory("kept-env.7465-kept-env").FullName;
        // A link, which is not followed, names no environment. (Making one takes a privilege on Windows.)
        if (!OperatingSystem.IsWindows()) Directory.CreateSymbolicLink(Path.Combine(_folder.FullName, "a-link.7465-a-link"), kept);
        Process process = Run("--root", _folder.FullName);

        await process.StandardOutput.ReadLineAsync();
        await process.StandardOutput.ReadLineAsync();

        Assert.StartsWith("Connect-TcbEnvironment kept-env ", await process.StandardOutput.ReadLineAsync(), StringComparison.Ordinal);
        Assert.StartsWith("Files: 0. ", await process.StandardOutput.ReadLineAsync(), StringComparison.Ordinal);
        await StopAsync(process);
    }

    [Fact]
    public async Task Help_ExplainsEveryOptionAndFault()
    {
        Process process = Run("--help");

        string help = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.Equal(0, process.ExitCode);
        foreach (string word in (string[])["--port N", "--fault NAME[:WHEN]", "--limit LIMIT", "20/s,burst=5", "--log FILE", "--list-fault NAME[:WHEN]", "--oldest DAYS", "lists and deletes", "slow-down:2", "--download-fault NAME[:WHEN]", "--raw-links", "stall-BYTES", "wrong-etag", "drop:first", "drop", "http-STATUS-retry-after-SECONDS", "5%"])
            Assert.Contains(word, help, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_InChinese_HelpAndTextsAreChineseAndTheAddressComesFirst()
    {
        if (OperatingSystem.IsWindows()) return;

        Process help = RunIn("zh_CN.UTF-8", "--help");
        string told = await help.StandardOutput.ReadToEndAsync();
        Assert.Contains("127.0.0.1 上的端口", told, StringComparison.Ordinal);
        Assert.Contains("--limit 50/s --limit 5/s@20s", told, StringComparison.Ordinal);
        Assert.All(new[] { "drop-after", "slow-down", "stall-BYTES" }, name => Assert.Contains(name, told, StringComparison.Ordinal));
        // English words that are not options, faults or names of the field.
        Assert.DoesNotMatch("(?i)\\b(the|files|repeatable|default)\\b", told.Replace("--files", string.Empty, StringComparison.Ordinal));

        Process wrong = RunIn("zh_CN.UTF-8", "--port", "x");
        Assert.Equal("“x”不是整数。", (await wrong.StandardError.ReadToEndAsync()).Trim());

        Process process = RunIn("zh_CN.UTF-8", "--env", "own-env");
        Assert.StartsWith("http://127.0.0.1:", await process.StandardOutput.ReadLineAsync(), StringComparison.Ordinal);
        await process.StandardOutput.ReadLineAsync();
        Assert.StartsWith("Connect-TcbEnvironment own-env ", await process.StandardOutput.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Equal("共 0 个文件。按 Ctrl+C 停止。", await process.StandardOutput.ReadLineAsync());
        process.Kill();
    }

    [Theory]
    [InlineData("'--nothing' is not an option", "--nothing")]
    [InlineData("--port needs N", "--port")]
    [InlineData("'x' is not a whole number", "--port", "x")]
    [InlineData("'nothing' is not a fault", "--fault", "nothing")]
    [InlineData("'20' is not a limit", "--limit", "20")]
    [InlineData("missing.txt", "--files", "missing.txt")]
    [InlineData("'long' is not a number of days", "--oldest", "long")]
    [InlineData("'nothing' is not a fault", "--list-fault", "nothing")]
    [InlineData("'nothing' is not a fault", "--download-fault", "nothing")]
    [InlineData("'stale:1' is a fault in downloads", "--fault", "stale:1")]
    [InlineData("'expire' is a fault in downloads", "--list-fault", "expire")]
    [InlineData("'slow-down:1' is a reply of the object storage", "--fault", "slow-down:1")]
    [InlineData("'access-denied' is a reply of the object storage", "--token-fault", "access-denied")]
    [InlineData("'1.5' is not a number of bytes", "--bandwidth", "1.5")]
    public async Task Run_WrongArguments_SaysWhyAndFails(string message, params string[] arguments)
    {
        Process process = Run(arguments);

        string error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.Equal(2, process.ExitCode);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    // A signal as Ctrl+C or a service manager sends it; Windows has none that one program could send to another.
    private static async Task StopAsync(Process process, string summary = "")
    {
        if (OperatingSystem.IsWindows())
        {
            process.Kill();
            await process.WaitForExitAsync();
            return;
        }

        using Process kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        string output = await process.StandardOutput.ReadToEndAsync();
        Assert.Matches(", left: [0-9]+[.]$", output.TrimEnd());
        Assert.Contains(summary, output, StringComparison.Ordinal);
    }

    private Process Run(params string[] arguments) => RunIn("C.UTF-8", arguments);

    // The language of a program: from its environment. (On Windows it is the user's.)
    private Process RunIn(string locale, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(TcbEmulator).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        start.Environment["LC_ALL"] = locale;
        Process process = Process.Start(start)!;
        _processes.Add(process);
        return process;
    }

    private string WriteIds(string text)
    {
        string file = Path.Combine(_folder.FullName, "ids.txt");
        File.WriteAllText(file, text);
        return file;
    }
}
