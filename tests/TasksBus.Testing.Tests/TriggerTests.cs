using System.Text.Json;
using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Triggers;
using Xunit;

namespace TasksBus.Testing.Tests;

/// <summary>Tasks that events trigger.</summary>
public sealed class TriggerTests
{
    [Fact]
    public async Task An_event_from_the_bus_runs_the_functions_of_its_dispatchers()
    {
        await using var harness = await StartAsync();
        await harness.AddDispatcherAsync(
            new("paid",
            [
                new(new ScheduleTask { FunctionName = "ship" }),
                new(new ScheduleTask { FunctionName = "ask" }) { Delay = 86_400 },
            ]));

        await harness.Bus.Publish(new EventOccurred { Type = "paid", Content = JsonSerializer.SerializeToElement(new { order = 17 }) });
        await harness.RunAllAsync();

        Assert.Equal((1, 0), (harness.Function("ship").Calls.Count, harness.Function("ask").Calls.Count));
        await harness.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.Single(harness.Function("ask").Calls);
        Assert.Equal(2, (await harness.TasksAsync()).Count);
    }

    [Fact]
    public async Task The_same_event_is_raised_once_and_what_the_server_refuses_is_refused()
    {
        await using var harness = await StartAsync();
        await harness.AddDispatcherAsync(new("paid", [new(new ScheduleTask { FunctionName = "ship" })]));

        var (first, second) = (
            await harness.RaiseAsync(new() { Type = "paid", IdempotencyKey = "order 17" }),
            await harness.RaiseAsync(new() { Type = "paid", IdempotencyKey = "order 17" }));

        Assert.Equal(first, second);
        Assert.Single(await harness.TasksAsync());
        await Assert.ThrowsAsync<CommandRefusedException>(() => harness.RaiseAsync(new()));
        await Assert.ThrowsAsync<CommandRefusedException>(() => harness.AddDispatcherAsync(new("", [])));
    }

    [Fact]
    public async Task A_transition_from_the_bus_runs_its_task_actions()
    {
        await using var harness = await StartAsync();

        await harness.Bus.Publish(
            new DocumentTransitioned { SchemaId = "orders", DocumentId = "17", Actions = [new() { FunctionName = "ship" }] });
        await harness.RunAllAsync();

        Assert.Single(harness.Function("ship").Calls);
    }

    private static Task<TasksBusTestHarness> StartAsync() => TasksBusTestHarness.StartAsync(options =>
    {
        options.AddFunction("ship");
        options.AddFunction("ask");
    });
}
