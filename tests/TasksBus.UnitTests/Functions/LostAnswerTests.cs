using Microsoft.Extensions.Time.Testing;
using TasksBus.Functions;
using TasksBus.Lambda;
using Xunit;

namespace TasksBus.UnitTests.Functions;

/// <summary>The outcome of an invocation whose request was sent and whose answer does not arrive whole.</summary>
public class LostAnswerTests
{
    [Fact]
    public async Task A_server_that_never_answers_gets_one_request_and_the_outcome_is_unknown_after_the_time_limit()
    {
        await using var server = FaultyServer.Start(exchange => exchange.NeverAnswerAsync());
        var time = new FakeTimeProvider();
        using var invoker = Invocations.InvokerFor(server.Address, time);

        var invoking = invoker.InvokeAsync(Invocations.Of(), default);
        await Invocations.UntilAsync(() => server.Requests.Count == 1);
        time.Advance(Invocations.TimeLimit + TimeSpan.FromSeconds(4.9));
        Assert.False(invoking.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.2));

        var unknown = Assert.IsType<InvocationResult.Unknown>(await invoking.WaitAsync(Invocations.Patience));
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
        await Invocations.UntilAsync(() => server.Requests.Count == 1);
        await canceling.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => invoking.WaitAsync(Invocations.Patience));
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

        var result = await invoker.InvokeAsync(new FunctionInvocation("hello", "{}"u8.ToArray(), TimeSpan.FromSeconds(0.3)), default)
            .WaitAsync(Invocations.Patience);

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

    private static LambdaOptions WithMargin(Uri endpoint, TimeSpan margin)
    {
        var options = Invocations.OptionsFor(endpoint);
        options.AnswerMargin = margin;
        return options;
    }
}
