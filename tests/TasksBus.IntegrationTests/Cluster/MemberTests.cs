using Microsoft.Extensions.DependencyInjection;
using TasksBus.Contracts;
using TasksBus.IntegrationTests.Servers;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.IntegrationTests.Cluster;

/// <summary>Members that share all the work, or divide the roles among them.</summary>
public sealed class MemberTests(LocalServers servers) : ClusterTest(servers)
{
    [Fact]
    public async Task Members_of_one_role_each_run_every_task_once()
    {
        await Cluster.AddAsync(Roles.Api);
        await Cluster.AddAsync(Roles.Dispatcher);
        await Cluster.AddAsync(Roles.Worker);
        var service = await Cluster.AddServiceAsync();

        var ids = await Cluster.ScheduleAsync(300);
        var first = TaskId.New();
        await service.Bus.Publish(new ScheduleTask { TaskId = first.ToString(), FunctionName = "published" }, CancellationToken.None);

        await Cluster.CompleteAsync([.. ids, first]);
        Assert.All(Cluster.Invoker.Invocations.GroupBy(static one => one.Id), static of => Assert.Single(of));
        Assert.Equal(301, Cluster.Invoker.Invocations.Count);
        await Eventually.TrueAsync(() => service.Events.Count >= 301, "every end is heard of");
    }

    [Fact]
    public async Task Two_members_with_all_roles_share_the_work_and_run_every_task_once()
    {
        ScriptedInvoker[] invokers = [new(), new()];
        Member[] members =
        [
            await Cluster.AddAsync(options: static options => options.WorkerSlots = 5, invoker: invokers[0]),
            await Cluster.AddAsync(options: static options => options.WorkerSlots = 5, invoker: invokers[1]),
        ];

        var ids = (await Task.WhenAll(Enumerable.Range(0, 400).Select(i =>
            members[i % 2].Intake.ScheduleAsync(TaskId.New(), new() { FunctionName = "greet" })))).Select(static task => task.Id).ToArray();

        await Cluster.CompleteAsync(ids);
        Assert.Equal(400, invokers.Sum(static invoker => invoker.Invocations.Count));
        Assert.Equal(ids.Order(), invokers.SelectMany(static invoker => invoker.Invocations).Select(static one => one.Id).Order());
        Assert.All(invokers, static invoker => Assert.InRange(invoker.Invocations.Count, 20, 380));
    }

    [Fact]
    public async Task A_function_runs_on_the_workers_of_its_pool_alone()
    {
        var (common, gpu) = (new ScriptedInvoker(), new ScriptedInvoker());
        await Cluster.AddAsync(Roles.Api | Roles.Dispatcher, Render);
        await Cluster.AddAsync(Roles.Worker, Render, common);
        await Cluster.AddAsync(Roles.Worker, static options => options.Pool = "gpu", gpu);

        var (plain, rendered) = (await Cluster.ScheduleAsync(20), await Cluster.ScheduleAsync(20, "render:live"));

        await Cluster.CompleteAsync([.. plain, .. rendered]);
        Assert.Equal((20, 0), (common.CountOf("greet"), common.CountOf("render:live")));
        Assert.Equal((0, 20), (gpu.CountOf("greet"), gpu.CountOf("render:live")));
    }

    /// <summary>The dispatcher's clock runs five times as fast: a wait of ten seconds takes two.</summary>
    [Fact]
    public async Task A_pool_without_a_worker_is_reported_and_its_tasks_run_once_there_is_one()
    {
        var dispatcher = await Cluster.AddAsync(
            Roles.Api | Roles.Dispatcher, Render, services: static services => services.AddSingleton<TimeProvider>(new FastClock(5)));
        await Cluster.AddAsync(Roles.Worker);
        var (waiting, other) = (await Cluster.ScheduleAsync(3, "render"), await Cluster.ScheduleAsync());

        await Cluster.ReachesAsync(other, TaskStates.Complete);
        await Eventually.TrueAsync(() => dispatcher.Log.Of(209).Count > 0, "it is reported");
        Assert.Contains("TasksBus__Pool=gpu", Assert.Single(dispatcher.Log.Of(209)), StringComparison.Ordinal);
        Assert.Equal(0, Cluster.Invoker.CountOf("render"));

        await Cluster.AddAsync(Roles.Worker, static options => options.Pool = "gpu");
        await Cluster.CompleteAsync(waiting);
        Assert.Equal(3, Cluster.Invoker.CountOf("render"));
    }

