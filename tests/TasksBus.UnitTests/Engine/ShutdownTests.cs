using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TasksBus.Contracts;
using Xunit;

namespace TasksBus.UnitTests.Engine;

public class ShutdownTests
{
    [Fact]
    public async Task A_stop_waits_for_the_running_function_and_its_report_and_takes_nothing_new()
    {
        using var folder = new TempFolder();
        var invoker = new ScriptedInvoker();
        var answer = invoker.Hold("running");
        TaskId running, waiting;
        await using (var engine = await TestEngine.StartAsync(invoker, static options => options.WorkerSlots = 1, folder))
        {
            running = (await engine.ScheduleAsync("running")).Id;
            await engine.ReachesAsync(running, TaskStates.InProgress);
            waiting = (await engine.ScheduleAsync("waiting")).Id;

            var stopping = engine.StopAsync();
            await Eventually.TrueAsync(
                async () => (await engine.Store.WorkersAsync(CancellationToken.None)).All(static worker => worker.Slots == 0),
                "the worker drains");
            Assert.False(stopping.IsCompleted);
            answer.SetResult(ScriptedInvoker.Success);
            await stopping.EndsAsync();

            Assert.Equal(TaskStates.Complete, (await engine.FindAsync(running))!.Status);
            Assert.Equal(TaskStates.New, (await engine.FindAsync(waiting))!.Status);
            Assert.Empty(await engine.Store.WorkersAsync(CancellationToken.None));
        }

        Assert.Equal(0, invoker.CountOf("waiting"));
        await using var again = await TestEngine.StartAsync(invoker, folder: folder);
        await again.ReachesAsync(waiting, TaskStates.Complete);
        Assert.Equal((1, 1), (invoker.CountOf(running), invoker.CountOf(waiting)));
    }

    [Fact]
    public async Task A_function_that_outlasts_the_drain_is_left_and_its_task_fails_once_after_the_restart()
    {
        using var folder = new TempFolder();
        var invoker = new ScriptedInvoker();
        invoker.Hold("endless");
        TaskId id;
        await using (var engine = await TestEngine.StartAsync(
            invoker, static options => options.DrainTimeout = TimeSpan.FromMilliseconds(200), folder))
        {
            id = (await engine.ScheduleAsync("endless")).Id;
            await Eventually.TrueAsync(() => invoker.CountOf("endless") == 1, "the function runs");
            await engine.StopAsync().EndsAsync();
            Assert.Equal(TaskStates.InProgress, (await engine.FindAsync(id))!.Status);
        }

        await using var again = await TestEngine.StartAsync(invoker, folder: folder);

        var failed = await again.ReachesAsync(id, TaskStates.Failed);
        Assert.Equal((TaskErrorTypes.Runtime, TaskErrorNames.ZombieTaskCleaned), (failed.Error!.Type, failed.Error.Name));
        await again.ReachesAsync((await again.ScheduleAsync("later")).Id, TaskStates.Complete);
        Assert.Equal(1, invoker.CountOf("endless"));
        Assert.Single(again.Commits.Events, sent => sent.Type == nameof(TaskFailed));
    }

    /// <summary>This stands for the web server, which waits for its requests before anything else is stopped.</summary>
    [Fact]
    public async Task Nothing_is_claimed_any_more_while_another_part_of_the_process_is_stopped_first()
    {
        var (invoker, web) = (new ScriptedInvoker(), new WebServer());
        var answer = invoker.Hold("running");
        await using var engine = await TestEngine.StartAsync(invoker, services: services => services.AddHostedService(_ => web));
        var running = await engine.ScheduleAsync("running");
        await engine.ReachesAsync(running.Id, TaskStates.InProgress);

        var stopping = engine.StopAsync();
        await web.Stopping.Task.EndsAsync();
        var late = await engine.ScheduleAsync("late");
        await Eventually.TrueAsync(
            async () => (await engine.Store.WorkersAsync(CancellationToken.None)).All(static worker => worker.Slots == 0),
            "it offers no slots");
        answer.SetResult(ScriptedInvoker.Success);
        await Eventually.TrueAsync(async () => (await engine.Store.WorkersAsync(CancellationToken.None)).Count == 0, "the worker has left");
        Assert.Equal(TaskStates.Complete, (await engine.FindAsync(running.Id))!.Status);
        web.Stopped.SetResult();
        await stopping.EndsAsync();

        Assert.Equal(0, invoker.CountOf("late"));
        Assert.Equal(TaskStates.New, (await engine.FindAsync(late.Id))!.Status);
    }

    private sealed class WebServer : IHostedService
    {
        public TaskCompletionSource Stopping { get; } = new();

        public TaskCompletionSource Stopped { get; } = new();

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken)
        {
            Stopping.TrySetResult();
            return Stopped.Task.WaitAsync(cancellationToken);
        }
    }

    [Fact]
    public async Task A_claim_that_is_committed_while_the_server_stops_is_waited_for_like_any_running_function()
    {
        using var folder = new TempFolder();
        var invoker = new ScriptedInvoker();
        await using var engine = await TestEngine.StartAsync(invoker, folder: folder);
        var (claimed, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        engine.Commits.Committed = async changes =>
        {
            if (changes.Any(static change => change.IsClaim))
            {
                claimed.TrySetResult();
                await goOn.Task;
            }
        };
        var task = await engine.ScheduleAsync("claimed");
        await claimed.Task.EndsAsync();

        var stopping = engine.StopAsync();
        await Eventually.TrueAsync(
            async () => (await engine.Store.WorkersAsync(CancellationToken.None)).All(static worker => worker.Slots == 0),
            "the worker drains");
        // A stop that did not wait would be over by then.
        await Task.WhenAny(stopping, Task.Delay(TimeSpan.FromMilliseconds(500)));
        goOn.SetResult();
        await stopping.EndsAsync();

        Assert.Equal(TaskStates.Complete, (await engine.FindAsync(task.Id))!.Status);
        Assert.Equal(1, invoker.CountOf("claimed"));
    }
}
