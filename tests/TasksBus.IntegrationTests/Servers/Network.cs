using System.Net;
using System.Net.Sockets;

namespace TasksBus.IntegrationTests.Servers;

/// <summary>The network to a server: a TCP proxy that can be cut silently, so that neither side notices, or closed.</summary>
internal sealed class Network : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ended = new();
    private readonly Uri _server;
    private readonly Task _accepting;
    private TaskCompletionSource _mended = new();

    public Network(Uri server)
    {
        _server = server;
        _mended.SetResult();
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>The server's address, through this network.</summary>
    public Uri Address => new UriBuilder(_server) { Host = "127.0.0.1", Port = ((IPEndPoint)_listener.LocalEndpoint).Port }.Uri;

    /// <summary>From now on both open and new connections are silent.</summary>
    public void Cut() => _mended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Mend() => _mended.TrySetResult();

    /// <summary>Ends every connection, and lets no new one be made.</summary>
    public async Task CloseAsync()
    {
        await _ended.CancelAsync();
        Mend();
        _listener.Stop();
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ended.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_ended.IsCancellationRequested)
        {
            _ = ConnectAsync(await _listener.AcceptTcpClientAsync(_ended.Token));
        }
    }

    private async Task ConnectAsync(TcpClient client)
    {
        using (client)
        {
            using TcpClient server = new();
            await server.ConnectAsync(_server.Host, _server.Port, _ended.Token);
            await Task.WhenAny(CopyAsync(client, server), CopyAsync(server, client))
                .Unwrap().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task CopyAsync(TcpClient from, TcpClient to)
    {
        var buffer = new byte[64 * 1024];
        while (await from.GetStream().ReadAsync(buffer, _ended.Token) is > 0 and var read)
        {
            await _mended.Task.WaitAsync(_ended.Token);
            await to.GetStream().WriteAsync(buffer.AsMemory(0, read), _ended.Token);
        }
    }
}
