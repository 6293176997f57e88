using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace FineTuneAspire.AppHost.WithoutAspire.Servers;

/// <summary>
/// Loopback ports for the processes of one data folder. They lie below the range from which the kernel takes ports for outgoing connections,
/// so that nobody slips onto a server's port while it restarts, and start at a place given by the folder, so that two systems side by side do not meet.
/// </summary>
internal sealed class FreePorts(string folder)
{
    private const int Lowest = 20_000;
    private const int Count = 12_000;
    private readonly Lock _gate = new();
    private readonly HashSet<int> _taken = [];

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

    private bool TryTake(int port)
    {
        if (_taken.Contains(port) || !IsFree(port))
            return false;
        _taken.Add(port);
        return true;
    }

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
        {
            return false;
        }
    }
}
