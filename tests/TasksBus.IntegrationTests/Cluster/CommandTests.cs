using MassTransit;
using TasksBus.Contracts;
using TasksBus.IntegrationTests.Servers;
using Xunit;

namespace TasksBus.IntegrationTests.Cluster;

/// <summary>Commands from another service's bus.</summary>
[Collection(NeedsServers.Name)]
public sealed class CommandTests(RunningCluster running) : IClassFixture<RunningCluster>, IAsyncLifetime
{
    private static readonly DateTimeOffset s_never = new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly TestCluster _cluster = running.Cluster;
    private OtherService _service = null!;

    public async Task InitializeAsync() => _service = await OtherService.StartAsync(_cluster.Broker);

    public async Task DisposeAsync() => await _service.DisposeAsync();

    [Fact]
    public async Task A_ScheduleTask_that_is_delivered_ten_times_at_once_makes_one_task()
    {
        var messageId = Guid.NewGuid();

        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ =>
            _service.Bus.Publish(new ScheduleTask { FunctionName = "tenfold" }, context => context.MessageId = messageId)));

        await _cluster.ReachesAsync(TaskId.FromMessage(messageId), TaskStates.Complete);
        await Eventually.TrueAsync(async () => await _cluster.Broker.CountAsync(Queues.ScheduleTask) == 0, "all are taken");
        Assert.Equal(["TaskCompleted"], await _service.HearsAsync(TaskId.FromMessage(messageId)));
        Assert.Equal(1, _cluster.Invoker.CountOf("tenfold"));
        Assert.Equal(1, await _cluster.Database.ScalarAsync<long>("select count(*) from tasks where function_name = 'tenfold'"));
    }

    [Fact]
    public async Task A_thousand_tasks_in_one_message_run_once_each()
    {
        var messageId = Guid.NewGuid();

        await _service.Bus.Publish(
            new ScheduleTasks { Tasks = [.. Enumerable.Repeat(new ScheduleTask { FunctionName = "bulk" }, 1_000)] },
            context => context.MessageId = messageId);

        await _cluster.CompleteAsync([.. Enumerable.Range(0, 1_000).Select(i => TaskId.FromMessage(messageId, i))]);
        Assert.Equal(1_000, _cluster.Invoker.CountOf("bulk"));
    }

    [Fact]
    public async Task Many_tasks_delivered_thrice_at_once_are_made_once_each_and_one_that_is_known_stays_as_it_was()
    {
        var (messageId, known) = (Guid.NewGuid(), TaskId.New());
        await _service.Bus.Publish(new ScheduleTask { TaskId = known.ToString(), FunctionName = "known" });
        await _cluster.ReachesAsync(known, TaskStates.Complete);
        ScheduleTasks message = new()
        {
            Tasks = [.. Enumerable.Range(0, 200)
                .Select(i => new ScheduleTask { FunctionName = "thrice", TaskId = i == 7 ? known.ToString() : null })],
        };

        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => _service.Bus.Publish(message, context => context.MessageId = messageId)));

        await _cluster.CompleteAsync([.. Enumerable.Range(0, 200).Where(static i => i != 7).Select(i => TaskId.FromMessage(messageId, i))]);
        await Eventually.TrueAsync(async () => await _cluster.Broker.CountAsync(Queues.ScheduleTasks) == 0, "all are taken");
        Assert.Equal((1, 199), (_cluster.Invoker.CountOf("known"), _cluster.Invoker.CountOf("thrice")));
        Assert.Equal("known", (await _cluster.FindAsync(known))!.FunctionName);
        Assert.Equal(0, await _cluster.Broker.CountAsync($"{Queues.ScheduleTasks}_error"));
    }

    [Fact]
    public async Task A_cancel_is_answered_and_the_task_never_runs()
    {
        var id = await _cluster.ScheduleAsync("never", start: s_never);

        Assert.Equal(new(id.ToString(), true, TaskStates.Canceled), await CancelAsync(id));
        Assert.Equal(new(id.ToString(), true, TaskStates.Canceled), await CancelAsync(id));
        Assert.Equal(["TaskCanceled"], await _service.HearsAsync(id));
    }

    [Fact]
    public async Task A_cancel_that_comes_too_late_is_answered_with_the_status()
    {
        var answer = _cluster.Invoker.Hold("held");
        var id = await _cluster.ScheduleAsync("held");
        await Eventually.TrueAsync(() => _cluster.Invoker.CountOf(id) == 1, "it runs");

        Assert.Equal(new(id.ToString(), false, TaskStates.InProgress), await CancelAsync(id));
        answer.SetResult(ScriptedInvoker.Success);
        await _cluster.ReachesAsync(id, TaskStates.Complete);
        Assert.Equal(new(id.ToString(), false, TaskStates.Complete), await CancelAsync(id));
    }

    [Fact]
    public async Task A_cancel_of_a_task_that_nobody_knows_is_answered_so()
    {
        var id = TaskId.New();

        Assert.Equal(new(id.ToString(), false, null), await CancelAsync(id));
    }

    [Fact]
    public async Task A_cancel_that_overtakes_its_task_cancels_it()
    {
        var id = TaskId.New();

        var answer = CancelAsync(id);
        await Eventually.TrueAsync(async () => await _cluster.Broker.CountAsync(Queues.CancelTask) == 0, "the cancel is taken");
        await _service.Bus.Publish(new ScheduleTask { TaskId = id.ToString(), FunctionName = "overtaken", StartTimestamp = s_never });

        Assert.Equal(new(id.ToString(), true, TaskStates.Canceled), await answer);
        await _cluster.ReachesAsync(id, TaskStates.Canceled);
    }

    /// <summary>There is nowhere to send the answer, but the command is carried out all the same.</summary>
    [Fact]
    public async Task A_cancel_whose_sender_is_gone_is_carried_out()
    {
        var id = await _cluster.ScheduleAsync("never", start: s_never);

        await _service.Bus.Publish(
            new CancelTask(id.ToString()), context => context.ResponseAddress = new(_service.Bus.Address, "gone?temporary=true"));

        await _cluster.ReachesAsync(id, TaskStates.Canceled);
    }

    private async Task<CancelTaskResult> CancelAsync(TaskId id) =>
        (await _service.Bus.CreateRequestClient<CancelTask>(RequestTimeout.After(s: 30))
            .GetResponse<CancelTaskResult>(new CancelTask(id.ToString()))).Message;
}
