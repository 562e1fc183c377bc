using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using TasksBus.Functions;
using TasksBus.Lambda;
using Xunit;

namespace TasksBus.UnitTests.Functions;

/// <summary>Connections to Lambda: how they are made, kept and shared.</summary>
public class LambdaConnectionTests
{
    /// <summary>Warming up connects and signs, but must not run anything.</summary>
    [Fact]
    public async Task Warming_up_connects_and_sends_nothing()
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        using var invoker = Invocations.InvokerFor(new Uri($"http://127.0.0.1:{((IPEndPoint)server.LocalEndpoint).Port}"));

        var warming = invoker.WarmUpAsync(default);
        using var connection = await server.AcceptTcpClientAsync();
        await warming.WaitAsync(Invocations.Patience);

        Assert.Equal(0, await connection.GetStream().ReadAsync(new byte[1]).AsTask().WaitAsync(Invocations.Patience));
    }

    [Fact]
    public async Task Warming_up_waits_for_no_endpoint_that_is_away()
    {
        using var invoker = Invocations.InvokerFor(FaultyServer.RefusingAddress());

        await invoker.WarmUpAsync(default).WaitAsync(Invocations.Patience);
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
        await Invocations.UntilAsync(() => server.Requests.Count == 50);

        Assert.IsType<InvocationResult.Succeeded>(
            await invoker.InvokeAsync(Invocations.Of("quick"), default).WaitAsync(Invocations.Patience));
        await canceling.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(hung).WaitAsync(Invocations.Patience));
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
        await Invocations.UntilAsync(() => server.Requests.Count == 1);
        var second = invoker.InvokeAsync(Invocations.Of(), default);
        time.Advance(options.ConnectTimeout + TimeSpan.FromSeconds(1));

        Assert.Equal("ConnectTimeout", Assert.IsType<InvocationResult.NotRunYet>(await second.WaitAsync(Invocations.Patience)).Name);
        Assert.False(hung.IsCompleted);
        Assert.Single(server.Requests);
        await canceling.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => hung.WaitAsync(Invocations.Patience));
    }

    [Fact]
    public async Task An_invocation_that_may_not_be_sent_any_more_once_there_is_a_connection_was_not_run()
    {
        await using var server = FaultyServer.Start(exchange => exchange.RespondAsync("200 OK", "1"u8.ToArray()));
        var options = Invocations.OptionsFor(server.Address);
        options.MaxConnections = 1;
        using var invoker = Invocations.InvokerFor(options);
        var asked = 0;

        var late = await invoker.InvokeAsync(Invocations.Of() with { MaySend = () => { asked++; return false; } }, default)
            .WaitAsync(Invocations.Patience);

        Assert.Equal("Withheld", Assert.IsType<InvocationResult.NotRunYet>(late).Name);
        Assert.Equal(1, asked);
        Assert.IsType<InvocationResult.Succeeded>(await invoker.InvokeAsync(Invocations.Of(), default).WaitAsync(Invocations.Patience));
        Assert.Single(server.Requests);
    }
}
