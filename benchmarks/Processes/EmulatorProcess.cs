using System.Globalization;
using TcbPowerShell.Emulation;

namespace TcbPowerShell.Benchmarks;

/// <summary>An emulator in a process of its own: its time and its garbage are not the client's.</summary>
/// <param name="latency">How long it takes for a reply, in milliseconds.</param>
internal sealed class EmulatorProcess(int latency) : IDisposable
{
    internal const string ChildCommand = "emulator-child";

    private readonly ChildProcess _process = new(ChildCommand, latency.ToString(CultureInfo.InvariantCulture));

    internal int Latency => latency;

    /// <summary>Creates files.</summary>
    internal State Seed(IdRange ids) => _process.Ask<State>(ids);

    /// <summary>What the emulator knows.</summary>
    internal State Look() => Seed(new IdRange(0, 0));

    /// <summary>The child process: its argument is the latency.</summary>
    internal static int RunChild(string[] arguments)
    {
        long lastReply = 0;
        using var emulator = TcbEmulator.Start(new EmulatorOptions
        {
            Environments = [Session.EnvironmentId],
            Latency = TimeSpan.FromMilliseconds(int.Parse(arguments[0], CultureInfo.InvariantCulture)),
            Detail = LogDetail.Counts,
            RequestCompleted = request => Volatile.Write(ref lastReply, request.Outcome!.EndTimestamp),
        });
        return ChildProcess.Serve<IdRange>(ids =>
        {
            emulator.Files.Seed(ids.ToFileIds());
            return new State(emulator.Endpoint, emulator.Files.Count, Volatile.Read(ref lastReply));
        });
    }

    public void Dispose() => _process.Dispose();

    /// <param name="Endpoint">Where it listens.</param>
    /// <param name="Files">How many files there are.</param>
    /// <param name="LastReply">When its last reply was ready (<see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>, the same in all processes).</param>
    internal sealed record State(Uri Endpoint, int Files, long LastReply);
}
