using System.Net;
using System.Net.Sockets;
using System.Text;
using TasksBus.Functions;
using TasksBus.Lambda;
using Xunit;

namespace TasksBus.UnitTests.Functions;

/// <summary>
/// The client behind a proxy, as far as the tunnel. tests/end-to-end/aws-endpoints.test.mjs goes through the tunnel to a server that
/// speaks TLS.
/// </summary>
public class LambdaProxyTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData(null)]
    [InlineData("us%20er:pass%40word")]
    public async Task The_proxy_is_asked_for_a_tunnel_to_Lambda_with_its_credentials_once_it_wants_them(string? account)
    {
        using var proxy = new Proxy(authorization => account is null
            || authorization is not null ? "200 Connection established" : "407 Authenticate\r\nProxy-Authenticate: Basic realm=\"x\"");
        using var invoker = Invocations.InvokerFor(Options(proxy, account));

        var invoking = invoker.InvokeAsync(Invocations.Of(), default);
        var result = await invoking.WaitAsync(s_patience);

        // Nobody speaks TLS behind the tunnel here.
        var later = Assert.IsType<InvocationResult.NotRunYet>(result);
        Assert.Equal("ConnectionFailed", later.Name);
        Assert.All(proxy.Requests, static request => Assert.StartsWith(
            "CONNECT lambda-fips.eu-west-1.amazonaws.com:443 HTTP/1.1\r\n", request, StringComparison.Ordinal));
        if (account is not null)
        {
            Assert.Contains(
                $"Proxy-Authorization: Basic {Convert.ToBase64String("us er:pass@word"u8)}", proxy.Requests[^1], StringComparison.Ordinal);
        }

        Assert.DoesNotContain(proxy.Requests, static request => request.Contains("invocations", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("407 Authenticate\r\nProxy-Authenticate: Basic realm=\"x\"")]
    [InlineData("403 Forbidden")]
    [InlineData("502 Bad Gateway")]
    public async Task A_proxy_that_opens_no_tunnel_means_not_run_yet_and_its_password_is_not_told(string answer)
    {
        using var proxy = new Proxy(_ => answer);
        using var invoker = Invocations.InvokerFor(Options(proxy, "user:verysecret"));

        var later = Assert.IsType<InvocationResult.NotRunYet>(await invoker.InvokeAsync(Invocations.Of(), default).WaitAsync(s_patience));

        Assert.Equal("ConnectionFailed", later.Name);
        Assert.Contains(answer[..3], later.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("verysecret", later.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proxy_that_is_not_there_means_not_run_yet()
    {
        var options =
            new LambdaOptions { Region = "eu-west-1", AccessKey = "AKID", SecretKey = "secret", Proxy = FaultyServer.RefusingAddress() };
        using var invoker = Invocations.InvokerFor(options);

        Assert.Equal(
            "ConnectionFailed",
            Assert.IsType<InvocationResult.NotRunYet>(await invoker.InvokeAsync(Invocations.Of(), default).WaitAsync(s_patience)).Name);
    }

    private static LambdaOptions Options(Proxy proxy, string? account) => new()
    {
        Region = "eu-west-1",
        UseFips = true,
        AccessKey = "AKID",
        SecretKey = "secret",
        Proxy = new Uri($"http://{(account is null ? "" : account + "@")}127.0.0.1:{proxy.Port}"),
    };

    /// <summary>Answers each CONNECT as the test says, from its Proxy-Authorization, and closes the tunnel.</summary>
    private sealed class Proxy : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly Func<string?, string> _answer;
        private readonly List<string> _requests = [];

        public Proxy(Func<string?, string> answer)
        {
            _answer = answer;
            _listener.Start();
            _ = AcceptAsync();
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public IReadOnlyList<string> Requests
        {
            get
            {
                lock (_requests)
                {
                    return [.. _requests];
                }
            }
        }

        public void Dispose() => _listener.Dispose();

        private async Task AcceptAsync()
        {
            try
            {
                while (true)
                {
                    using var client = await _listener.AcceptTcpClientAsync();
                    using var reader = new StreamReader(client.GetStream(), Encoding.ASCII, leaveOpen: true);
                    var head = new StringBuilder();
                    while (await reader.ReadLineAsync() is { Length: > 0 } line)
                    {
                        head.Append(line).Append("\r\n");
                    }

                    lock (_requests)
                    {
                        _requests.Add(head.ToString());
                    }

                    var authorization = head.ToString().Split("\r\n")
                        .FirstOrDefault(static line => line.StartsWith("Proxy-Authorization:", StringComparison.OrdinalIgnoreCase));
                    await client.GetStream().WriteAsync(
                        Encoding.ASCII.GetBytes($"HTTP/1.1 {_answer(authorization)}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
                }
            }
            catch (Exception gone) when (gone is SocketException or ObjectDisposedException or IOException)
            {
                // The test is over.
            }
        }
    }
}
