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

        if (commandLine.LinesLeftOut > 0) Console.WriteLine($"{commandLine.LinesLeftOut} lines of the list are not file IDs and were skipped.");
        Console.WriteLine($"{emulator.Files.Count} files. Press Ctrl+C to stop.");
        stop.Wait();
        RequestLog requests = emulator.Requests;
        Console.Write($"{requests.CountOf(RequestKind.Delete)} delete calls and {requests.CountOf(RequestKind.Lookup)} look-up calls, ");
        Console.Write($"{requests.TurnedAwayCount} of them rejected by a limit, {requests.CountOf(RequestKind.Download)} downloads, {requests.CountOf(RequestKind.List)} pages listed. ");
        Console.WriteLine($"{emulator.Files.DeletedCount} files deleted, {emulator.Files.Count} left.");

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
