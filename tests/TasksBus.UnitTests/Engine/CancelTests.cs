using MassTransit;
using TasksBus.Contracts;
using Xunit;

namespace TasksBus.UnitTests.Engine;

public class CancelTests
{
    [Fact]
    public async Task A_thousand_cancels_that_race_a_thousand_claims_leave_each_task_either_canceled_or_run_once()
    {
        var invoker = new ScriptedInvoker();
        await using var engine = await TestEngine.StartAsync(invoker);
        var start = TimeProvider.System.GetUtcNow().AddMilliseconds(200);
        var tasks = await engine.Intake.ScheduleAllAsync(
            [.. Enumerable.Repeat(new ScheduleTask { FunctionName = "raced", StartTimestamp = start }, 1_000)]);
        await Eventually.TrueAsync(() => invoker.CountOf("raced") > 0, "the first of them runs");

        var answers = await Task.WhenAll(tasks.Reverse().Select(task => engine.Intake.CancelAsync(task.Id)));

        Assert.Contains(answers, static answer => answer.Canceled);
        foreach (var (canceled, task) in answers)
        {
            var status = canceled ? TaskStates.Canceled : TaskStates.Complete;
            await engine.ReachesAsync(task!.Id, status);
            Assert.Equal(canceled ? 0 : 1, invoker.CountOf(task.Id));
            Assert.True(
                canceled || task.Status is TaskStates.InProgress or TaskStates.Complete,
                $"The cancel was refused while the task was {task.Status}.");
        }
    }

    [Fact]
    public async Task A_canceled_task_is_not_invoked_when_its_start_comes()
    {
        var (invoker, clock) = (new ScriptedInvoker(), new MovedClock());
        await using var engine = await TestEngine.StartAsync(invoker, clock: clock);
        var task = await engine.ScheduleAsync("never", clock.GetUtcNow().AddHours(1));

        Assert.True((await engine.Intake.CancelAsync(task.Id)).Canceled);
        Assert.False((await engine.Intake.CancelAsync(task.Id)).Canceled);
        clock.Advance(TimeSpan.FromHours(2));

        await engine.ReachesAsync((await engine.ScheduleAsync("later")).Id, TaskStates.Complete);
        Assert.Equal(TaskStates.Canceled, (await engine.FindAsync(task.Id))!.Status);
        Assert.Equal(0, invoker.CountOf("never"));
    }

    [Fact]
    public async Task A_cancel_that_overtakes_its_task_still_cancels_it()
    {
        var invoker = new ScriptedInvoker();
        await using var engine = await TestEngine.StartAsync(invoker);
        var id = TaskId.New();
        var start = TimeProvider.System.GetUtcNow().AddDays(1);

        var asking = engine.Bus.CreateRequestClient<CancelTask>().GetResponse<CancelTaskResult>(new CancelTask(id.ToString()));
        await Eventually.TrueAsync(() => engine.Commits.Missed.Contains(id), "the cancel has looked for its task");
        await engine.Bus.Publish(new ScheduleTask { TaskId = id.ToString(), FunctionName = "overtaken", StartTimestamp = start });

        Assert.Equal(new CancelTaskResult(id.ToString(), true, TaskStates.Canceled), (await asking.EndsAsync()).Message);
        Assert.Equal(TaskStates.Canceled, (await engine.FindAsync(id))!.Status);
        Assert.Equal(0, invoker.CountOf(id));
    }

    [Fact]
    public async Task A_cancel_of_an_unknown_task_answers_no_status_and_makes_no_task()
    {
        await using var engine = await TestEngine.StartAsync(new());
        var id = TaskId.New();

        var answer = await engine.Bus.CreateRequestClient<CancelTask>().GetResponse<CancelTaskResult>(new CancelTask(id.ToString()));

        Assert.Equal(new CancelTaskResult(id.ToString(), false, null), answer.Message);
        Assert.Null(await engine.FindAsync(id));
    }

    [Fact]
    public async Task A_cancel_of_a_running_task_answers_its_status_and_lets_it_run()
    {
        var invoker = new ScriptedInvoker();
        var answer = invoker.Hold("running");
        await using var engine = await TestEngine.StartAsync(invoker);
        var task = await engine.ScheduleAsync("running");
        await engine.ReachesAsync(task.Id, TaskStates.InProgress);

        var response = await engine.Bus.CreateRequestClient<CancelTask>().GetResponse<CancelTaskResult>(
            new CancelTask(task.Id.ToString().ToUpperInvariant()));
        answer.SetResult(ScriptedInvoker.Success);

        Assert.Equal(new CancelTaskResult(task.Id.ToString(), false, TaskStates.InProgress), response.Message);
        await engine.ReachesAsync(task.Id, TaskStates.Complete);
    }
}
