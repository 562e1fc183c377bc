using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace TasksBus.UnitTests.Functions;

/// <summary>A Lambda endpoint in raw TCP, which can fail in every way a network can.</summary>
internal sealed class FaultyServer : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<ReceivedRequest> _requests = new();
    private readonly Lock _counting = new();
    private readonly Func<Exchange, Task> _answer;
    private readonly Task _accepting;

    private FaultyServer(Func<Exchange, Task> answer, int port)
    {
        _answer = answer;
        _listener = new(IPAddress.Loopback, port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>The requests that arrived whole, in order.</summary>
    public IReadOnlyList<ReceivedRequest> Requests => [.. _requests];

    public static FaultyServer Start(Func<Exchange, Task> answer) => new(answer, 0);

    /// <summary>Starts at an address that refused connections until now.</summary>
    public static FaultyServer StartAt(Uri address, Func<Exchange, Task> answer) => new(answer, address.Port);

    public static FaultyServer Answering(string status, string body, params string[] headers) =>
        Start(exchange => exchange.RespondAsync(status, Encoding.UTF8.GetBytes(body), headers));

    /// <summary>An address that refuses connections.</summary>
    public static Uri RefusingAddress()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        _listener.Stop();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token), connections.Count + 1));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }
    }

    /// <summary>Each request has a number of its own, even when two arrive at the same moment.</summary>
    private int Count(ReceivedRequest request)
    {
        lock (_counting)
        {
            _requests.Enqueue(request);
            return _requests.Count;
        }
    }

    private async Task ServeAsync(TcpClient client, int connection)
    {
        try
        {
            using (client)
            {
                var stream = client.GetStream();
                while (await ReadRequestAsync(stream, connection) is { } request)
                {
                    await _answer(new Exchange(client, stream, request, Count(request), _stop.Token));
                }
            }
        }
        catch (Exception gone) when (gone is IOException
            or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            // The client went away, or the exchange closed the connection. Both are what these tests are about.
        }
    }

    private async Task<ReceivedRequest?> ReadRequestAsync(NetworkStream stream, int connection)
    {
        var head = new List<byte>();
        var one = new byte[1];
        while (!Encoding.ASCII.GetString([.. head.TakeLast(4)]).Equals("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one, _stop.Token) == 0)
            {
                return null;
            }

            head.Add(one[0]);
        }

        var lines = Encoding.ASCII.GetString([.. head]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var headers = lines.Skip(1).Select(line => line.Split(": ", 2))
            .ToDictionary(parts => parts[0], parts => parts[1], StringComparer.OrdinalIgnoreCase);
        var body = new byte[int.Parse(headers.GetValueOrDefault("Content-Length", "0"), CultureInfo.InvariantCulture)];
        await stream.ReadExactlyAsync(body, _stop.Token);
        var requestLine = lines[0].Split(' ');
        return new ReceivedRequest(connection, requestLine[0], requestLine[1], headers, body);
    }
}

internal sealed record ReceivedRequest(
    int Connection, string Method, string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body);

/// <param name="Number">1 for the first request of the server, 2 for the second.</param>
internal sealed record Exchange(TcpClient Client, NetworkStream Stream, ReceivedRequest Request, int Number, CancellationToken Stopping)
{
    public Task RespondAsync(string status, byte[] body, params string[] headers) => WriteAsync(
        $"HTTP/1.1 {status}\r\n{string.Concat(headers.Select(header => header + "\r\n"))}Content-Length: {body.Length}\r\n\r\n", body);

    public async Task WriteAsync(string head, byte[]? body = null)
    {
        await Stream.WriteAsync(Encoding.ASCII.GetBytes(head), Stopping);
        await Stream.WriteAsync(body ?? [], Stopping);
    }

    public void Close() => Client.Close();

    public void Reset()
    {
        Client.LingerState = new LingerOption(true, 0);
        Client.Close();
    }

    public Task NeverAnswerAsync() => Task.Delay(Timeout.Infinite, Stopping);
}
