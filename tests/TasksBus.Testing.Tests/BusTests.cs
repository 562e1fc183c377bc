using System.Collections.Concurrent;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using TasksBus.Contracts;
using TasksBus.Lifecycle;
using Xunit;

namespace TasksBus.Testing.Tests;

/// <summary>Commands come in by messages, and events go out, on MassTransit's own test harness.</summary>
public sealed class BusTests
{
    [Fact]
    public async Task A_published_task_runs()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(tasks => tasks.AddFunction("resize"));
        var id = TaskId.New().ToString();

        await harness.Bus.Publish(new ScheduleTask { TaskId = id, FunctionName = "resize", Tags = ["photo"] });

        Assert.Equal(["photo"], (await harness.Task(id).ShouldComplete()).Tags);
    }

    [Fact]
    public async Task A_batch_of_tasks_is_taken()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(tasks => tasks.AddFunction("resize"));

        var answer = await harness.Bus.Request<ScheduleTasks, ScheduleTasksResult>(
            new ScheduleTasks { Tasks = [.. Enumerable.Range(0, 100).Select(_ => new ScheduleTask { FunctionName = "resize" })] });
        await harness.RunAllAsync();

        Assert.Equal(answer.Message.TaskIds, harness.Function("resize").Calls.Select(call => call.TaskId));
        Assert.Equal(100, answer.Message.TaskIds.Count);
    }

    [Fact]
    public async Task The_same_task_sent_ten_times_at_once_runs_once()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(tasks => tasks.AddFunction("resize"));
        var id = TaskId.New().ToString();

        await Task.WhenAll(Enumerable.Range(0, 10).Select(
            _ => harness.Bus.Publish(new ScheduleTask { TaskId = id, FunctionName = "resize" })));

        await harness.Task(id).ShouldRunOnce();
        Assert.Single(harness.Function("resize").Calls);
    }

    [Fact]
    public async Task An_idempotency_key_names_one_task()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(tasks => tasks.AddFunction("resize"));

        var one = await harness.ScheduleAsync(new ScheduleTask { FunctionName = "resize", IdempotencyKey = "order 7" });
        var other = await harness.Bus.Request<ScheduleTask, ScheduleTaskResult>(
            new ScheduleTask { FunctionName = "resize", IdempotencyKey = "order 7" });

        Assert.Equal(one, other.Message.TaskId);
        await harness.Task(one).ShouldRunOnce();
    }

    [Fact]
    public async Task The_events_of_a_task_arrive_at_the_consumers_of_the_test()
    {
        Heard heard = new();
        await using var harness = await TasksBusTestHarness.StartAsync(
            tasks => tasks.AddFunction("pay").Answers(call => call.Number == 1 ? null : throw new InvalidOperationException("No.")),
            bus => Listen(bus, heard));

        var (paid, unpaid) = (await harness.ScheduleAsync("pay"), await harness.ScheduleAsync("pay"));
        await harness.RunAllAsync();

        Assert.Equal([$"completed {paid}", $"failed {unpaid}: InvalidOperationException"], heard.Order());
        Assert.True(await harness.MassTransitHarness.Published.Any<TaskCompleted>(sent => sent.Context.Message.TaskId == paid));
    }

    [Fact]
    public async Task A_consumer_that_schedules_the_next_task_is_waited_for()
    {
        Heard heard = new();
        await using var harness = await TasksBusTestHarness.StartAsync(
            tasks => tasks.AddFunction("step"),
            bus =>
            {
                bus.AddSingleton(heard);
                bus.AddConsumer<NextStep>();
            });

        await harness.ScheduleAsync("step");
        await harness.RunAllAsync();

        Assert.Equal(NextStep.Steps, harness.Function("step").Calls.Count);
        Assert.Equal(NextStep.Steps, heard.Count);
    }

    [Fact]
    public async Task A_consumer_may_wait_for_the_end_of_a_task()
    {
        TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var harness = await TasksBusTestHarness.StartAsync(
            tasks => tasks.AddFunction("resize").Runs(_ => ended.SetResult()),
            bus =>
            {
                bus.AddSingleton(ended);
                bus.AddConsumer<Waiter>();
            });

        await harness.Bus.Publish(new ImageArrived("cat.png"));
        await harness.RunAllAsync();

        Assert.True(await harness.MassTransitHarness.Published.Any<ImageResized>());
    }

    [Fact]
    public async Task The_server_publishes_the_events_that_its_settings_name()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(tasks =>
        {
            tasks.Settings.Events = [nameof(TaskStarted)];
            tasks.AddFunction("resize");
        });

        await harness.ScheduleAsync("resize");
        await harness.RunAllAsync();

        harness.MassTransitHarness.ForceInactive();
        Assert.Single(harness.MassTransitHarness.Published.Select<TaskStarted>());
        Assert.Empty(harness.MassTransitHarness.Published.Select<TaskCompleted>());
    }

    [Fact]
    public async Task The_state_machine_is_a_saga_over_the_same_store()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(tasks =>
        {
            tasks.AddFunction("resize");
            tasks.AddFunction("pay").Fails("CardDeclined", "No money.");
        });
        var (resized, paid) = (TaskId.Parse(await harness.ScheduleAsync("resize")), TaskId.Parse(await harness.ScheduleAsync("pay")));

        Assert.NotNull(await harness.Saga.Exists(resized.ToGuid(), machine => machine.New));
        await harness.RunAllAsync();

        Assert.NotNull(await harness.Saga.Exists(resized.ToGuid(), machine => machine.Complete));
        Assert.Null(await harness.Saga.Exists(resized.ToGuid(), machine => machine.Failed, TimeSpan.FromMilliseconds(20)));
        Assert.Equal([paid.ToGuid()], await harness.Saga.Exists(task => task.FunctionName == "pay", machine => machine.Failed));
    }

    [Fact]
    public async Task An_event_that_is_sent_to_the_saga_moves_the_stored_task()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(tasks => tasks.AddFunction("resize"));
        var id = TaskId.Parse(await harness.ScheduleAsync("resize"));

        await harness.Bus.Publish(new CancelRequested(id.ToGuid()));

        Assert.NotNull(await harness.Saga.Exists(id.ToGuid(), machine => machine.Canceled));
        await harness.Task(id.ToString()).ShouldBeCanceled();
        Assert.True(await harness.Saga.Consumed.Any<CancelRequested>());
    }

    private static void Listen(IBusRegistrationConfigurator bus, Heard heard)
    {
        bus.AddSingleton(heard);
        bus.AddConsumer<Listener>();
    }

    private sealed class Heard : ConcurrentQueue<string>;

    private sealed class Listener(Heard heard) : IConsumer<TaskCompleted>, IConsumer<TaskFailed>
    {
        public Task Consume(ConsumeContext<TaskCompleted> context)
        {
            heard.Enqueue($"completed {context.Message.TaskId}");
            return Task.CompletedTask;
        }

        public Task Consume(ConsumeContext<TaskFailed> context)
        {
            heard.Enqueue($"failed {context.Message.TaskId}: {context.Message.Error.Name}");
            return Task.CompletedTask;
        }
    }

    public sealed record ImageArrived(string File);

    public sealed record ImageResized(string File);

    private sealed class Waiter(TaskCompletionSource ended) : IConsumer<ImageArrived>
    {
        public async Task Consume(ConsumeContext<ImageArrived> context)
        {
            await context.Publish(new ScheduleTask { FunctionName = "resize" });
            await ended.Task;
            await context.Publish(new ImageResized(context.Message.File));
        }
    }

    private sealed class NextStep(Heard heard) : IConsumer<TaskCompleted>
    {
        public const int Steps = 5;

        public async Task Consume(ConsumeContext<TaskCompleted> context)
        {
            heard.Enqueue(context.Message.TaskId);
            if (heard.Count < Steps)
            {
                await Task.Yield();
                await context.Publish(new ScheduleTask { FunctionName = "step" });
            }
        }
    }
}
