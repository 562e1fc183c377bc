using MassTransit;
using TasksBus.Contracts;
using TasksBus.Execution;
using TasksBus.IntegrationTests.Servers;
using TasksBus.Lifecycle;
using Xunit;

namespace TasksBus.IntegrationTests.Cluster;

/// <summary>What is on the broker, for other services to rely on.</summary>
public sealed class TopologyTests(LocalServers servers) : ClusterTest(servers)
{
    private const string ExecuteQueue = "tasksbus.execute.default";

    [Fact]
    public async Task Queues_and_exchanges_are_there_from_the_start_and_survive_a_restart_of_the_broker()
    {
        await Cluster.AddAsync();

        var queues = await Cluster.Broker.ListAsync("queues", "name", "durable", "auto_delete", "arguments");
        var exchanges = await Cluster.Broker.ListAsync("exchanges", "name", "type", "durable");
        var bindings = await Cluster.Broker.ListAsync("bindings", "source_name", "destination_kind", "destination_name");

        Assert.Equal(
            [
                "tasksbus.cancel-task\ttrue\tfalse\t[]", "tasksbus.document-transitioned\ttrue\tfalse\t[]",
                "tasksbus.event-occurred\ttrue\tfalse\t[]", $"{ExecuteQueue}\ttrue\tfalse\t[{{\"x-max-priority\",5}}]",
                "tasksbus.get-task\ttrue\tfalse\t[]", "tasksbus.schedule-task\ttrue\tfalse\t[]",
                "tasksbus.schedule-tasks\ttrue\tfalse\t[]",
            ], queues.Order(StringComparer.Ordinal));
        Assert.All(KeptEvents.All, type => Assert.Contains($"TasksBus.Contracts:{type.Name}\tfanout\ttrue", exchanges));
        Assert.Contains("tasksbus.events\ttopic\ttrue", exchanges);
        // The exchange of a command leads to its queue. Nothing but its own name leads to the execute queue.
        Assert.Equal(
            [
                "TasksBus.Contracts:CancelTask\texchange\ttasksbus.cancel-task",
                "TasksBus.Contracts:DocumentTransitioned\texchange\ttasksbus.document-transitioned",
                "TasksBus.Contracts:EventOccurred\texchange\ttasksbus.event-occurred",
                "TasksBus.Contracts:GetTask\texchange\ttasksbus.get-task",
                "TasksBus.Contracts:ScheduleTask\texchange\ttasksbus.schedule-task",
                "TasksBus.Contracts:ScheduleTasks\texchange\ttasksbus.schedule-tasks", "tasksbus.cancel-task\tqueue\ttasksbus.cancel-task",
                "tasksbus.document-transitioned\tqueue\ttasksbus.document-transitioned",
                "tasksbus.event-occurred\tqueue\ttasksbus.event-occurred", $"{ExecuteQueue}\tqueue\t{ExecuteQueue}",
                "tasksbus.get-task\tqueue\ttasksbus.get-task", "tasksbus.schedule-task\tqueue\ttasksbus.schedule-task",
                "tasksbus.schedule-tasks\tqueue\ttasksbus.schedule-tasks",
            ], bindings.Where(static line => line[0] != '\t').Order(StringComparer.Ordinal));
        Assert.DoesNotContain(
            exchanges,
            static line => line.Contains("ExecuteTasks", StringComparison.Ordinal) || line.Contains("Lifecycle", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_dispatcher_alone_declares_the_events_and_no_queue()
    {
        await Cluster.AddAsync(Roles.Dispatcher);

        foreach (var type in KeptEvents.All)
        {
            Assert.True(await Cluster.Broker.HasExchangeAsync($"TasksBus.Contracts:{type.Name}"), $"There is no exchange of {type.Name}.");
        }

        Assert.Empty(await Cluster.Broker.ListAsync("queues", "name"));
    }

    [Fact]
    public async Task Quorum_queues_have_no_priorities_and_run_tasks()
    {
        await Cluster.AddAsync(options: static options => options.QuorumQueues = true);

        var queues = await Cluster.Broker.ListAsync("queues", "name", "type", "durable", "arguments");

        Assert.Equal(7, queues.Count);
        Assert.All(queues, static queue => Assert.Matches(@"\tquorum\ttrue\t\[\{""x-queue-type"", ?""quorum""\}\]$", queue));
        await Cluster.CompleteAsync(await Cluster.ScheduleAsync(50));
        Assert.Equal(50, Cluster.Invoker.CountOf("greet"));
    }

    /// <summary>Messages that only TasksBus itself may send have no way in over the broker.</summary>
    [Fact]
    public async Task Forged_events_change_nothing()
    {
        await Cluster.AddAsync();
        var service = await Cluster.AddServiceAsync();
        var answer = Cluster.Invoker.Hold("held");
        var (waits, runs) =
            (await Cluster.ScheduleAsync("later", start: new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero)), await Cluster.ScheduleAsync("held"));
        await Eventually.TrueAsync(() => Cluster.Invoker.CountOf("held") == 1, "the function runs");
        var (waiting, running) = ((await Cluster.FindAsync(waits))!, (await Cluster.FindAsync(runs))!);

        await service.Bus.Publish(new TaskClaimed(waits.ToGuid(), Guid.NewGuid(), running.WorkerId!.Value, TimeSpan.FromMinutes(5)));
        await service.Bus.Publish(new StartDue(waits.ToGuid(), null));
        await service.Bus.Publish(new FunctionReturned(runs.ToGuid(), running.ClaimId!.Value, null));
        await service.Bus.Publish(
            new FunctionFailed(runs.ToGuid(), running.ClaimId!.Value, new(TaskErrorTypes.Runtime, "Forged", ""), null));
        await service.Bus.Publish(new WorkerLost(runs.ToGuid(), running.WorkerId!.Value));
        await service.Bus.Publish(new TimeLimitReached(runs.ToGuid(), TimeSpan.Zero));
        await service.Bus.Publish(new ExecuteTasks([waits.ToString()]));
        var last = TaskId.New();
        await service.Bus.Publish(new ScheduleTask { TaskId = last.ToString(), FunctionName = "last" });

        await Cluster.ReachesAsync(last, TaskStates.Complete);
        Assert.Equivalent(waiting, await Cluster.FindAsync(waits));
        Assert.Equivalent(running, await Cluster.FindAsync(runs));
        Assert.Equal(0, Cluster.Invoker.CountOf("later"));
        answer.SetResult(ScriptedInvoker.Success);
        await Cluster.ReachesAsync(runs, TaskStates.Complete);
        Assert.Equal(["TaskCompleted"], await service.HearsAsync(runs));
        Assert.Empty(await Cluster.Broker.ErrorQueuesAsync());
    }
}
