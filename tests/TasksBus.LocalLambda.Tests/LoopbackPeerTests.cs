using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using TasksBus.LocalLambda.Processes;

namespace TasksBus.LocalLambda.Tests;

/// <summary>Which user a connection to the Runtime API belongs to.</summary>
public sealed partial class LoopbackPeerTests
{
    [Fact]
    public async Task A_connection_is_known_as_its_user_s_while_others_come_and_go()
    {
        using var listener = Listen(LoopbackPeer.RandomAddress());
        using var done = new CancellationTokenSource();
        var others = Enumerable.Range(0, 4).Select(_ => Task.Run(() => ComeAndGoAsync(done.Token))).ToArray();
        for (var i = 0; i < 200; i++)
        {
            using var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await client.ConnectAsync(listener.LocalEndPoint!);
            using var server = await listener.AcceptAsync();

            Assert.True(await LoopbackPeer.IsOfAsync(GetUserId(), server.RemoteEndPoint, server.LocalEndPoint), $"connection {i}");
        }

        await done.CancelAsync();
        await Task.WhenAll(others);
    }

    [Fact]
    public async Task A_connection_is_not_another_user_s()
    {
        using var listener = Listen(LoopbackPeer.RandomAddress());
        using var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.LocalEndPoint!);
        using var server = await listener.AcceptAsync();

        Assert.Equal(
            !OperatingSystem.IsLinux(), await LoopbackPeer.IsOfAsync(GetUserId() + 1, server.RemoteEndPoint, server.LocalEndPoint));
    }

    private static async Task ComeAndGoAsync(CancellationToken cancellationToken)
    {
        using var listener = Listen(IPAddress.Loopback);
        while (!cancellationToken.IsCancellationRequested)
        {
            // Connections are reset instead of closed, because the system would keep each closed one for a minute and run out of ports.
            using var client = new Socket(SocketType.Stream, ProtocolType.Tcp) { LingerState = new(true, 0) };
            await client.ConnectAsync(listener.LocalEndPoint!, CancellationToken.None);
            using var server = await listener.AcceptAsync(CancellationToken.None);
            server.LingerState = new(true, 0);
        }
    }

    private static Socket Listen(IPAddress address)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(address, 0));
        listener.Listen(128);
        return listener;
    }

    [LibraryImport("libc", EntryPoint = "getuid")]
    private static partial int GetUserId();
}
