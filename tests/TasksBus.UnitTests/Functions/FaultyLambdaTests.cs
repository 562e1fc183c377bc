using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using TasksBus.Contracts;
using TasksBus.Functions;
using TasksBus.Lambda;
using TasksBus.Storage;
using TasksBus.UnitTests.Engine;
using Xunit;

namespace TasksBus.UnitTests.Functions;

/// <summary>
/// The whole engine, with its store, against a Lambda that fails in every way a network can: how many requests arrived, and what became of
/// the task. The waits are seconds instead of minutes; <see cref="LambdaConnectionTests"/> asserts the same at full length, on a clock that
/// it moves.
/// </summary>
public class FaultyLambdaTests
{
    /// <summary>The time limit of these tasks. Their answers may take half a second longer.</summary>
    private static readonly TimeSpan s_timeLimit = TimeSpan.FromSeconds(1);

    private static readonly Dictionary<string, Func<Exchange, Task>> s_faults = new()
    {
        ["answers after its time limit"] = async exchange =>
        {
            await Task.Delay(s_timeLimit * 2.5, exchange.Stopping);
            await exchange.RespondAsync("200 OK", "null"u8.ToArray());
        },
        ["never answers"] = static exchange => exchange.NeverAnswerAsync(),
        ["answers slower than anybody waits, a header at a time"] = static async exchange =>
        {
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\n");
            for (var i = 0; ; i++)
            {
                await Task.Delay(100, exchange.Stopping);
                await exchange.WriteAsync($"X-Slow-{i}: 1\r\n");
            }
        },
        ["answers in pieces, in time"] = static async exchange =>
        {
            foreach (var piece in (string[])["HTTP/1.1 200 OK\r\nX-A", "mz: 1\r\nConte", "nt-Length: 4\r\n\r\nnu", "ll"])
            {
                await exchange.WriteAsync(piece);
                await Task.Delay(30, exchange.Stopping);
            }
        },
        ["closes in mid-body"] = static async exchange =>
        {
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\nx-amzn-RequestId: req-1\r\nContent-Length: 100\r\n\r\n{\"half\":");
            exchange.Close();
        },
        ["closes without a word"] = static exchange =>
        {
            exchange.Close();
            return Task.CompletedTask;
        },
        ["resets after the request"] = static exchange =>
        {
            exchange.Reset();
            return Task.CompletedTask;
        },
        ["fails with 500 after it ran"] = static exchange => exchange.RespondAsync(
            "500 Internal Server Error", """{"message":"Internal error"}"""u8.ToArray(), "x-amzn-ErrorType: ServiceException"),
        ["answers 6 MB and a byte"] = static exchange => exchange.RespondAsync("200 OK", new byte[6_291_457]),
        ["answers 200 and X-Amz-Function-Error"] = static exchange => exchange.RespondAsync(
            "200 OK", """{"errorType":"TypeError","errorMessage":"x is undefined"}"""u8.ToArray(), "X-Amz-Function-Error: Unhandled"),
        ["fails with what is no JSON"] = static exchange => exchange.RespondAsync(
            "200 OK", "{\"errorType\":"u8.ToArray(), "X-Amz-Function-Error: Unhandled"),
        ["succeeds with what is no JSON"] = static exchange => exchange.RespondAsync("200 OK", "<oops>"u8.ToArray()),
        ["refuses with what is no JSON"] = static exchange => exchange.RespondAsync(
            "404 Not Found", "<oops>"u8.ToArray(), "x-amzn-ErrorType: ResourceNotFoundException"),
        ["speaks no HTTP"] = static exchange => exchange.WriteAsync("220 mail.example.com ESMTP\r\n"),
        ["throttles three times"] = static exchange => ThrottlesAsync(exchange, 3),
        ["throttles three times and says for how long"] = static exchange => ThrottlesAsync(exchange, 3, "Retry-After: 1"),
        ["throttles so often that it is left alone"] = static exchange => ThrottlesAsync(exchange, FunctionGates.ThrottlesToClose + 1),
    };

