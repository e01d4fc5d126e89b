using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace TcbPowerShell.Tests.Network;

/// <summary>Listens on a free port of this machine. Each connection has a task; the end of the server is the end of them all.</summary>
internal abstract class LoopbackServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _stalled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Task> _connections = [];
    private readonly Task _accepting;

    protected LoopbackServer()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    internal int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Completes once the server keeps a client waiting.</summary>
    internal Task WhenStalled => _stalled.Task;

    /// <summary>Ends with the server.</summary>
    protected CancellationToken Stop => _stop.Token;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections);
        _stop.Dispose();
        _listener.Dispose();
    }

    /// <summary>Serves one connection.</summary>
    /// <param name="client">The connection.</param>
    /// <param name="ordinal">Its place among the connections, from 1.</param>
    protected abstract Task ServeAsync(Socket client, int ordinal);

    /// <summary>Breaks a conversation off.</summary>
    protected async Task BreakOffAsync(Socket client, BreakOff how)
    {
        switch (how)
        {
            case BreakOff.Stall:
                _stalled.TrySetResult();
                await Task.Delay(Timeout.Infinite, Stop);
                break;
            case BreakOff.Reset:
                client.LingerState = new LingerOption(true, 0);
                break;
            case BreakOff.Close:
                client.Shutdown(SocketShutdown.Send);
                break;
        }
        client.Close();
    }

    private async Task AcceptAsync()
    {
        try
        {
            for (int ordinal = 1; ; ordinal++)
            {
                // NoDelay: what is sent before a break-off is on its way at once.
                Socket client = await _listener.AcceptSocketAsync(Stop);
                client.NoDelay = true;
                _connections.Add(GuardAsync(client, ordinal));
            }
        }
        catch (OperationCanceledException)
        {
            // The server is stopped.
        }
    }

    private async Task GuardAsync(Socket client, int ordinal)
    {
        await Task.Yield();
        using (client)
        {
            try
            {
                await ServeAsync(client, ordinal);
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException or AuthenticationException)
            {
                // The client is gone, or this side has broken the conversation off.
            }
        }
    }
}
