using TasksBus.Contracts;
using TasksBus.Lifecycle;
using TasksBus.Query;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.Tests.Storage;

/// <summary>What either store removes when it is old, and what it keeps.</summary>
public abstract class RetentionTests : IAsyncLifetime
{
    private static readonly TaskError s_error = new(TaskErrorTypes.Runtime, "Error", "It broke.");
    private static readonly TimeSpan s_day = TimeSpan.FromDays(1);

    private readonly StoredEngine _engine;

    private protected RetentionTests(StoredEngine engine) => _engine = engine;

    [Fact]
    public async Task Old_tasks_of_each_final_state_go_with_their_logs_and_no_other_task_goes()
    {
        var worker = await _engine.AddWorkerAsync();
        var (successor, waiting, running) = (TaskId.New(), await _engine.ScheduleAsync(), await RunAsync(worker));
        TaskId[] old = [await CompleteAsync(worker), await RunAsync(worker), await RunAsync(worker), await _engine.ScheduleAsync()];
        await _engine.RaiseAsync(new FunctionFailed(old[1].ToGuid(), await ClaimOfAsync(old[1]), s_error, "log"));
        await _engine.RaiseAsync(
            new FunctionFailed(old[2].ToGuid(), await ClaimOfAsync(old[2]), s_error, "log", new(successor.ToString(), TimeSpan.Zero)));
        await _engine.RaiseAsync(new CancelTask(old[3].ToString()));
        Assert.Equal(["complete", "failed", "retried", "canceled"], await Task.WhenAll(old.Select(_engine.StateAsync)));
        await _engine.LetAgeAsync(s_day);
        var young = await CompleteAsync(worker);

        Assert.Equal(4, await RemoveAsync(Prunable.FinishedTasks, s_day));

        Assert.All(await Task.WhenAll(old.Select(_engine.StateAsync)), static state => Assert.Equal("none", state));
        Assert.Equal(
            ["new", "new", "inProgress", "complete"],
            await Task.WhenAll(new[] { waiting, successor, running, young }.Select(_engine.StateAsync)));
        Assert.Equal(4, await CountAsync("tasks"));
        Assert.Equal((1, 1), (await CountAsync("finished_tasks"), await CountAsync("task_logs")));
        Assert.Equal(0, await RemoveAsync(Prunable.FinishedTasks, s_day));
    }

    [Fact]
    public async Task A_walk_takes_no_more_rows_at_a_time_than_it_is_told_and_ends_where_nothing_can_be_old()
    {
        var worker = await _engine.AddWorkerAsync();
        for (var i = 0; i < 5; i++)
        {
            await CompleteAsync(worker);
        }

        await _engine.LetAgeAsync(s_day);
        for (var i = 0; i < 3; i++)
        {
            await CompleteAsync(worker);
        }

        var first = await StepAsync(Prunable.FinishedTasks, s_day, 0, 2);
        Assert.Equal((2, 6L), (first.Removed, await CountAsync("tasks")));
        var second = await StepAsync(Prunable.FinishedTasks, s_day, first.Next!.Value, 2);
        Assert.Equal((2, 4L), (second.Removed, await CountAsync("tasks")));
        Assert.Equal(new(1, null), await StepAsync(Prunable.FinishedTasks, s_day, second.Next!.Value, 2));
        Assert.Equal(3, await CountAsync("tasks"));
    }

    [Fact]
    public async Task A_task_that_waited_long_and_ended_lately_is_passed_over_until_it_is_old()
    {
        var worker = await _engine.AddWorkerAsync();
        var (first, waiting, last) = (await CompleteAsync(worker), await _engine.ScheduleAsync(), await CompleteAsync(worker));
        await _engine.LetAgeAsync(s_day);
        await CompleteAsync(waiting, worker);

        Assert.Equal(2, await RemoveAsync(Prunable.FinishedTasks, s_day, limit: 1));
        Assert.Equal(["none", "complete", "none"], await Task.WhenAll(new[] { first, waiting, last }.Select(_engine.StateAsync)));

        await _engine.LetAgeAsync(s_day);
        Assert.Equal(1, await RemoveAsync(Prunable.FinishedTasks, s_day));
    }

    [Fact]
    public async Task Old_logs_go_and_their_tasks_stay()
    {
        var worker = await _engine.AddWorkerAsync();
        var old = await CompleteAsync(worker);
        await _engine.LetAgeAsync(s_day);
        var young = await CompleteAsync(worker);

        Assert.Equal(1, await RemoveAsync(Prunable.TaskLogs, s_day, limit: 1));

        Assert.Equal((null, "log"), (await _engine.Store.LogAsync(old, default), (await _engine.Store.LogAsync(young, default))?.Text));
        Assert.Equal("complete", await _engine.StateAsync(old));
        Assert.Equal(1, await RemoveAsync(Prunable.FinishedTasks, s_day));
    }

    [Fact]
    public async Task Old_requests_go_with_their_logs_and_old_logs_of_requests_alone()
    {
        var requests = await KeepRequestsAsync(hoursAgo: [5, 4, 3, 2, 1, 0]);

        Assert.Equal(3, await RemoveAsync(Prunable.ApiRequestLogs, TimeSpan.FromHours(2.5), limit: 1));
        Assert.Equal("---+++", string.Concat(
            await Task.WhenAll(requests.Select(async id => (await _engine.Records.LogAsync(id, default)).Log is null ? "-" : "+"))));
        Assert.Equal(4, await RemoveAsync(Prunable.ApiRequests, TimeSpan.FromHours(1.5), limit: 3));
        Assert.Equal(0, await RemoveAsync(Prunable.ApiRequests, TimeSpan.FromHours(1.5)));

        Assert.Equal(
            requests[4..].Reverse(),
            (await _engine.Records.FindAsync(RqlQuery.Everything, default)).Requests.Select(static request => request.Id));
        Assert.Equal(2, await CountAsync("api_request_logs"));
    }

