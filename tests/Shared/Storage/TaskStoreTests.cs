using System.Text.Json;
using TasksBus.Contracts;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.Tests.Storage;

/// <summary>Tasks, their claims and their events, in either store.</summary>
public abstract class TaskStoreTests : TaskStoreTest
{
    private protected TaskStoreTests(StoredEngine engine)
        : base(engine)
    {
    }

    [Fact]
    public async Task A_claim_is_refused_until_the_task_is_due()
    {
        var worker = await Engine.AddWorkerAsync();
        var id = await ScheduleAsync(startIn: TimeSpan.FromMinutes(1));

        Assert.Equal(TransitionOutcome.Refused, await ClaimAsync(id, worker));
        await Engine.AdvanceAsync(TimeSpan.FromMinutes(1) - Engine.Instant);
        Assert.Equal(TransitionOutcome.Refused, await ClaimAsync(id, worker));
        Assert.Equal(
            (TaskStates.New, 0, true), (await Engine.StateAsync(id), await Engine.RunningAsync(worker), await Engine.HasPlaceAsync(id)));
        Assert.Equal(["TaskScheduled"], await Engine.EventsAsync(id));

        await Engine.AdvanceAsync(Engine.Instant);
        Assert.Equal(TransitionOutcome.Applied, await ClaimAsync(id, worker));
    }

    [Fact]
    public async Task Reference_and_publisher_stay_with_the_task_its_successor_and_their_events()
    {
        var worker = await Engine.AddWorkerAsync();
        var (plain, successor) = (await ScheduleAsync(), TaskId.New());
        var id = await Engine.ScheduleAsync(
            new() { FunctionName = "greet", Tags = ["tour"], Reference = "order 17/ü", Publisher = "web-shop" });
        await ClaimAsync(id, worker);
        await Engine.RaiseAsync(new FunctionFailed(
            id.ToGuid(), await ClaimOfAsync(id), Throttled, null, new(successor.ToString(), TimeSpan.Zero)));

        Assert.All(
            [await Engine.FindAsync(id), await Engine.FindAsync(successor)],
            static task => Assert.Equal(("order 17/ü", "web-shop"), (task!.Reference, task.Publisher)));
        Assert.Null((await Engine.FindAsync(plain))!.Reference);
        Assert.Null((await Engine.FindAsync(plain))!.Publisher);
        var events = (await Engine.Store.NextEventsAsync(10, default)).Select(static stored => stored.Event).ToList();
        Assert.Equal(5, events.Count);
        Assert.All(events.Where(one => IdIn(one) != plain), static one =>
        {
            var body = JsonElement.Parse(one.Body);
            Assert.Equal(
                ("order 17/ü", "web-shop", """["tour"]"""),
                (body.GetProperty("reference").GetString(), body.GetProperty("publisher").GetString(),
                    body.GetProperty("tags").GetRawText()));
        });
    }

    [Fact]
    public async Task Events_stay_in_order_until_they_are_deleted()
    {
        var ids = new List<TaskId>();
        for (var i = 0; i < 5; i++)
        {
            ids.Add(await ScheduleAsync());
        }

        var events = await Engine.Store.NextEventsAsync(10, default);
        Assert.Equal(ids, events.Select(static stored => IdIn(stored.Event)));
        Assert.Equal(events.Select(static stored => stored.Position).Order(), events.Select(static stored => stored.Position));
        Assert.Equal(events, await Engine.Store.NextEventsAsync(10, default));
        Assert.Equal(events.Take(2), await Engine.Store.NextEventsAsync(2, default));

        await Engine.Store.DeleteEventsAsync([events[0].Position, events[2].Position], default);
        Assert.Equal(
            [ids[1], ids[3], ids[4]], (await Engine.Store.NextEventsAsync(10, default)).Select(static stored => IdIn(stored.Event)));
    }

    [Fact]
    public async Task An_event_after_all_were_deleted_still_comes_later()
    {
        await ScheduleAsync();
        var first = Assert.Single(await Engine.Store.NextEventsAsync(10, default));
        await Engine.Store.DeleteEventsAsync([first.Position], default);
        await ScheduleAsync();

        Assert.True(Assert.Single(await Engine.Store.NextEventsAsync(10, default)).Position > first.Position);
    }

