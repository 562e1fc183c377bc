using TasksBus.Contracts;
using TasksBus.Execution;
using TasksBus.Functions;
using Xunit;

namespace TasksBus.UnitTests.Engine;

public class TimeLimitTests
{
    [Fact]
    public async Task A_function_that_never_answers_fails_by_the_workers_deadline_and_its_slot_is_free_again()
    {
        var invoker = new ScriptedInvoker();
        invoker.On("silent", async (_, token) =>
        {
            await Task.Delay(Timeout.Infinite, token);
            return ScriptedInvoker.Success;
        });
        await using var engine = await TestEngine.StartAsync(
            invoker, static options => (options.WorkerSlots, options.TaskTimeLimit) = (1, TimeSpan.FromSeconds(1)));

        var silent = await engine.ScheduleAsync("silent");
        var next = await engine.ScheduleAsync("next");

        var failed = await engine.ReachesAsync(silent.Id, TaskStates.Failed);
        Assert.Equal((TaskErrorTypes.Runtime, TaskErrorNames.TimeLimitExceeded), (failed.Error!.Type, failed.Error.Name));
        var took = failed.StatusChangedTimestamp - Assert.Single(invoker.Invocations, invoked => invoked.Id == silent.Id).At;
        Assert.InRange(took, TimeSpan.FromSeconds(1.9), TaskInvocation.DeadlineMargin(invoker));
        await engine.ReachesAsync(next.Id, TaskStates.Complete);
        Assert.Equal(1, invoker.CountOf("silent"));
    }

    [Fact]
    public async Task A_function_that_hears_no_deadline_fails_by_the_sagas_and_its_late_answer_changes_nothing()
    {
        var (invoker, clock) = (new ScriptedInvoker(), new MovedClock());
        var answer = invoker.Hold("deaf");
        await using var engine = await TestEngine.StartAsync(
            invoker,
            static options =>
                (options.WorkerSlots, options.TaskTimeLimit, options.WorkerLease) = (1, TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(5)),
            clock: clock);
        var deaf = await engine.ScheduleAsync("deaf");
        await Eventually.TrueAsync(() => invoker.CountOf("deaf") == 1, "the function runs");

        clock.Pass(TimeSpan.FromMinutes(5));
        var sweeps = engine.Get<WatchedDeadlines>().Sweeps;
        await Eventually.TrueAsync(
            () => engine.Get<WatchedDeadlines>().Sweeps >= sweeps + 2, "the tasks past their deadline are looked for");
        Assert.Equal(TaskStates.InProgress, (await engine.FindAsync(deaf.Id))!.Status);
        clock.Pass(TaskInvocation.DeadlineMargin(invoker));

        var failed = await engine.ReachesAsync(deaf.Id, TaskStates.Failed);
        Assert.Equal((TaskErrorTypes.Runtime, TaskErrorNames.TimeLimitExceeded), (failed.Error!.Type, failed.Error.Name));
        answer.SetResult(new InvocationResult.FunctionFailed("Late", "too late", "a log", null));
        // With one slot, the next runs after the late report.
        await engine.ReachesAsync((await engine.ScheduleAsync("next")).Id, TaskStates.Complete);
        var after = (await engine.FindAsync(deaf.Id))!;
        Assert.Equal((failed.Version, failed.Status, failed.Error), (after.Version, after.Status, after.Error));
        Assert.Null(await engine.Store.LogAsync(deaf.Id, CancellationToken.None));
        Assert.Single(engine.Commits.Events, sent => sent.Type == nameof(TaskFailed));
    }
}
