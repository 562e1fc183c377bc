using System.Collections.Concurrent;
using System.Net.Sockets;

namespace TasksBus.LocalLambda.Processes;

/// <summary>
/// The connection that ties every Node.js process to this one: a thread in each of them kills its process group when the
/// connection ends, and the kernel ends it when this process does, SIGKILL included. Nothing is ever sent over it.
/// </summary>
internal sealed class Lifeline : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly ConcurrentDictionary<Socket, Socket> _held = new();

    /// <param name="path">Of its socket.</param>
    /// <param name="isForAll">Whether processes of other users connect too. There is nothing to be had from it.</param>
    public Lifeline(string path, bool isForAll)
    {
        Path = path;
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        if (isForAll && !OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, (UnixFileMode)0b110_110_110);
        }

        _listener.Listen(1_024);
        _ = AcceptAsync();
    }

    public string Path { get; }

    public void Dispose()
    {
        _listener.Dispose();
        foreach (var socket in _held.Keys)
        {
            socket.Dispose();
        }
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                _ = HoldAsync(await _listener.AcceptAsync().ConfigureAwait(false));
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                return; // disposed
            }
        }
    }

    private async Task HoldAsync(Socket socket)
    {
        _held[socket] = socket;
        try
        {
            // Completes when the process has ended.
            await socket.ReceiveAsync(new byte[1]).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Ended as well, only less politely.
        }
        finally
        {
            _held.TryRemove(socket, out _);
            socket.Dispose();
        }
    }
}
