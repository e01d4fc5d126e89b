using System.Net;
using System.Net.Sockets;

namespace TcbPowerShell.Tests.Network;

/// <summary>
/// A port that is taken and serves nobody. Either it refuses each connection, or its queue is full: then Linux drops what comes, and a
/// connection never comes about. If a system accepts more connections, they are never answered, which serves as well.
/// </summary>
internal sealed class DeadPort : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> _queued = [];

    internal DeadPort(bool refuses)
    {
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        if (refuses) return;
        _socket.Listen(1);
        for (int i = 0; i < 8; i++)
        {
            var queued = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
            _queued.Add(queued);
            try
            {
                queued.Connect(_socket.LocalEndPoint!);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
            {
                // On its way.
            }
        }
    }

    internal int Port => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    public void Dispose()
    {
        foreach (Socket socket in _queued) socket.Dispose();
        _socket.Dispose();
    }
}
