using System.Net.Sockets;

namespace TasksBus.Lambda;

/// <summary>The connections over which Lambda is called.</summary>
internal static class LambdaConnections
{
    public static SocketsHttpHandler Create(LambdaOptions options, Uri endpoint) => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = options.Proxy is not null || !endpoint.IsLoopback,
        // Without one of the options, that of HTTPS_PROXY and NO_PROXY.
        Proxy = options.CreateProxy(),
        ConnectTimeout = options.ConnectTimeout,
        MaxConnectionsPerServer = options.MaxConnections,
        // Shorter than a server waits for the next request (AWS and load balancers: a minute or more), so that a request is not
        // written to a connection that is just being closed: its outcome would be unknown.
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(20),
        // So that a change in DNS is followed.
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        ConnectCallback = ConnectAsync,
    };

    /// <summary>
    /// A connection is silent for as long as its function runs, while NAT gateways forget silent connections after some
    /// minutes: TCP keep-alive keeps it known, and notices a dead peer.
    /// </summary>
    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 30);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 15);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 4);
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