    [Fact]
    public async Task A_leader_whose_time_is_over_removes_nothing()
    {
        await CompleteAsync(await _engine.AddWorkerAsync());
        await _engine.LetAgeAsync(s_day);
        await KeepRequestsAsync(hoursAgo: [25]);
        var epoch = await _engine.EpochAsync();
        await _engine.AdvanceAsync(TimeSpan.FromHours(2));
        Assert.NotNull(await _engine.Store.LeadAsync(Guid.NewGuid(), TimeSpan.FromMinutes(1), default));

        foreach (var what in Enum.GetValues<Prunable>())
        {
            await Assert.ThrowsAsync<LeadershipLostException>(() => _engine.Store.RemoveOldAsync(epoch, what, s_day, 0, 10, default));
        }

        Assert.Equal((1, 1), (await CountAsync("tasks"), await CountAsync("task_logs")));
        Assert.Equal((1, 1), (await CountAsync("api_requests"), await CountAsync("api_request_logs")));
    }

    [Fact]
    public async Task A_walk_that_was_cut_short_is_made_up_for_by_the_next()
    {
        var worker = await _engine.AddWorkerAsync();
        for (var i = 0; i < 3; i++)
        {
            await CompleteAsync(worker);
        }

        await _engine.LetAgeAsync(s_day);
        await StepAsync(Prunable.FinishedTasks, s_day, 0, 1);
        await _engine.ReopenAsync();

        Assert.Equal(2, await RemoveAsync(Prunable.FinishedTasks, s_day));
        Assert.Equal((0, 0, 0), (await CountAsync("tasks"), await CountAsync("finished_tasks"), await CountAsync("task_logs")));
    }

    [Fact]
    public async Task Late_messages_about_a_removed_task_change_nothing()
    {
        var worker = await _engine.AddWorkerAsync();
        var id = await RunAsync(worker);
        var report = new FunctionReturned(id.ToGuid(), await ClaimOfAsync(id), "log");
        await _engine.RaiseAsync(report);
        await _engine.LetAgeAsync(s_day);
        await RemoveAsync(Prunable.FinishedTasks, s_day);

        foreach (var late in new object[]
        {
            report, new CancelTask(id.ToString()), new TimeLimitReached(id.ToGuid(), TimeSpan.Zero), new WorkerLost(id.ToGuid(), worker),
        })
        {
            Assert.Equal(TransitionOutcome.Ignored, (await _engine.RaiseAsync(late)).Outcome);
        }

        Assert.Equal((0, 0), (await CountAsync("tasks"), await CountAsync("finished_tasks")));
    }

    public Task InitializeAsync() => _engine.StartAsync();

    public Task DisposeAsync() => _engine.DisposeAsync().AsTask();

    private async Task<long> CountAsync(string table) =>
        long.Parse((await _engine.RowsAsync($"select count(*) from {table}")).Single(), null);

    private async Task<RemovalStep> StepAsync(Prunable what, TimeSpan age, long after, int limit) =>
        await _engine.Store.RemoveOldAsync(await _engine.EpochAsync(), what, age, after, limit, default);

    /// <summary>A whole walk.</summary>
    private async Task<int> RemoveAsync(Prunable what, TimeSpan age, int limit = 100)
    {
        var removed = 0;
        for (long? after = 0; after is { } number;)
        {
            (var count, after) = await StepAsync(what, age, number, limit);
            removed += count;
        }

        return removed;
    }

    /// <summary>Requests of this age on the store's clock, each with a log.</summary>
    private async Task<TaskId[]> KeepRequestsAsync(double[] hoursAgo)
    {
        var now = await _engine.Store.NowAsync(default);
        var requests = hoursAgo.Select(hours => now.AddHours(-hours)).Select(static at =>
            new ApiRequest(TaskId.New(), "greet", "GET", "", null, null, 200, at, TimeSpan.Zero, null, new("log", at))).ToList();
        await _engine.Records.WriteAsync(requests, default);
        return [.. requests.Select(static request => request.Id)];
    }

    private async Task<TaskId> RunAsync(Guid worker) => await RunAsync(await _engine.ScheduleAsync(), worker);

    private async Task<TaskId> RunAsync(TaskId id, Guid worker)
    {
        Assert.Equal(
            TransitionOutcome.Applied,
            (await _engine.RaiseAsync(new TaskClaimed(id.ToGuid(), Guid.NewGuid(), worker, TimeSpan.FromDays(10)))).Outcome);
        return id;
    }

    private async Task<TaskId> CompleteAsync(Guid worker) => await CompleteAsync(await _engine.ScheduleAsync(), worker);

    private async Task<TaskId> CompleteAsync(TaskId id, Guid worker)
    {
        await RunAsync(id, worker);
        Assert.Equal(
            TransitionOutcome.Applied,
            (await _engine.RaiseAsync(new FunctionReturned(id.ToGuid(), await ClaimOfAsync(id), "log"))).Outcome);
        return id;
    }

    private async Task<Guid> ClaimOfAsync(TaskId id) => (await _engine.FindAsync(id))!.ClaimId!.Value;
}
