using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;

namespace TcbPowerShell.Endurance;

/// <summary>
/// A service that goes away in the middle of a run and comes back: refused connections, accepted ones that hang, 502 and 503. A relay in front of the
/// emulator is what goes away.
/// </summary>
internal static class OutageTrial
{
    private const string Env = "test2-4a89da";

    private static readonly TimeSpan Begins = TimeSpan.FromSeconds(5);

    internal static Table Run(int rounds)
    {
        var table = new Table("Outages in the middle of a run, over real sockets",
            "outage", "seconds", "-ThrottleLimit", "removed", "already gone", "failed", "requests during the outage", "seconds until full speed", "passed");
        foreach (string kind in new[] { "refused", "hangs", "502", "503" })
        {
            foreach (int throttleLimit in new[] { 1, 5, 64 }) RunOne(kind, 30, throttleLimit, table);
            if (rounds > 1) RunOne(kind, 240, 5, table);
        }
        return table;
    }

    private static void RunOne(string kind, int seconds, int throttleLimit, Table table)
    {
        // A tenth of a second for each request, and half a minute of work beside the outage.
        string[] ids = Trial.FileIds(Env, throttleLimit * 300 * 5);
        using TcbEmulator emulator = Trial.Start(ids, new EmulatorOptions { Environments = [Env], Latency = TimeSpan.FromMilliseconds(100) });
        using var relay = new Relay(emulator.Endpoint.Port);
        using PowerShellSession session = Trial.CreateSession().Connect(relay.Endpoint, Env);
        var watch = Stopwatch.StartNew();
        Task<ScriptOutcome> run = session.StartAsync(
            $"$ids | Remove-TcbCloudFile -BatchSize 5 -ThrottleLimit {throttleLimit} -WarningAction SilentlyContinue", ("ids", ids));
        Wait(Begins);
        relay.Outage = kind;
        int before = relay.Requests;
        Wait(Begins + TimeSpan.FromSeconds(seconds));
        int during = relay.Requests - before;
        relay.Outage = null;
        TimeSpan back = watch.Elapsed;
        // Full speed: as many requests at once as before.
        double? untilFull = null;
        while (!run.IsCompleted && untilFull is null)
        {
            if (emulator.Requests.InFlight >= throttleLimit * 0.9) untilFull = (watch.Elapsed - back).TotalSeconds;
            Thread.Sleep(10);
        }
        ScriptOutcome result = run.GetAwaiter().GetResult();
        (string FileId, string Outcome)[] removals = [.. result.Removals()];
        int failed = result.Errors.Length + (result.Terminating is null ? 0 : ids.Length - removals.Length);
        table.Add(failed == 0 && removals.Length == ids.Length, kind, seconds, throttleLimit, removals.Count(item => item.Outcome == "Removed"),
            removals.Count(item => item.Outcome == "AlreadyGone"), failed, during, untilFull is { } full ? Math.Round(full, 1) : "-");

        void Wait(TimeSpan until)
        {
            if (until > watch.Elapsed) Thread.Sleep(until - watch.Elapsed);
        }
    }

    /// <summary>Passes connections on to the emulator, and can be away.</summary>
    private sealed class Relay : IDisposable
    {
        private readonly int _target;
        private readonly List<Socket> _open = [];
        private readonly Lock _lock = new();
        private Socket? _listener;
        private string? _outage;
        private int _requests;

        internal Relay(int target)
        {
            _target = target;
            Listen(0);
            Endpoint = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener!.LocalEndPoint!).Port}");
        }

        internal Uri Endpoint { get; }

        /// <summary>The connections that came during an outage that refuses none of them.</summary>
        internal int Requests => Volatile.Read(ref _requests);

        internal string? Outage
        {
            get => Volatile.Read(ref _outage);
            set
            {
                Volatile.Write(ref _outage, value);
                lock (_lock)
                {
                    if (value == "refused") _listener!.Dispose();
                    else if (value is null && !IsListening) Listen(Endpoint.Port);
                    if (value != "hangs" || value is null) foreach (Socket socket in _open) socket.Dispose();
                    if (value != "hangs") _open.Clear();
                    IsListening = value != "refused";
                }
            }
        }

        private bool IsListening { get; set; } = true;

        public void Dispose()
        {
            lock (_lock)
            {
                _listener?.Dispose();
                foreach (Socket socket in _open) socket.Dispose();
            }
        }

        private void Listen(int port)
        {
            _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            _listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            _listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
            _listener.Listen(512);
            _ = AcceptAsync(_listener);
        }

        private async Task AcceptAsync(Socket listener)
        {
            while (true)
            {
                Socket client;
                try
                {
                    client = await listener.AcceptAsync();
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException)
                {
                    return;
                }
                _ = ServeAsync(client);
            }
        }

        private async Task ServeAsync(Socket client)
        {
            using var target = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            lock (_lock) _open.Add(client);
            try
            {
                await target.ConnectAsync(IPAddress.Loopback, _target);
                await Task.WhenAny(PassAsync(client, target, isRequest: true), PassAsync(target, client, isRequest: false));
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // One of them has left.
            }
            finally
            {
                client.Dispose();
                lock (_lock) _open.Remove(client);
            }
        }

        private async Task PassAsync(Socket from, Socket to, bool isRequest)
        {
            byte[] buffer = new byte[64 * 1024];
            try
            {
                for (int read; (read = await from.ReceiveAsync(buffer, SocketFlags.None)) > 0;)
                {
                    string? outage = Outage;
                    if (outage is not null && isRequest) Interlocked.Increment(ref _requests);
                    if (outage == "hangs") await Task.Delay(Timeout.Infinite);
                    if (outage is "502" or "503" && isRequest)
                    {
                        await from.SendAsync(System.Text.Encoding.ASCII.GetBytes($"HTTP/1.1 {outage} Away\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), SocketFlags.None);
                        return;
                    }
                    await to.SendAsync(buffer.AsMemory(0, read), SocketFlags.None);
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // One of them has left.
            }
        }
    }
}
