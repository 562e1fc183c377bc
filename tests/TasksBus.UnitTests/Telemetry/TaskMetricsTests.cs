using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using TasksBus.Contracts;
using TasksBus.Dispatch;
using TasksBus.Functions;
using TasksBus.Storage;
using TasksBus.Telemetry;
using TasksBus.Tests;
using TasksBus.UnitTests.Engine;
using Xunit;

namespace TasksBus.UnitTests.Telemetry;

public class TaskMetricsTests
{
    [Fact]
    public async Task A_task_is_counted_when_it_is_accepted_when_it_starts_and_when_it_ends()
    {
        var invoker = new ScriptedInvoker();
        invoker.On("breaks", static _ => new InvocationResult.FunctionFailed("Oops", "It broke.", null, null));
        await using var engine = await TestEngine.StartAsync(invoker);
        await engine.ManageAsync("greet", static _ => { });
        await engine.ManageAsync("breaks", static _ => { });
        await engine.Get<IFunctionPolicyStore>().RefreshFunctionsAsync(default);
        using var metrics = new MetricsReader(engine.Get<TaskMetrics>());

        await engine.ReachesAsync((await engine.ScheduleAsync("greet")).Id, TaskStates.Complete);
        await engine.ReachesAsync((await engine.ScheduleAsync("breaks")).Id, TaskStates.Failed);
        await engine.Intake.CancelAsync((await engine.ScheduleAsync("greet", DateTimeOffset.MaxValue.AddYears(-7000))).Id);

        await Eventually.TrueAsync(() => metrics.Of("tasksbus.task.ended").Count == 3, "three ends are counted");
        Assert.Equal(2, metrics.Of("tasksbus.task.accepted", "pool=default", "function=greet").Sum());
        Assert.Equal(1, metrics.Of("tasksbus.task.accepted", "function=breaks").Sum());
        Assert.Equal(2, metrics.Of("tasksbus.task.started", "pool=default").Sum());
        Assert.Equal(1, metrics.Of("tasksbus.task.ended", "function=greet", "outcome=complete").Sum());
        Assert.Equal(1, metrics.Of("tasksbus.task.ended", "function=greet", "outcome=canceled").Sum());
        Assert.Equal(1, metrics.Of("tasksbus.task.ended", "function=breaks", "outcome=failed", "error.type=runtime").Sum());
        Assert.All(metrics.Of("tasksbus.task.start_delay", "function=greet"), static delay => Assert.InRange(delay, 0, 60));
        Assert.Single(metrics.Of("tasksbus.invocation.duration", "function=greet", "result=succeeded"));
        Assert.Single(metrics.Of("tasksbus.invocation.duration", "function=breaks", "result=failed"));
        Assert.Equal(2, metrics.Of("tasksbus.claim.duration", "pool=default").Count);
        Assert.Equal(2, metrics.Of("tasksbus.release.tasks", "pool=default").Sum());
        Assert.NotEmpty(metrics.Of("tasksbus.release.duration", "pool=default"));
        Assert.Equal(metrics.Of("tasksbus.commit.duration").Count, metrics.Of("tasksbus.commit.steps").Count);
        Assert.Equal(3 + 2 + 3, metrics.Of("tasksbus.commit.steps").Sum());
        await Eventually.TrueAsync(() => metrics.Of("tasksbus.event.published").Sum() == 3, "three events are counted");
    }

    [Fact]
    public async Task Whoever_names_many_functions_makes_no_series_for_each()
    {
        await using var engine = await TestEngine.StartAsync(new ScriptedInvoker());
        using var metrics = new MetricsReader(engine.Get<TaskMetrics>());

        for (var i = 0; i < 5; i++)
        {
            await engine.ReachesAsync((await engine.ScheduleAsync($"unknown-{i}")).Id, TaskStates.Complete);
        }

        Assert.Equal(5, metrics.Of("tasksbus.task.accepted", "function=other").Sum());
        Assert.Equal(5, metrics.Of("tasksbus.invocation.duration", "function=other").Count);
    }

    [Theory]
    [InlineData("TooManyRequestsException", true)]
    [InlineData("ThrottlingException", true)]
    [InlineData("EC2ThrottledException", true)]
    [InlineData("Http429", true)]
    [InlineData("ResourceConflictException", false)]
    [InlineData("FunctionBusy", false)]
    public async Task An_invocation_that_did_not_run_is_counted_with_its_reason_and_as_throttled_if_it_was(string error, bool isThrottled)
    {
        var invoker = new ScriptedInvoker();
        invoker.On("throttled", _ => invoker.CountOf("throttled") > 1 ? ScriptedInvoker.Success
            : new InvocationResult.NotRunYet(error, "Later.", TimeSpan.FromMilliseconds(1)));
        await using var engine = await TestEngine.StartAsync(invoker);
        using var metrics = new MetricsReader(engine.Get<TaskMetrics>());

        await engine.ReachesAsync((await engine.ScheduleAsync("throttled")).Id, TaskStates.Complete);

        Assert.Equal(isThrottled ? 1 : 0, metrics.Of("tasksbus.invocation.throttled", "function=other").Sum());
        Assert.Equal(1, metrics.Of("tasksbus.invocation.not_run", "function=other", $"error.type={error}").Sum());
        Assert.Equal(1, metrics.Of("tasksbus.task.snoozed", "function=other").Sum());
        // When the second try was due is not stored with the claim.
        Assert.Single(metrics.Of("tasksbus.task.start_delay"));
    }