    [Theory]
    [InlineData("answers after its time limit", 1, "runtime", "TimeLimitExceeded", "No answer within the time limit of 1 s")]
    [InlineData("never answers", 1, "runtime", "TimeLimitExceeded", "may still be running")]
    [InlineData(
        "answers slower than anybody waits, a header at a time", 1, "runtime", "TimeLimitExceeded", "No answer within the time limit")]
    [InlineData("answers in pieces, in time", 1, null, null, null)]
    [InlineData("closes in mid-body", 1, "runtime", "ConnectionLost", "may have run")]
    [InlineData("closes without a word", 1, "runtime", "ConnectionLost", "may have run")]
    [InlineData("resets after the request", 1, "runtime", "ConnectionLost", "may have run")]
    [InlineData("fails with 500 after it ran", 1, "runtime", "ServiceException", "Internal error (HTTP 500) The function may have run.")]
    [InlineData("answers 6 MB and a byte", 1, "runtime", "Function.ResponseSizeTooLarge", "larger than 6 MB")]
    [InlineData("answers 200 and X-Amz-Function-Error", 1, "runtime", "TypeError", "x is undefined")]
    [InlineData("fails with what is no JSON", 1, "runtime", "Unhandled", "without an errorMessage; it answered: {\"errorType\":")]
    [InlineData("succeeds with what is no JSON", 1, null, null, null)]
    [InlineData("refuses with what is no JSON", 1, "invocation", "ResourceNotFoundException", "<oops> Create the function")]
    [InlineData("speaks no HTTP", 1, "runtime", "ConnectionLost", "may have run")]
    [InlineData("throttles three times", 4, null, null, null)]
    [InlineData("throttles three times and says for how long", 4, null, null, null)]
    [InlineData("throttles so often that it is left alone", FunctionGates.ThrottlesToClose + 2, null, null, null)]
    public async Task A_task_ends_as_it_should_when_Lambda(string fault, int requests, string? type, string? name, string? message)
    {
        await using var lambda = FaultyServer.Start(s_faults[fault]);
        using var invoker = InvokerFor(lambda.Address);
        await using var engine = await StartAsync(invoker);

        var task = await engine.ScheduleAsync("hello");

        var ended = await engine.ReachesAsync(task.Id, type is null ? TaskStates.Complete : TaskStates.Failed);
        Assert.Equal(type, ended.Error?.Type);
        Assert.Equal(name, ended.Error?.Name);
        Assert.Contains(message ?? "", ended.Error?.Message ?? "", StringComparison.Ordinal);
        Assert.Equal(requests, lambda.Requests.Count);
        Assert.All(
            lambda.Requests,
            request => Assert.Contains(task.Id.ToString(), Encoding.UTF8.GetString(request.Body), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_refused_connection_costs_a_task_nothing_but_time()
    {
        var address = FaultyServer.RefusingAddress();
        using var invoker = InvokerFor(address);
        await using var engine = await StartAsync(invoker);
        var task = await engine.ScheduleAsync("hello");
        await Eventually.TrueAsync(async () => (await engine.FindAsync(task.Id))!.NotRunCount >= 2, "two connections were refused");

        await using var lambda = FaultyServer.StartAt(address, static exchange => exchange.RespondAsync("200 OK", "null"u8.ToArray()));

        await engine.ReachesAsync(task.Id, TaskStates.Complete);
        Assert.Single(lambda.Requests);
    }

    [Fact]
    public async Task A_throttled_function_gets_a_handful_of_requests_however_many_tasks_wait_and_others_run_meanwhile()
    {
        await using var lambda = FaultyServer.Start(static exchange => exchange.Request.Path.Contains("throttled", StringComparison.Ordinal)
            ? ThrottlesAsync(exchange, int.MaxValue, "Retry-After: 60")
            : exchange.RespondAsync("200 OK", "null"u8.ToArray()));
        using var invoker = InvokerFor(lambda.Address);
        await using var engine = await StartAsync(invoker, slots: 4);
        await engine.Intake.ScheduleAllAsync([.. Enumerable.Repeat(new ScheduleTask { FunctionName = "throttled", Priority = 10 }, 200)]);

        var others = await engine.Intake.ScheduleAllAsync([.. Enumerable.Repeat(new ScheduleTask { FunctionName = "other" }, 20)]);
        foreach (var other in others)
        {
            await engine.ReachesAsync(other.Id, TaskStates.Complete);
        }

        // These were on their way when the gate closed: one for each slot but one.
        Assert.InRange(
            lambda.Requests.Count(static request => request.Path.Contains("throttled", StringComparison.Ordinal)),
            FunctionGates.ThrottlesToClose, FunctionGates.ThrottlesToClose + 3);
    }

    [Fact]
    public async Task Fifty_hung_invocations_of_a_function_leave_slots_to_the_others_where_its_concurrency_is_limited()
    {
        await using var lambda = FaultyServer.Start(static exchange => exchange.Request.Path.Contains("hung", StringComparison.Ordinal)
            ? exchange.NeverAnswerAsync()
            : exchange.RespondAsync("200 OK", "null"u8.ToArray()));
        using var invoker = InvokerFor(lambda.Address, maxConcurrency: 6);
        await using var engine = await StartAsync(invoker, slots: 8, TimeSpan.FromMinutes(1));
        await engine.Intake.ScheduleAllAsync([.. Enumerable.Repeat(new ScheduleTask { FunctionName = "hung", Priority = 10 }, 50)]);
        await Eventually.TrueAsync(() => Task.FromResult(lambda.Requests.Count == 6), "six of them run");

        var other = await engine.ScheduleAsync("other");

        await engine.ReachesAsync(other.Id, TaskStates.Complete);
        Assert.Equal(7, lambda.Requests.Count);
    }

    private static Invocations.Invoker InvokerFor(Uri address, int? maxConcurrency = null)
    {
        var options = Invocations.OptionsFor(address);
        options.AnswerMargin = TimeSpan.FromSeconds(0.5);
        options.MaxConcurrencyPerFunction = maxConcurrency;
        return Invocations.InvokerFor(options);
    }

    private static Task<TestEngine> StartAsync(
        Invocations.Invoker invoker, int slots = 4, TimeSpan? timeLimit = null) => TestEngine.StartAsync(
        new ScriptedInvoker(),
        options =>
        {
            (options.WorkerSlots, options.TaskTimeLimit, options.DrainTimeout) = (slots, timeLimit ?? s_timeLimit, TimeSpan.Zero);
        },
        services: services => services.Replace(ServiceDescriptor.Singleton<IFunctionInvoker>(invoker)));

    private static Task ThrottlesAsync(Exchange exchange, int times, params string[] headers) => exchange.Number <= times
        ? exchange.RespondAsync(
            "429 Too Many Requests", """{"Reason":"ConcurrentInvocationLimitExceeded","message":"Rate Exceeded."}"""u8.ToArray(),
            ["x-amzn-ErrorType: TooManyRequestsException", .. headers])
        : exchange.RespondAsync("200 OK", "null"u8.ToArray());
}
