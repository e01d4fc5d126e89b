using System.Globalization;
using TcbPowerShell.Emulation;

namespace TcbPowerShell.Benchmarks;

/// <summary>
/// An emulator in a process of its own: its time and its garbage are not the client's. Every file exists, so that nothing has to be created or
/// remembered between two runs; it counts what it is asked to delete.
/// </summary>
/// <param name="latency">How long it takes for a reply, in milliseconds.</param>
internal sealed class EmulatorProcess(int latency) : IDisposable
{
    internal const string ChildCommand = "emulator-child";

    // The true service has processors of its own: of these the emulator takes as little as it can, and so does not hand requests from thread to thread.
    private static readonly Dictionary<string, string> OneThread = new() { ["DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS"] = "1" };

    private readonly ChildProcess _process = new(OneThread, [ChildCommand, latency.ToString(CultureInfo.InvariantCulture)]);

    /// <summary>What the emulator knows.</summary>
    internal State Look() => _process.Ask<State>(string.Empty);

    /// <summary>The child process: its argument is the latency.</summary>
    internal static int RunChild(string[] arguments)
    {
        long deleted = 0;
        long lastReply = 0;
        using var emulator = TcbEmulator.Start(new EmulatorOptions
        {
            Environments = [Session.EnvironmentId],
            Latency = TimeSpan.FromMilliseconds(int.Parse(arguments[0], CultureInfo.InvariantCulture)),
            Detail = LogDetail.Counts,
            Fault = _ => Exists,
            RequestCompleted = request =>
            {
                if (request.Outcome!.ErrorCode == 0) Interlocked.Add(ref deleted, request.FileCount);
                Volatile.Write(ref lastReply, request.Outcome.EndTimestamp);
            },
        });
        return ChildProcess.Serve<string>(_ => new State(
            emulator.Endpoint, Interlocked.Read(ref deleted), Volatile.Read(ref lastReply), Environment.CpuUsage.TotalTime.TotalSeconds));
    }

    public void Dispose() => _process.Dispose();

    private static Fault Exists { get; } = Fault.FileStatus(0, "ok", _ => true);

    /// <param name="Endpoint">Where it listens.</param>
    /// <param name="Deleted">How many files it said to have deleted.</param>
    /// <param name="LastReply">When its last reply was ready (<see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>, the same in all processes).</param>
    /// <param name="ProcessorSeconds">What it has taken of the processors since its start.</param>
    internal sealed record State(Uri Endpoint, long Deleted, long LastReply, double ProcessorSeconds);
}