    [Fact]
    public async Task The_leader_shows_the_whole_system_and_the_worker_its_slots()
    {
        var invoker = new ScriptedInvoker();
        var held = invoker.Hold("holding");
        await using var engine = await TestEngine.StartAsync(invoker, static options => options.WorkerSlots = 1);
        using var metrics = new MetricsReader(engine.Get<TaskMetrics>());
        await engine.ReachesAsync((await engine.ScheduleAsync("holding")).Id, TaskStates.InProgress);
        await engine.ScheduleAsync("waits", DateTimeOffset.UnixEpoch.AddYears(40));
        await engine.ScheduleAsync("later", DateTimeOffset.MaxValue.AddYears(-7000));

        await RefreshAsync(engine);

        Assert.Equal([1], metrics.Now("tasksbus.leader"));
        Assert.Equal([1], metrics.Now("tasksbus.task.due", "pool=default"));
        Assert.Equal([1], metrics.Now("tasksbus.task.later", "pool=default"));
        Assert.InRange(Assert.Single(metrics.Now("tasksbus.task.oldest_due", "pool=default")), 1e8, 1e10);
        Assert.Equal([1], metrics.Now("tasksbus.task.running"));
        Assert.Equal([1], metrics.Now("tasksbus.pool.workers", "pool=default"));
        Assert.Equal([1], metrics.Now("tasksbus.pool.slots", "pool=default"));
        Assert.Equal([1], metrics.Now("tasksbus.pool.running", "pool=default"));
        Assert.Equal([1], metrics.Now("tasksbus.function.due", "function=other"));
        Assert.InRange(Assert.Single(metrics.Now("tasksbus.function.oldest_due", "function=other")), 1e8, 1e10);
        Assert.Equal([1], metrics.Now("tasksbus.function.running", "function=other"));
        Assert.Equal([0], metrics.Now("tasksbus.held"));
        // What may happen once is reported before it has happened.
        Assert.Equal([0], metrics.Now("tasksbus.worker.lost"));
        Assert.Equal([0], metrics.Now("tasksbus.broker.failures"));
        Assert.Empty(metrics.Now("tasksbus.queues.taken"));
        engine.Get<TaskMetrics>().ObserveQueues(static () => false);
        Assert.Equal([0], metrics.Now("tasksbus.queues.taken"));
        Assert.Equal([1], metrics.Now("tasksbus.worker.slots", "pool=default"));
        Assert.Equal([1], metrics.Now("tasksbus.worker.slots.used", "pool=default"));
        Assert.Equal([1], metrics.Now("tasksbus.worker.lease", "pool=default"));
        held.SetResult(ScriptedInvoker.Success);
    }

    [Fact]
    public async Task An_outbox_that_nobody_empties_grows_old()
    {
        await using var engine = await TestEngine.StartAsync(new ScriptedInvoker());
        using var metrics = new MetricsReader(engine.Get<TaskMetrics>());
        engine.Get<WatchedOutbox>().DeletingEvents = static () => throw new StoreUnavailableException("gone", new IOException());
        await engine.ReachesAsync((await engine.ScheduleAsync("greet")).Id, TaskStates.Complete);

        // A failed round makes the leader doubt for a moment whether it leads.
        await Eventually.TrueAsync(async () =>
        {
            await RefreshAsync(engine);
            return metrics.Now("tasksbus.outbox.events") is [1];
        }, "the outbox is shown");
        Assert.InRange(Assert.Single(metrics.Now("tasksbus.outbox.age")), 0, 60);
    }

    /// <summary>The page has one row for each metric, as the code describes it.</summary>
    [Fact]
    public async Task The_page_lists_every_metric()
    {
        await using var engine = await TestEngine.StartAsync(new ScriptedInvoker());
        using var metrics = new MetricsReader(engine.Get<TaskMetrics>());

        var rows = metrics.Instruments.OrderBy(static each => each.Name, StringComparer.Ordinal).Select(static each =>
            $"| `{each.Name}` | {KindOf(each)} | {each.Unit?.Trim('{', '}')} | {each.Description} |\n");

        Snapshot.Matches(
            "ops/docs/telemetry.md", string.Concat(rows), "| metric | kind | unit | says |\n| --- | --- | --- | --- |\n", "\nBeside them");
    }

    private static string KindOf(Instrument instrument) =>
        instrument.GetType().Name.Split('`')[0].Replace("Observable", "", StringComparison.Ordinal).ToLowerInvariant();

    private static Task RefreshAsync(TestEngine engine) =>
        engine.Get<IEnumerable<IHostedService>>().OfType<ClusterMetrics>().Single().RefreshAsync(default);
}
