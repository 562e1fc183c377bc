using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace TasksBus.LocalLambda.Tests;

/// <summary>The server as a part of another process.</summary>
public sealed class HostingTests : LambdaTest
{
    [Fact]
    public async Task What_functions_write_goes_to_the_hosts_log()
    {
        Write("logs", "export const handler = async () => { console.log('hello'); };");
        using var lines = new Lines();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(lines));
        await using var server = await LocalLambdaServer.StartAsync(Other(), loggers);
        using var client = new HttpClient();
        using var answer = await client.PostAsync(new Uri(server.Endpoint, "/2015-03-31/functions/logs/invocations"), content: null);
        await EventuallyAsync(
            () => lines.All.Any(line => line.StartsWith("TasksBus.LocalLambda.Functions Information logs: ", StringComparison.Ordinal)
                && line.EndsWith("INFO\thello", StringComparison.Ordinal)),
            "the line is there");
        Assert.DoesNotContain(lines.All, line => line.StartsWith("Microsoft", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_would_move_a_terminals_cursor_is_shown_instead()
    {
        Write("paints", @"export const handler = async () => { console.log('a\x1b[2Jb\u009b1mc\u202ed\te\r'); };");
        using var lines = new Lines();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(lines));
        await using var server = await LocalLambdaServer.StartAsync(Other(), loggers);
        using var client = new HttpClient();
        using var answer = await client.PostAsync(new Uri(server.Endpoint, "/2015-03-31/functions/paints/invocations"), content: null);
        await EventuallyAsync(
            () => lines.All.Any(
                line => line.EndsWith(@"INFO" + "\t" + @"a\u001b[2Jb\u009b1mc\u202ed" + "\t" + @"e\u000d", StringComparison.Ordinal)),
            "the line is there");
        Assert.DoesNotContain(lines.All, line => line.Contains('\u001b', StringComparison.Ordinal));
    }

    [Fact]
    public async Task Two_servers_live_side_by_side()
    {
        Write("pid", "export const handler = async () => process.pid;");
        var first = (await InvokeAsync("pid")).Value;
        await using (var other = await LocalLambdaServer.StartAsync(Other()))
        {
            Assert.NotEqual(Server.Endpoint, other.Endpoint);
            Assert.True(other.Endpoint.IsLoopback);
        }

        Assert.Equal(first, (await InvokeAsync("pid")).Value);
    }

    [Theory]
    [InlineData("http://0.0.0.0:0")]
    [InlineData("http://192.168.0.1:0")]
    [InlineData("http://*:0")]
    [InlineData("nonsense")]
    public async Task Beyond_loopback_it_does_not_start_without_keys(string url) =>
        await Assert.ThrowsAsync<LocalLambdaStartException>(() => LocalLambdaServer.StartAsync(Other(url)));

    [Theory]
    [InlineData("http://localhost:0")]
    [InlineData("http://127.0.0.5:0")]
    [InlineData("http://[::1]:0")]
    public async Task Any_loopback_address_will_do(string url)
    {
        await using var server = await LocalLambdaServer.StartAsync(Other(url));
        Assert.NotEqual(0, server.Endpoint.Port);
    }

    private sealed class Lines : ILoggerProvider
    {
        private readonly ConcurrentQueue<string> _all = new();

        public IReadOnlyCollection<string> All => _all;

        public ILogger CreateLogger(string categoryName) => new Logger(categoryName, _all);

        public void Dispose()
        {
        }

        private sealed class Logger(string category, ConcurrentQueue<string> lines) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(
                LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
                lines.Enqueue($"{category} {logLevel} {formatter(state, exception)}");
        }
    }
}