    /// <summary>
    /// There is no dispatcher to release anything again, so the stopping worker must itself hand on the tasks that it has and cannot run.
    /// </summary>
    [Fact]
    public async Task A_worker_that_stops_takes_nothing_new_hands_on_what_it_got_and_reports_what_runs()
    {
        var (leaving, staying) = (new ScriptedInvoker(), new ScriptedInvoker());
        var sender = (await Cluster.AddAsync(Roles.Api)).Releases;
        var worker = await Cluster.AddAsync(Roles.Worker, static options => options.WorkerSlots = 2, leaving);
        var answer = leaving.Hold("held");
        var held = await Cluster.ScheduleAsync(2, "held");
        await sender.SendAsync(PoolNames.Default, held, 0, CancellationToken.None);
        await Eventually.TrueAsync(() => leaving.CountOf("held") == 2, "its functions run");
        var queued = await Cluster.ScheduleAsync(40);
        await Task.WhenAll(queued.Select(id => sender.SendAsync(PoolNames.Default, [id], 0, CancellationToken.None)));

        var stopping = worker.StopAsync();
        await Cluster.AddAsync(Roles.Worker, static options => options.WorkerSlots = 50, staying);
        await Cluster.CompleteAsync(queued);

        Assert.Equal((0, 40), (leaving.CountOf("greet"), staying.CountOf("greet")));
        Assert.False(stopping.IsCompleted, "It waits for its functions.");
        answer.SetResult(ScriptedInvoker.Success);
        await stopping.EndsAsync();
        await Cluster.CompleteAsync(held);
        Assert.Empty(await Cluster.Broker.ErrorQueuesAsync());
    }

    [Fact]
    public async Task While_a_worker_stops_new_tasks_go_to_another_at_once()
    {
        var (leaving, staying) = (new ScriptedInvoker(), new ScriptedInvoker());
        await Cluster.AddAsync(Roles.Api | Roles.Dispatcher);
        var worker = await Cluster.AddAsync(Roles.Worker, static options => options.WorkerSlots = 10, leaving);
        var answer = leaving.Hold("held");
        var held = await Cluster.ScheduleAsync(4, "held");
        await Eventually.TrueAsync(() => leaving.CountOf("held") == 4, "its functions run");
        await Cluster.AddAsync(Roles.Worker, static options => options.WorkerSlots = 10, staying);

        // Half of them are released before it stops, and half while it does.
        var before = await Cluster.ScheduleAsync(10);
        var stopping = worker.StopAsync();
        var started = TimeProvider.System.GetTimestamp();
        var after = await Cluster.ScheduleAsync(10);

        await Cluster.CompleteAsync([.. before, .. after]);
        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(4));
        Assert.Equal(20, leaving.CountOf("greet") + staying.CountOf("greet"));
        Assert.All(after, id => Assert.Equal((0, 1), (leaving.CountOf(id), staying.CountOf(id))));
        answer.SetResult(ScriptedInvoker.Success);
        await stopping.EndsAsync();
        await Cluster.CompleteAsync(held);
    }

    private static void Render(TasksBusOptions options) => options.Pools["gpu"] = ["render"];

    /// <summary>Measured intervals seem longer; waits take as long as ever.</summary>
    private sealed class FastClock(int times) : TimeProvider
    {
        public override long TimestampFrequency => System.TimestampFrequency / times;
    }
}
