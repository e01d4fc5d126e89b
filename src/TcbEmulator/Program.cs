using System.Runtime.InteropServices;

namespace TcbPowerShell.Emulation;

internal static class Program
{
    public static int Main(string[] arguments)
    {
        try
        {
            var commandLine = CommandLine.Parse(arguments);
            if (commandLine.IsHelp)
                Console.Write(commandLine.Help());
            else
                Run(commandLine);

            return 0;
        }
        catch (Exception e) when (e is FormatException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine(e.Message);
            return 2;
        }
    }

    private static void Run(CommandLine commandLine)
    {
        EmulatorOptions options = commandLine.Options;
        using RequestLogFile? log = commandLine.LogPath is null ? null : new RequestLogFile(commandLine.LogPath, options.Clock);
        using var emulator = TcbEmulator.Start(options with { RequestCompleted = log is null ? null : log.Write });
        using Timer? renewal = RenewCloudBaseToken(emulator, commandLine.CloudBaseTokenPath, options.TokenLifetime / 3);
        using var stop = new ManualResetEventSlim();
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

        string address = emulator.Endpoint.GetLeftPart(UriPartial.Authority);
        Console.WriteLine(address);
        Console.WriteLine();
        foreach (string environment in options.Environments)
            Console.WriteLine($"Connect-TcbEnvironment {environment} -AccessToken {options.AccessToken} -Endpoint {address}");

        if (commandLine.LinesLeftOut > 0)
            Console.WriteLine(UiText.Of($"Lines skipped because they are not file IDs: {commandLine.LinesLeftOut}.", $"已跳过清单中的 {commandLine.LinesLeftOut} 行：不是文件 ID。"));
        Console.WriteLine(UiText.Of($"Files: {emulator.Files.Count}. Press Ctrl+C to stop.", $"共 {emulator.Files.Count} 个文件。按 Ctrl+C 停止。"));
        stop.Wait();
        RequestLog requests = emulator.Requests;
        (int deletes, int lookups, int rejected) = (requests.CountOf(RequestKind.Delete), requests.CountOf(RequestKind.Lookup), requests.TurnedAwayCount);
        (int downloads, int pages) = (requests.CountOf(RequestKind.Download), requests.CountOf(RequestKind.List));
        Console.WriteLine(UiText.Of(
            $"Delete calls: {deletes}, look-up calls: {lookups}; rejected by a limit: {rejected}. Downloads: {downloads}, pages listed: {pages}. Files deleted: {emulator.Files.DeletedCount}, left: {emulator.Files.Count}.",
            $"删除调用 {deletes} 次，查询调用 {lookups} 次，其中被限流 {rejected} 次；下载 {downloads} 次，列出 {pages} 页。已删除 {emulator.Files.DeletedCount} 个文件，剩余 {emulator.Files.Count} 个。"));

        void Stop(PosixSignalContext signal)
        {
            // The end comes by the way that leads through the using declarations.
            signal.Cancel = true;
            stop.Set();
        }
    }

    private static Timer? RenewCloudBaseToken(TcbEmulator emulator, string? path, TimeSpan period)
    {
        if (path is null)
            return null;

        emulator.Tokens.WriteCloudBaseToken(path);
        return new Timer(_ => emulator.Tokens.WriteCloudBaseToken(path), null, period, period);
    }
}