    [Fact]
    public async Task Everything_survives_a_reopening()
    {
        var worker = await Engine.AddWorkerAsync();
        List<TaskId> ids = [];
        foreach (var state in TaskStates.All)
        {
            ids.Add(await Engine.ScheduleAsync(new()
            {
                FunctionName = $"f-{state}",
                Data = System.Text.Json.JsonElement.Parse("""{"big": 12345678901234567890.10, "Key":1, "key":2, "":[3,1,2]}"""),
                Priority = 7,
                Tags = ["b", "a", "größe"],
            }));
        }

        foreach (var id in ids.Skip(1).SkipLast(1))
        {
            await ClaimAsync(id, worker);
        }

        await Engine.RaiseAsync(new FunctionReturned(ids[2].ToGuid(), await ClaimOfAsync(ids[2]), "said"));
        await Engine.RaiseAsync(new FunctionFailed(
            ids[3].ToGuid(), await ClaimOfAsync(ids[3]), Throttled, "said", new(TaskId.New().ToString(), TimeSpan.FromSeconds(1))));
        await Engine.RaiseAsync(new FunctionFailed(ids[4].ToGuid(), await ClaimOfAsync(ids[4]), Throttled, "said"));
        await Engine.RaiseAsync(new CancelTask(ids[5].ToString()));
        ids.Add((await Engine.FindAsync(ids[3]))!.RetriedByTaskId!.Value);
        await Engine.Store.LeadAsync(worker, TimeSpan.FromMinutes(1), default);
        var before = await Task.WhenAll(ids.Select(Engine.SnapshotAsync));
        var workers = await Engine.Store.WorkersAsync(default);

        await Engine.ReopenAsync();

        Assert.Equal(TaskStates.All.Append(TaskStates.New), await Task.WhenAll(ids.Select(Engine.StateAsync)));
        Assert.Equal(before, await Task.WhenAll(ids.Select(Engine.SnapshotAsync)));
        Assert.Equal(workers, await Engine.Store.WorkersAsync(default));
        Assert.Null(await Engine.Store.LeadAsync(Guid.NewGuid(), TimeSpan.FromSeconds(10), default));
        Assert.Equal([ids[3]], (await Engine.FindAsync(ids[6]))!.RetryForTaskIds);
        Assert.Equal("""{"big": 12345678901234567890.10, "Key":1, "key":2, "":[3,1,2]}""", (await Engine.FindAsync(ids[6]))!.Data);
    }

    [Fact]
    public async Task Tasks_are_found_by_status_function_and_id_newest_first_and_counted()
    {
        var worker = await Engine.AddWorkerAsync(slots: 100);
        Dictionary<string, List<TaskId>> byStatus = [];
        List<TaskId> all = [];
        foreach (var status in TaskStates.All.Concat(TaskStates.All))
        {
            var id = await Engine.ScheduleAsync(new() { FunctionName = $"f-{all.Count % 3}" });
            all.Insert(0, id);
            TaskId? successor = status == TaskStates.Retried ? TaskId.New() : null;
            await BringToAsync(status, id, worker, successor);
            byStatus.TryAdd(status, []);
            byStatus[status].Insert(0, id);
            if (successor is { } made)
            {
                all.Insert(0, made);
                byStatus[TaskStates.New].Insert(0, made);
            }
        }

        foreach (var (status, ids) in byStatus)
        {
            Assert.Equal(ids, await FindAsync($"status={status}", ids.Count));
            Assert.Equal(ids[..1], await FindAsync($"id={ids[0]}&status={status}", 1));
        }

        Assert.Equal(all, await FindAsync("limit(50)", all.Count));
        Assert.Equal(all[3..5], await FindAsync("limit(2,3)", all.Count));
        Assert.Empty(await FindAsync("limit(50,1000000000000)", all.Count));
        Assert.Empty(await FindAsync("functionName=F-0", 0));
        Assert.Empty(await FindAsync($"id={byStatus[TaskStates.New][0]}&status=failed", 0));
        Assert.Empty(await FindAsync("id=nothing", 0));
        var functions = (await Engine.Store.FindAsync("functionName=f-0&limit(50)")).Tasks;
        Assert.All(functions, static task => Assert.Equal("f-0", task.FunctionName));
        Assert.Equal(all.Count, functions.Count
            + (await FindAsync("functionName=f-1&limit(50)", null)).Length + (await FindAsync("functionName=f-2&limit(50)", null)).Length);

        async Task<TaskId[]> FindAsync(string rql, long? total)
        {
            var page = await Engine.Store.FindAsync(rql);
            Assert.Equal(total ?? page.Total, page.Total);
            return [.. page.Tasks.Select(static task => task.Id)];
        }
    }

    [Fact]
    public async Task Data_of_five_megabytes_comes_back_as_it_was()
    {
        var text = $$"""{"a":"{{new string('x', 5_000_000)}}","b":[{{string.Join(", ", Enumerable.Range(0, 50_000))}}]}""";
        var id = await Engine.ScheduleAsync(new() { FunctionName = "greet", Data = System.Text.Json.JsonElement.Parse(text) });

        Assert.Equal(text, (await Engine.FindAsync(id))!.Data);
    }

    /// <summary>Brings a new task to a state.</summary>
    private async Task BringToAsync(string status, TaskId id, Guid worker, TaskId? successor)
    {
        object[] steps = status switch
        {
            TaskStates.New => [],
            TaskStates.Canceled => [new CancelTask(id.ToString())],
            _ => [new TaskClaimed(id.ToGuid(), worker, worker, TimeSpan.FromMinutes(5))],
        };
        foreach (var step in steps)
        {
            await Engine.RaiseAsync(step);
        }

        if (status is TaskStates.Complete)
        {
            await Engine.RaiseAsync(new FunctionReturned(id.ToGuid(), worker, null));
        }
        else if (status is TaskStates.Failed or TaskStates.Retried)
        {
            await Engine.RaiseAsync(new FunctionFailed(
                id.ToGuid(), worker, Throttled, null, successor is { } next ? new(next.ToString(), TimeSpan.Zero) : null));
        }
    }

    private static TaskId IdIn(OutgoingEvent @event) =>
        TaskId.Parse(System.Text.Json.JsonElement.Parse(@event.Body).GetProperty("taskId").GetString()!);
}
