using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using TasksBus.Functions;
using TasksBus.Lambda;
using Xunit;

namespace TasksBus.UnitTests.Functions;

public class LambdaConnectionTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>What is warm has connected and signed, but nobody may run anything by it.</summary>
    [Fact]
    public async Task Warming_up_connects_and_sends_nothing()
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        using var invoker = Invocations.InvokerFor(new Uri($"http://127.0.0.1:{((IPEndPoint)server.LocalEndpoint).Port}"));

        var warming = invoker.WarmUpAsync(default);
        using var connection = await server.AcceptTcpClientAsync();
        await warming.WaitAsync(Patience);

        Assert.Equal(0, await connection.GetStream().ReadAsync(new byte[1]).AsTask().WaitAsync(Patience));
    }

    [Fact]
    public async Task Warming_up_waits_for_no_endpoint_that_is_away()
    {
        using var invoker = Invocations.InvokerFor(FaultyServer.RefusingAddress());

        await invoker.WarmUpAsync(default).WaitAsync(Patience);
    }

    [Fact]
    public void An_invocation_may_take_as_much_longer_as_its_connection_and_the_answers_margin_say()
    {
        var options = Invocations.OptionsFor(FaultyServer.RefusingAddress());
        (options.ConnectTimeout, options.AnswerMargin) = (TimeSpan.FromSeconds(20), TimeSpan.FromMinutes(3));
        using var invoker = Invocations.InvokerFor(options);

        Assert.Equal(TimeSpan.FromSeconds(200), invoker.Margin);
    }

    [Fact]
    public async Task A_refused_connection_means_not_run_yet()
    {
        using var invoker = Invocations.InvokerFor(FaultyServer.RefusingAddress());

        var waiting = Assert.IsType<InvocationResult.NotRunYet>(await invoker.InvokeAsync(Invocations.Of(), default));

        Assert.Equal("ConnectionFailed", waiting.Name);
        Assert.Contains("refused", waiting.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task An_unknown_host_means_not_run_yet()
    {
        using var invoker = Invocations.InvokerFor(new Uri("http://no-such-host.invalid"));

        Assert.IsType<InvocationResult.NotRunYet>(await invoker.InvokeAsync(Invocations.Of(), default));
    }

    [Fact]
    public async Task A_failed_TLS_handshake_means_not_run_yet()
    {
        using var plain = new TcpListener(IPAddress.Loopback, 0);
        plain.Start();
        using var invoker = Invocations.InvokerFor(new Uri($"https://127.0.0.1:{((IPEndPoint)plain.LocalEndpoint).Port}"));

        var invoking = invoker.InvokeAsync(Invocations.Of(), default);
        (await plain.AcceptTcpClientAsync()).Close();

        Assert.Equal("ConnectionFailed", Assert.IsType<InvocationResult.NotRunYet>(await invoking).Name);
    }

    [Fact]
    public async Task A_server_that_never_answers_gets_one_request_and_the_outcome_is_unknown_after_the_time_limit()
    {
        await using var server = FaultyServer.Start(exchange => exchange.NeverAnswerAsync());
        var time = new FakeTimeProvider();
        using var invoker = Invocations.InvokerFor(server.Address, time);

        var invoking = invoker.InvokeAsync(Invocations.Of(), default);
        await WaitUntil(() => server.Requests.Count == 1);
        time.Advance(Invocations.TimeLimit + TimeSpan.FromSeconds(4.9));
        Assert.False(invoking.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.2));

        var unknown = Assert.IsType<InvocationResult.Unknown>(await invoking.WaitAsync(Patience));
        Assert.Equal("TimeLimitExceeded", unknown.Name);
        Assert.Equal("No answer within the time limit of 20 s. The function may still be running.", unknown.Message);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task The_callers_cancellation_is_the_only_thing_that_throws()
    {
        await using var server = FaultyServer.Start(exchange => exchange.NeverAnswerAsync());
        using var canceling = new CancellationTokenSource();

        var invoking = server.InvokeAsync(cancellationToken: canceling.Token);
        await WaitUntil(() => server.Requests.Count == 1);
        await canceling.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => invoking.WaitAsync(Patience));
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"half\":")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{\"half\":\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Le")]
    [InlineData("")]
    [InlineData("this is not HTTP\r\n\r\n")]
    public async Task A_connection_closed_within_the_answer_leaves_the_outcome_unknown(string beginning)
    {
        await using var server = FaultyServer.Start(async exchange =>
        {
            await exchange.WriteAsync(beginning);
            exchange.Close();
        });

        var unknown = Assert.IsType<InvocationResult.Unknown>(await server.InvokeAsync());

        Assert.Equal("ConnectionLost", unknown.Name);
        Assert.Contains("may have run", unknown.Message, StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_connection_reset_after_the_request_leaves_the_outcome_unknown()
    {
        await using var server = FaultyServer.Start(exchange =>
        {
            exchange.Reset();
            return Task.CompletedTask;
        });

        Assert.Equal("ConnectionLost", Assert.IsType<InvocationResult.Unknown>(await server.InvokeAsync()).Name);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task An_answer_that_stops_halfway_is_unknown_after_the_time_limit()
    {
        await using var server = FaultyServer.Start(async exchange =>
        {
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{");
            await exchange.NeverAnswerAsync();
        });
        using var invoker = Invocations.InvokerFor(WithMargin(server.Address, TimeSpan.Zero));

        var result = await invoker.InvokeAsync(new FunctionInvocation("hello", "{}"u8.ToArray(), TimeSpan.FromSeconds(0.3)), default).WaitAsync(Patience);

        Assert.Equal("TimeLimitExceeded", Assert.IsType<InvocationResult.Unknown>(result).Name);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_throttling_whose_explanation_is_lost_is_still_a_throttling()
    {
        await using var server = FaultyServer.Start(async exchange =>
        {
            await exchange.WriteAsync("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 3\r\nContent-Length: 100\r\n\r\n{");
            exchange.Close();
        });

        Assert.Equal(TimeSpan.FromSeconds(3), Assert.IsType<InvocationResult.NotRunYet>(await server.InvokeAsync()).RetryAfter);
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_reused_connection_that_dies_after_taking_the_request_does_not_send_it_again(bool reset)
    {
        await using var server = FaultyServer.Start(async exchange =>
        {
            if (exchange.Number == 1)
            {
                await exchange.RespondAsync("200 OK", "1"u8.ToArray());
            }
            else if (reset)
            {
                exchange.Reset();
            }
            else
            {
                exchange.Close();
            }
        });
        using var invoker = Invocations.InvokerFor(server.Address);

        Assert.IsType<InvocationResult.Succeeded>(await invoker.InvokeAsync(Invocations.Of(), default));
        var result = await invoker.InvokeAsync(Invocations.Of(), default);

        Assert.Equal("ConnectionLost", Assert.IsType<InvocationResult.Unknown>(result).Name);
        Assert.Equal(2, server.Requests.Count);
        Assert.Equal(server.Requests[0].Connection, server.Requests[1].Connection);
    }

    [Fact]
    public async Task An_idle_connection_that_the_server_closed_is_replaced()
    {
        var closed = new TaskCompletionSource();
        await using var server = FaultyServer.Start(async exchange =>
        {
            await exchange.RespondAsync("200 OK", "1"u8.ToArray());
            exchange.Close();
            closed.TrySetResult();
        });
        using var invoker = Invocations.InvokerFor(server.Address);

        await invoker.InvokeAsync(Invocations.Of(), default);
        await closed.Task;

        Assert.IsType<InvocationResult.Succeeded>(await invoker.InvokeAsync(Invocations.Of(), default));
        Assert.Equal([1, 2], server.Requests.Select(request => request.Connection));
    }

    [Fact]
    public async Task The_body_refuses_to_be_sent_twice()
    {
        var started = 0;
        using var content = new SendOnceContent("{}"u8.ToArray(), static () => true, () => started++);
        Assert.False(content.HandedOver);

        await content.CopyToAsync(Stream.Null);

        Assert.True(content.HandedOver);
        await Assert.ThrowsAsync<HttpRequestException>(() => content.CopyToAsync(Stream.Null));
        Assert.Equal(1, started);
    }

    [Fact]
    public async Task Fifty_hung_invocations_leave_connections_to_the_others()
    {
        await using var server = FaultyServer.Start(exchange => exchange.Request.Path.Contains("hung", StringComparison.Ordinal)
            ? exchange.NeverAnswerAsync()
            : exchange.RespondAsync("200 OK", "1"u8.ToArray()));
        using var invoker = Invocations.InvokerFor(server.Address);
        using var canceling = new CancellationTokenSource();

        var hung = Enumerable.Range(0, 50).Select(_ => invoker.InvokeAsync(Invocations.Of("hung"), canceling.Token)).ToList();
        await WaitUntil(() => server.Requests.Count == 50);

        Assert.IsType<InvocationResult.Succeeded>(await invoker.InvokeAsync(Invocations.Of("quick"), default).WaitAsync(Patience));
        await canceling.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(hung).WaitAsync(Patience));
    }

    [Fact]
    public async Task An_invocation_that_finds_no_free_connection_in_time_was_not_run()
    {
        await using var server = FaultyServer.Start(exchange => exchange.NeverAnswerAsync());
        var options = Invocations.OptionsFor(server.Address);
        options.MaxConnections = 1;
        var time = new FakeTimeProvider();
        using var invoker = Invocations.InvokerFor(options, time);
        using var canceling = new CancellationTokenSource();

        var hung = invoker.InvokeAsync(Invocations.Of(), canceling.Token);
        await WaitUntil(() => server.Requests.Count == 1);
        var second = invoker.InvokeAsync(Invocations.Of(), default);
        time.Advance(options.ConnectTimeout + TimeSpan.FromSeconds(1));

        Assert.Equal("ConnectTimeout", Assert.IsType<InvocationResult.NotRunYet>(await second.WaitAsync(Patience)).Name);
        Assert.False(hung.IsCompleted);
        Assert.Single(server.Requests);
        await canceling.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => hung.WaitAsync(Patience));
    }

    [Fact]
    public async Task An_invocation_that_may_not_be_sent_any_more_once_there_is_a_connection_was_not_run()
    {
        await using var server = FaultyServer.Start(exchange => exchange.RespondAsync("200 OK", "1"u8.ToArray()));
        var options = Invocations.OptionsFor(server.Address);
        options.MaxConnections = 1;
        using var invoker = Invocations.InvokerFor(options);
        var asked = 0;

        var late = await invoker.InvokeAsync(Invocations.Of() with { MaySend = () => { asked++; return false; } }, default).WaitAsync(Patience);

        Assert.Equal("Withheld", Assert.IsType<InvocationResult.NotRunYet>(late).Name);
        Assert.Equal(1, asked);
        Assert.IsType<InvocationResult.Succeeded>(await invoker.InvokeAsync(Invocations.Of(), default).WaitAsync(Patience));
        Assert.Single(server.Requests);
    }

    private static LambdaOptions WithMargin(Uri endpoint, TimeSpan margin)
    {
        var options = Invocations.OptionsFor(endpoint);
        options.AnswerMargin = margin;
        return options;
    }

    private static async Task WaitUntil(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!condition())
        {
            await Task.Delay(5, patience.Token);
        }
    }
}
