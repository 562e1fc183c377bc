using TasksBus.Contracts;
using TasksBus.Lifecycle;
using TasksBus.Operations;
using TasksBus.Storage;
using TasksBus.Tests.Functions;
using Xunit;

namespace TasksBus.Tests.Storage;

/// <summary>How either store shows what keeps functions from running.</summary>
public abstract class RunTroublesTests : TaskStoreTest
{
    private static readonly TaskError s_denied = new(TaskErrorTypes.Invocation, "AccessDeniedException", "Not allowed.");
    private static readonly TaskError s_broken = new(TaskErrorTypes.Runtime, "RangeError", "The function's own fault.");

    private protected RunTroublesTests(StoredEngine engine)
        : base(engine)
    {
    }

    [Fact]
    public async Task Where_nothing_is_wrong_nothing_is_named()
    {
        await EndAsync(await RunAsync("greet"));
        await FailAsync(await RunAsync("greet"), s_broken);
        await ScheduleAsync("greet");

        var (putOff, failed, disabled) = await TroublesAsync();

        Assert.Empty(putOff);
        Assert.Empty(failed);
        Assert.Empty(disabled);
    }

    [Fact]
    public async Task Tasks_that_were_put_off_are_counted_by_function_and_reason_and_say_it_themselves()
    {
        var (one, two, other) = (await RunAsync("greet"), await RunAsync("greet"), await RunAsync("send"));
        var first = await Engine.NowAsync();
        await PutOffAsync(one, Throttled, first);
        await PutOffAsync(two, Throttled, first.AddSeconds(1));
        await PutOffAsync(other, new(TaskErrorTypes.Invocation, "ConnectionFailed", "No connection."), first);
        await Engine.AdvanceAsync(TimeSpan.FromMinutes(1));
        await ClaimAsync(two, await Engine.AddWorkerAsync());
        await PutOffAsync(two, Throttled, first.AddMinutes(1));

        var putOff = (await TroublesAsync()).PutOff;

        Assert.Equal(
            [new("greet", Throttled.Name, 2, 2, first), new("send", "ConnectionFailed", 1, 1, first)], putOff);
        var place = (await Engine.Store.PlaceAsync(two, default))!;
        Assert.Equal((2, Throttled), (place.NotRunCount, place.NotRun));
        Assert.Contains(
            "(2 times so far), the last time because of TooManyRequestsException: Throttled. It is tried again at",
            WaitReason.Of(place, await Engine.Store.StatusAsync(default)).Message, StringComparison.Ordinal);
        Assert.Null((await Engine.Store.PlaceAsync(await ScheduleAsync("greet"), default))!.NotRun);
    }

    [Fact]
    public async Task A_task_that_was_put_off_is_due_at_its_next_try()
    {
        var id = await RunAsync("greet");
        await PutOffAsync(id, Throttled, await Engine.NowAsync());
        var start = (await Engine.FindAsync(id))!.StartTimestamp;
        Assert.True((await Engine.Store.PlaceAsync(id, default))!.DueAt > start);

        // Where time is passed by moving what is stored (PostgreSQL), the next try moves, and the start does not.
        await Engine.AdvanceAsync(TimeSpan.FromMinutes(1));
        await Engine.Store.MarkReadyAsync(Pool, 10, default);
        var due = Assert.Single((await Engine.Store.StatusAsync(default)).Pools).OldestDueAt;

        Assert.Equal((await Engine.Store.PlaceAsync(id, default))!.DueAt, due);
        Assert.NotEqual(start, due);
    }

    [Fact]
    public async Task Tasks_that_failed_without_being_run_count_until_the_function_completes_one()
    {
        var since = await Engine.NowAsync() - TimeSpan.FromSeconds(1);
        await FailAsync(await RunAsync("greet"), s_denied);
        await FailAsync(await RunAsync("greet"), s_denied);
        await FailAsync(await RunAsync("send"), s_denied);

        Assert.Equal([("greet", s_denied.Name, 2), ("send", s_denied.Name, 1)], await FailedAsync(since));
        Assert.Empty(await FailedAsync(await Engine.NowAsync()));

        await Engine.AdvanceAsync(TimeSpan.FromSeconds(1));
        await EndAsync(await RunAsync("greet"));
        Assert.Equal([("send", s_denied.Name, 1)], await FailedAsync(since));
    }

    [Fact]
    public async Task Tasks_that_were_lost_with_their_worker_count_whatever_completes()
    {
        var since = await Engine.NowAsync() - TimeSpan.FromSeconds(1);
        var id = await RunAsync("greet");
        await Engine.RaiseAsync(new WorkerLost(id.ToGuid(), (await Engine.FindAsync(id))!.WorkerId!.Value));
        await Engine.AdvanceAsync(TimeSpan.FromSeconds(1));
        await EndAsync(await RunAsync("greet"));

        Assert.Equal([("greet", TaskErrorNames.ZombieTaskCleaned, 1)], await FailedAsync(since));
    }

    [Fact]
    public async Task The_waiting_tasks_of_a_disabled_function_are_counted()
    {
        await Engine.Model.ManageAsync("greet", static row => row.IsEnabled = true);
        await Engine.Model.ManageAsync("greet", static row => row.IsEnabled = false);
        await ScheduleAsync("greet");
        await ScheduleAsync("greet");
        await RunAsync("greet");
        await ScheduleAsync("send");

        Assert.Equal([new DisabledFunction("greet", 2)], (await TroublesAsync()).Disabled);
    }

    private async Task<RunTroubles> TroublesAsync() =>
        await Engine.Store.RunTroublesAsync(await Engine.NowAsync() - TimeSpan.FromHours(1), default);

    private async Task<IEnumerable<(string Function, string Error, int Count)>> FailedAsync(DateTimeOffset since) =>
        (await Engine.Store.RunTroublesAsync(since, default)).Failed.Select(static each => (each.FunctionName, each.ErrorName, each.Count));

    private Task<TaskId> ScheduleAsync(string function) => Engine.ScheduleAsync(new() { FunctionName = function });

    private async Task<TaskId> RunAsync(string function)
    {
        var id = await ScheduleAsync(function);
        Assert.Equal(TransitionOutcome.Applied, await ClaimAsync(id, await Engine.AddWorkerAsync()));
        return id;
    }

    private async Task PutOffAsync(TaskId id, TaskError error, DateTimeOffset at) =>
        await Engine.RaiseAsync(new FunctionNotRun(id.ToGuid(), await ClaimOfAsync(id), error, at, TimeSpan.FromSeconds(1)));
}
