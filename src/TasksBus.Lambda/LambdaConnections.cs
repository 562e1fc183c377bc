using System.Net.Sockets;

namespace TasksBus.Lambda;

/// <summary>Makes the connections over which Lambda is called.</summary>
internal static class LambdaConnections
{
    public static SocketsHttpHandler Create(LambdaOptions options, Uri endpoint) => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = options.Proxy is not null || !endpoint.IsLoopback,
        // Without a proxy in the options, the proxy of HTTPS_PROXY and NO_PROXY is used.
        Proxy = options.CreateProxy(),
        ConnectTimeout = options.ConnectTimeout,
        MaxConnectionsPerServer = options.MaxConnections,
        // This is shorter than servers wait for the next request (AWS and load balancers: a minute or more). So a request is not written to
        // a connection that the server is just closing, which would make its outcome unknown.
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(20),
        // Connections are replaced so that changes in DNS take effect.
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        ConnectCallback = ConnectAsync,
    };

    /// <summary>
    /// A connection is silent while its function runs, and NAT gateways forget silent connections after some minutes. TCP keep-alive keeps
    /// the connection known, and detects a dead peer.
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
