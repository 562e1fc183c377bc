using Microsoft.Extensions.DependencyInjection;
using TasksBus.Contracts;
using TasksBus.Execution;
using TasksBus.Functions;
using TasksBus.Intake;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.UnitTests.Engine;

/// <summary>Functions that run at once, without the queue.</summary>
public class DirectExecutionTests
{
    private static readonly ScheduleTask s_task = new() { FunctionName = "direct", Priority = 0 };

    [Fact]
    public async Task A_task_runs_while_every_slot_of_the_worker_is_taken()
    {
        var invoker = new ScriptedInvoker();
        var held = invoker.Hold("held");
        await using var engine = await TestEngine.StartAsync(invoker, static options => options.WorkerSlots = 1);
        await engine.ScheduleAsync("held");
        await Eventually.TrueAsync(() => invoker.CountOf("held") == 1, "the slot is taken");

        var run = await engine.ExecuteAsync(s_task);

        Assert.Equal(TaskStates.Complete, run.Task.Status);
        Assert.True(invoker.Invocations.Last().MaySend());
        held.SetResult(ScriptedInvoker.Success);
    }

    [Fact]
    public async Task The_process_owns_its_tasks_under_a_lease_that_offers_no_slots()
    {
        var invoker = new ScriptedInvoker();
        var held = invoker.Hold("direct");
        await using var engine = await TestEngine.StartAsync(invoker);
        Assert.Single(await engine.Store.WorkersAsync(CancellationToken.None));

        var running = engine.ExecuteAsync(s_task);
        await Eventually.TrueAsync(() => invoker.CountOf("direct") == 1, "the function runs");

        var lease = (await engine.Store.WorkersAsync(CancellationToken.None))
            .Single(static worker => worker.Pool == PoolNames.DirectExecution);
        Assert.Equal((0, 1), (lease.Slots, lease.Running));
        held.SetResult(ScriptedInvoker.Success);
        Assert.Equal(TaskStates.Complete, (await running).Task.Status);
        Assert.Equal(0, (await engine.Store.WorkersAsync(CancellationToken.None)).Single(worker => worker.Id == lease.Id).Running);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_not_run_is_never_queued(bool isThrottled)
    {
        var invoker = new ScriptedInvoker();
        invoker.On("direct", _ => isThrottled
            ? new InvocationResult.NotRunYet("TooManyRequestsException", "Throttled.")
            : new InvocationResult.NotInvoked("ResourceNotFoundException", "None."));
        await using var engine = await TestEngine.StartAsync(invoker);
        await engine.ManageAsync("direct", static row => row.IsRetried = true);

        var run = await engine.ExecuteAsync(s_task);

        Assert.Equal((TaskStates.Failed, TaskErrorTypes.Invocation), (run.Task.Status, run.Task.Error!.Type));
        Assert.Null(run.Task.RetriedByTaskId);
        Assert.Equal(1, invoker.CountOf("direct"));
    }

    [Fact]
    public async Task No_more_run_at_once_than_allowed()
    {
        var invoker = new ScriptedInvoker();
        var held = invoker.Hold("direct");
        await using var engine = await TestEngine.StartAsync(
            invoker, static options => (options.MaxDirectExecutions, options.FunctionShare) = (2, 100));
        var running = new[] { engine.ExecuteAsync(s_task), engine.ExecuteAsync(s_task) };

        var refused = await Assert.ThrowsAsync<CommandRefusedException>(() => engine.ExecuteAsync(s_task));

        Assert.Equal(ErrorCode.ConcurrentExecutionLimit, refused.Refusal.Code);
        held.SetResult(ScriptedInvoker.Success);
        Assert.All(await Task.WhenAll(running), static run => Assert.Equal(TaskStates.Complete, run.Task.Status));
        Assert.Equal(TaskStates.Complete, (await engine.ExecuteAsync(s_task)).Task.Status);
    }

    [Fact]
    public async Task A_function_that_is_disabled_in_the_very_moment_is_not_invoked()
    {
        var invoker = new ScriptedInvoker();
        await using var engine = await TestEngine.StartAsync(invoker);
        await engine.ExecuteAsync(s_task);
        // Another process disables it. This process is not told, and still believes that the function may run.
        await engine.ManageAsync("direct", static row => row.IsEnabled = false);

        var refused = await Assert.ThrowsAsync<CommandRefusedException>(() => engine.ExecuteAsync(s_task));

        Assert.Equal((ErrorCode.LambdaInvocation, 1), (refused.Refusal.Code, invoker.CountOf("direct")));
        await engine.ManageAsync("direct", static row => row.IsEnabled = true);
        Assert.Equal(TaskStates.Complete, (await engine.ExecuteAsync(s_task)).Task.Status);
    }

    [Fact]
    public async Task A_managed_function_has_its_own_time_limit_and_any_other_half_a_minute()
    {
        var invoker = new ScriptedInvoker();
        List<TimeSpan> deadlines = [];
        await using var engine = await TestEngine.StartAsync(invoker);
        await engine.ManageAsync("direct", static row => row.TimeLimit = 5);
        await engine.Store.RefreshFunctionsAsync(CancellationToken.None);
        engine.Commits.Committed = changes =>
        {
            deadlines.AddRange(changes.Where(static change => change.IsInsert).Select(static change => change.TimeLimit!.Value));
            return Task.CompletedTask;
        };

        await engine.ExecuteAsync(s_task);
        await engine.ExecuteAsync(s_task with { FunctionName = "other" });

        var margin = TaskInvocation.DeadlineMargin(invoker);
        Assert.Equal([TimeSpan.FromSeconds(5) + margin, TimeSpan.FromSeconds(30) + margin], deadlines);
    }

    [Fact]
    public async Task A_stopping_server_waits_for_what_runs_and_reports_it()
    {
        using var folder = new TempFolder();
        var invoker = new ScriptedInvoker();
        var held = invoker.Hold("direct");
        await using var engine = await TestEngine.StartAsync(invoker, folder: folder);
        var running = engine.ExecuteAsync(s_task);
        await Eventually.TrueAsync(() => invoker.CountOf("direct") == 1, "the function runs");

        var stopping = engine.StopAsync();
        Assert.False(stopping.IsCompleted);
        held.SetResult(ScriptedInvoker.Success);
        await stopping.EndsAsync();

        Assert.Equal(TaskStates.Complete, (await running).Task.Status);
        Assert.Empty(await engine.Store.WorkersAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_function_that_outlasts_the_drain_fails_its_task_once_after_the_restart()
    {
        using var folder = new TempFolder();
        var invoker = new ScriptedInvoker();
        invoker.Hold("direct");
        TaskId id;
        await using (var engine = await TestEngine.StartAsync(
            invoker, static options => options.DrainTimeout = TimeSpan.FromMilliseconds(200), folder))
        {
            _ = engine.ExecuteAsync(s_task);
            await Eventually.TrueAsync(() => invoker.CountOf("direct") == 1, "the function runs");
            id = invoker.Invocations.Single().Id;
            await engine.StopAsync().EndsAsync();
        }

        await using var again = await TestEngine.StartAsync(invoker, folder: folder);

        var failed = await again.ReachesAsync(id, TaskStates.Failed);
        Assert.Equal((TaskErrorTypes.Runtime, TaskErrorNames.ZombieTaskCleaned), (failed.Error!.Type, failed.Error.Name));
        Assert.Equal(1, invoker.CountOf("direct"));
        Assert.Single(again.Commits.Events, sent => sent.Type == nameof(TaskFailed));
    }

    [Fact]
    public async Task A_lease_that_was_lost_is_taken_anew_and_a_late_end_changes_nothing()
    {
        var invoker = new ScriptedInvoker();
        var held = invoker.Hold("direct");
        await using var engine = await TestEngine.StartAsync(invoker, static options => options.WorkerLease = TimeSpan.FromSeconds(5));
        var running = engine.ExecuteAsync(s_task);
        await Eventually.TrueAsync(() => invoker.CountOf("direct") == 1, "the function runs");
        var lease = (await engine.Store.WorkersAsync(CancellationToken.None))
            .Single(static worker => worker.Pool == PoolNames.DirectExecution);

        // The leader does this with a worker that was silent for long.
        await engine.Store.RemoveWorkerAsync(lease.Id, CancellationToken.None);
        await engine.ReachesAsync(invoker.Invocations.Single().Id, TaskStates.Failed);
        held.SetResult(ScriptedInvoker.Success);

        Assert.Equal(
            (TaskStates.Failed, TaskErrorNames.ZombieTaskCleaned),
            (await running) is var late ? (late.Task.Status, late.Task.Error!.Name) : default);
        await Eventually.TrueAsync(async () => (await engine.ExecuteAsync(s_task)).Task.Status == TaskStates.Complete
            && (await engine.Store.WorkersAsync(CancellationToken.None))
                .Any(worker => worker.Pool == PoolNames.DirectExecution && worker.Id != lease.Id), "another lease is there");
    }
}
