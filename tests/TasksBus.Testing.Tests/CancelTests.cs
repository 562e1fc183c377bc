using MassTransit;
using TasksBus.Contracts;
using Xunit;

namespace TasksBus.Testing.Tests;

/// <summary>A new task can be canceled, and is never run then.</summary>
public sealed class CancelTests
{
    [Fact]
    public async Task A_canceled_task_never_runs()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(tasks => tasks.AddFunction("remind"));
        var id = await harness.ScheduleAsync(new ScheduleTask { FunctionName = "remind", StartTimestamp = harness.Now.AddDays(1) });

        Assert.True(await harness.CancelAsync(id));
        await harness.AdvanceAsync(TimeSpan.FromDays(2));

        await harness.Task(id).ShouldBeCanceled();
        await harness.Task(id).ShouldNotRun();
        Assert.False(await harness.CancelAsync(id));
    }

    [Fact]
    public async Task A_cancel_on_the_bus_is_answered()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(tasks => tasks.AddFunction("remind"));
        var id = await harness.ScheduleAsync("remind");

        var answer = await harness.Bus.Request<CancelTask, CancelTaskResult>(new CancelTask(id));

        Assert.Equal(new CancelTaskResult(id, true, TaskStates.Canceled), answer.Message);
        await harness.Task(id).ShouldBeCanceled();
    }

    [Fact]
    public async Task A_task_that_runs_cannot_be_canceled()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(tasks => tasks.AddFunction("remind").Hangs());
        var id = await harness.ScheduleAsync("remind");
        await harness.Task(id).ShouldBeInProgress();

        var answer = await harness.Bus.Request<CancelTask, CancelTaskResult>(new CancelTask(id));

        Assert.Equal(new CancelTaskResult(id, false, TaskStates.InProgress), answer.Message);
    }

    [Fact]
    public async Task A_cancel_of_an_unknown_task_says_so()
    {
        await using var harness = await TasksBusTestHarness.StartAsync();
        var id = TaskId.New().ToString();

        var answer = await harness.Bus.Request<CancelTask, CancelTaskResult>(new CancelTask(id));

        Assert.Equal(new CancelTaskResult(id, false, null), answer.Message);
    }

    [Fact]
    public async Task A_cancel_right_after_its_task_finds_it()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(tasks => tasks.AddFunction("remind"));
        var ids = Enumerable.Range(0, 50).Select(_ => TaskId.New().ToString()).ToArray();

        foreach (var id in ids)
        {
            await harness.Bus.Publish(new ScheduleTask { TaskId = id, FunctionName = "remind" });
            await harness.Bus.Publish(new CancelTask(id));
        }

        foreach (var id in ids)
        {
            await harness.Task(id).ShouldBeCanceled();
        }

        Assert.Empty(harness.Function("remind").Calls);
    }
}
