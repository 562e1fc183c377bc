using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using TasksBus.Client.MassTransit;
using TasksBus.Contracts;
using Xunit;

namespace TasksBus.Testing.Tests;

/// <summary>A service that uses the client over the bus is tested without a broker.</summary>
public sealed class BusClientTests
{
    [Fact]
    public void The_client_is_refused_at_a_bus_that_is_not_the_default_one()
    {
        ServiceCollection services = new();

        // MassTransit makes the registration by reflection.
        var refused = Assert.IsType<NotSupportedException>(Assert.ThrowsAny<Exception>(
            () => services.AddMassTransit<ISecondBus>(static bus => bus.AddTasksBusClient())).GetBaseException());

        Assert.Contains("this is ISecondBus", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_service_publishes_runs_and_its_wait_ends()
    {
        await using var harness = await StartAsync(tasks => tasks.AddFunction("resize"));
        await using var scope = harness.Services.CreateAsyncScope();
        var publisher = scope.ServiceProvider.GetRequiredService<ITaskPublisher>();
        var client = harness.Services.GetRequiredService<IBusTaskClient>();

        var id = await publisher.ScheduleAsync("resize", new { id = 5 }, new() { Reference = "order 17" });
        var waiting = client.WaitAsync(id);
        await harness.Task($"{id}").ShouldComplete();

        var task = await waiting.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal((TaskStates.Complete, "order 17", "webshop"), (task.Status, task.Reference, task.Publisher));
        Assert.Equal(5, Assert.Single(harness.Function("resize").Calls).Data!.Value.GetProperty("id").GetInt32());
    }

    [Fact]
    public async Task Zero_asks_whether_the_task_has_ended_and_long_or_infinite_times_wait()
    {
        await using var harness = await StartAsync(tasks => tasks.AddFunction("resize"));
        var client = harness.Services.GetRequiredService<IBusTaskClient>();
        var id = await client.ScheduleAsync("resize", new { }, new() { StartTimestamp = harness.Now.AddMinutes(1) });

        await Assert.ThrowsAsync<TimeoutException>(() => client.WaitAsync(id, TimeSpan.Zero));
        await Assert.ThrowsAsync<TimeoutException>(() => client.WaitAsync(TaskId.New(), TimeSpan.Zero));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => client.WaitAsync(id, TimeSpan.FromSeconds(-1)));
        Task<TaskSnapshot>[] waits =
        [
            client.WaitAsync(id, TimeSpan.FromDays(60)), client.WaitAsync(id, TimeSpan.MaxValue),
            client.WaitAsync(id, Timeout.InfiniteTimeSpan),
        ];
        await harness.AdvanceAsync(TimeSpan.FromMinutes(2));
        await harness.Task(id).ShouldComplete();

        var ended = await Task.WhenAll(waits).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.All(ended, static task => Assert.Equal(TaskStates.Complete, task.Status));
        Assert.Equal(TaskStates.Complete, (await client.WaitAsync(id, TimeSpan.Zero)).Status);
    }

    [Fact]
    public async Task A_failure_has_its_error_and_a_call_for_a_complete_task_throws_it()
    {
        await using var harness = await StartAsync(tasks => tasks.AddFunction("resize").Fails("NoImage", "It is a text."));
        var client = harness.Services.GetRequiredService<IBusTaskClient>();

        var id = await client.ScheduleAsync("resize", new { });
        await harness.RunAllAsync();
        var task = await client.WaitAsync(id).WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(new TaskError(TaskErrorTypes.Runtime, "NoImage", "It is a text."), task.Error);
        var failure = Assert.Throws<TaskNotCompleteException>(task.EnsureComplete);
        Assert.Contains("NoImage (runtime): It is a text.", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wait_leaves_nothing_behind_that_the_harness_waits_for()
    {
        await using var harness = await StartAsync(tasks => tasks.AddFunction("resize"));
        var client = harness.Services.GetRequiredService<IBusTaskClient>();

        for (var day = 0; day < 2; day++)
        {
            var waiting = client.WaitAsync(await client.ScheduleAsync("resize", new { }));
            await harness.RunAllAsync();
            Assert.Equal(TaskStates.Complete, (await waiting.WaitAsync(TimeSpan.FromSeconds(30))).Status);
            await harness.AdvanceAsync(TimeSpan.FromDays(1));
        }

        await client.ScheduleAsync("resize", new { });
        await harness.RunAllAsync();
        Assert.Equal(3, harness.Function("resize").Calls.Count);
    }

    [Fact]
    public async Task Many_are_scheduled_together_or_not_at_all()
    {
        await using var harness = await StartAsync(tasks => tasks.AddFunction("resize"));
        var client = harness.Services.GetRequiredService<IBusTaskClient>();

        var wrong = await Assert.ThrowsAsync<TaskRefusedException>(
            () => client.ScheduleManyAsync([client.NewTask("resize", new { }), client.NewTask("resize", 5)]));
        Assert.Equal("tasks[1]: data must be a JSON object; got 5.", wrong.Message);
        await Assert.ThrowsAsync<TaskRefusedException>(() => client.ScheduleManyAsync([]));
        await harness.RunAllAsync();
        Assert.Empty(harness.Function("resize").Calls);

        var ids = await client.ScheduleManyAsync([client.NewTask("resize", new { }), client.NewTask("resize", new { })]);
        await harness.RunAllAsync();

        Assert.Equal(2, harness.Function("resize").Calls.Count);
        Assert.Equal(TaskStates.Complete, (await client.FindAsync(ids[1]))!.Status);
    }

    [Theory]
    [InlineData("RequestTimeout must be from 1 second to 10 minutes; got 00:00:00.")]
    [InlineData("RetryFor must be from 0 to 1 hour; got 01:00:01.")]
    [InlineData("publisher must be 1 to 60 of the characters A-Z, a-z, 0-9, - and _; got 'web shop'.")]
    [InlineData("InputJson must be set; leave it out for the web defaults.")]
    public async Task Options_that_cannot_be_are_refused(string message)
    {
        await using var services = new ServiceCollection().AddMassTransit(bus =>
        {
            bus.AddTasksBusClient(options =>
            {
                (options.RequestTimeout, options.RetryFor) = (TimeSpan.Zero, TimeSpan.FromSeconds(3601));
                (options.Publisher, options.InputJson) = ("web shop", null!);
            });
            bus.UsingInMemory();
        }).AddLogging().BuildServiceProvider();

        var fault = Assert.Throws<OptionsValidationException>(
            () => services.GetRequiredService<IOptions<BusTaskClientOptions>>().Value);

        Assert.Contains(message, fault.Failures);
    }

    private static Task<TasksBusTestHarness> StartAsync(Action<TasksBusTestHarnessOptions> configure) =>
        TasksBusTestHarness.StartAsync(
            configure, static bus => bus.AddTasksBusClient(static options => options.Publisher = "webshop"));
}

/// <summary>A bus beside the default one.</summary>
public interface ISecondBus : IBus;
