using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace FineTuneAspire.AppHost.WithoutAspire.Servers;

/// <summary>
/// Loopback ports for the processes of one data folder. They lie below the range from which the kernel takes ports for outgoing connections,
/// so that nobody slips onto a server's port while it restarts, and start at a place given by the folder, so that two systems side by side do not meet.
///
/// A port is planned long before its process listens on it. Until then a socket in Linux's abstract namespace keeps it for this system: visible to
/// every runner on the machine, held until disposal, and gone with this process however it ends.
/// </summary>
internal sealed class FreePorts(string folder) : IDisposable
{
    private const int Lowest = 20_000;
    private const int Count = 12_000;
    private readonly Lock _gate = new();
    private readonly Dictionary<int, Socket> _claims = [];

    /// <summary>A free port; the same one for the same folder and name while nobody else sits on it.</summary>
    public int Take(string name)
    {
        var start = BitConverter.ToUInt32(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(folder) + "\n" + name))) % Count;
        lock (_gate)
        {
            for (var i = 0u; i < Count; i++)
            {
                var port = Lowest + (int)((start + i) % Count);
                if (TryTake(port))
                    return port;
            }
        }

        throw new InvalidOperationException($"No port between {Lowest} and {Lowest + Count - 1} is free on the loopback interface.");
    }

    /// <summary>Takes the wished port when it is free.</summary>
    public bool TryTakeExactly(int port)
    {
        lock (_gate)
            return TryTake(port);
    }

    /// <summary>Lets the ports go, for when nothing of this system runs any more.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var claim in _claims.Values)
                claim.Dispose();
            _claims.Clear();
        }
    }

    private bool TryTake(int port)
    {
        if (_claims.ContainsKey(port) || Claim(port) is not { } claim)
            return false;
        if (!IsFree(port))
        {
            claim.Dispose();
            return false;
        }

        _claims.Add(port, claim);
        return true;
    }

    /// <summary>Null while another system keeps the port.</summary>
    private static Socket? Claim(int port)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        if (TryBind(socket, new UnixDomainSocketEndPoint($"\0finetuneaspire-port-{port}")))
            return socket;
        socket.Dispose();
        return null;
    }

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        return TryBind(socket, new IPEndPoint(IPAddress.Loopback, port));
    }

    private static bool TryBind(Socket socket, EndPoint address)
    {
        try
        {
            socket.Bind(address);
            return true;
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
        {
            return false;
        }
    }
}
