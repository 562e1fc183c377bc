using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using TasksBus.Tests.Storage;
using TasksBus.Triggers;
using Xunit;

namespace TasksBus.Tests.Triggers;

/// <summary>Events and the tasks that they trigger, over either store.</summary>
public abstract class RaisedEventTests : TriggerTest
{
    private protected RaisedEventTests(StoredEngine engine)
        : base(engine)
    {
    }

    [Fact]
    public async Task An_event_schedules_a_task_for_each_action_of_each_trigger_of_its_type_with_the_event_in_its_data()
    {
        await CreateAsync("paid", Action("mail", """{"to":"Ü","event":1,"n":12345678901234567890123}""", priority: 7), Action("count"));
        await CreateAsync("paid", Action("ship", "{}"));
        await CreateAsync("returned", Action("never"));

        var raised = await RaiseAsync("paid", """{"order":17,"KEY":1.10}""");

        var tasks = await TasksAsync();
        Assert.Equal(["count", "mail", "ship"], tasks.Select(static task => task.FunctionName).Order());
        var @event = $$"""
            {"id":"{{raised.Id}}","type":"paid","content":{"order":17,"KEY":1.10},"creation_timestamp":{{raised.CreatedAt / 1_000}}}
            """;
        var mail = tasks.Single(static task => task.FunctionName == "mail");
        Assert.Equal($$"""{"to":"Ü","n":12345678901234567890123,"event":{{@event}}}""", mail.Data);
        Assert.Equal((7L, 1), (mail.Priority, mail.Depth));
        Assert.All(tasks.Where(task => task != mail), task => Assert.Equal($$"""{"event":{{@event}}}""", task.Data));
        Assert.All(tasks, static task => Assert.Equal(TaskStates.New, task.Status));
        Assert.All(tasks, task => Assert.Equal(((TaskId?)raised.Id, (TaskId?)null), (task.EventId, task.ScheduleId)));
        Assert.Equal(raised, Assert.Single(await FindAsync("eq(type,paid)")));
        Assert.Equal((3, 0), (raised.TaskCount, raised.Depth));
    }

    [Fact]
    public async Task The_same_event_ten_times_at_once_schedules_once_and_its_first_content_stays()
    {
        await CreateAsync("paid", Action("ship"), Action("mail"));
        var id = TaskId.New();

        var all = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => RaiseAsync("paid", """{"n":1}""", id)));
        var later = await RaiseAsync("paid", """{"n":2}""", id);

        Assert.Equal(2, (await TasksAsync()).Count);
        Assert.All(all.Append(later), each => Assert.Equal("""{"n":1}""", each.Content));
        Assert.Single(await FindAsync(""));
        Assert.Equal([121], Logged);
    }

    [Fact]
    public async Task An_event_that_was_stored_without_triggers_schedules_nothing_when_it_comes_again()
    {
        var id = TaskId.New();
        Assert.Equal(0, (await RaiseAsync("paid", id: id)).TaskCount);
        await CreateAsync("paid", Action("ship"));

        await RaiseAsync("paid", id: id);

        Assert.Empty(await TasksAsync());
        Assert.Equal(id, Assert.Single(await FindAsync("")).Id);
    }

    [Fact]
    public async Task An_event_that_comes_again_after_its_triggers_changed_schedules_nothing_more()
    {
        var trigger = await CreateAsync("paid", Action("ship"));
        var id = TaskId.New();
        await RaiseAsync("paid", id: id);
        await Book.AddActionAsync(trigger.Id, Action("mail"));

        await RaiseAsync("paid", id: id);

        Assert.Equal("ship", (await OnlyTaskAsync()).FunctionName);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_event_whose_commit_is_unknown_is_stored_once_with_all_of_its_tasks(bool committed)
    {
        await CreateAsync("paid", Action("ship"), Action("mail"), Action("count"));
        await RaiseAsync("other");
        var isLost = false;
        Task Lose(IReadOnlyList<TaskChange> changes)
        {
            if (isLost)
            {
                return Task.CompletedTask;
            }

            isLost = true;
            throw new CommitOutcomeUnknownException("Not confirmed.");
        }

        Engine.Faulty.BeforeCommit = committed ? null : Lose;
        Engine.Faulty.AfterCommit = committed ? Lose : null;

        var raised = await RaiseAsync("paid");

        Assert.True(isLost);
        Assert.Equal(3, (await TasksAsync()).Count);
        Assert.Equal(raised, Assert.Single(await FindAsync("eq(type,paid)")));
    }

    [Fact]
    public async Task When_the_database_goes_away_neither_the_event_nor_a_task_is_stored_and_it_can_be_raised_again()
    {
        await CreateAsync("paid", Action("ship"), Action("mail"));
        await RaiseAsync("other");
        var id = TaskId.New();
        Engine.Faulty.BeforeCommit = _ => throw new StoreUnavailableException("It is away.");

        await Assert.ThrowsAsync<StoreUnavailableException>(() => RaiseAsync("paid", id: id));
        Assert.Empty(await TasksAsync());
        Assert.Empty(await FindAsync("eq(type,paid)"));

        Engine.Faulty.BeforeCommit = null;
        await RaiseAsync("paid", id: id);
        Assert.Equal(2, (await TasksAsync()).Count);
    }

    [Fact]
    public async Task A_trigger_that_is_deleted_while_its_event_is_under_way_schedules_nothing()
    {
        var trigger = await CreateAsync("paid", Action("ship"));
        await CreateAsync("paid", Action("mail"));
        await RaiseAsync("other");
        Engine.Faulty.BeforeCommit = async _ =>
        {
            Engine.Faulty.BeforeCommit = null;
            Assert.True(await Book.DeleteAsync(trigger.Id));
        };

        var raised = await RaiseAsync("paid");

        Assert.Equal(("mail", 1), ((await OnlyTaskAsync()).FunctionName, raised.TaskCount));
    }

    [Fact]
    public async Task A_delay_counts_from_the_event_and_a_start_time_stays_as_it_is()
    {
        var start = new DateTimeOffset(2090, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);
        var timed = new NewAction(new ScheduleTask { FunctionName = "timed", StartTimestamp = start, Tags = ["a", "b"] });
        await CreateAsync("paid", Action("later", delay: 3_600), timed, Action("now"));

        var raised = await RaiseAsync("paid");

        var tasks = (await TasksAsync()).ToDictionary(static task => task.FunctionName);
        Assert.Equal(raised.CreatedAt + 3_600_000_000, Microseconds.Of(tasks["later"].StartTimestamp!.Value));
        Assert.Equal(start, tasks["timed"].StartTimestamp);
        Assert.Equal(["a", "b"], tasks["timed"].Tags);
        Assert.Equal(tasks["now"].CreationTimestamp, tasks["now"].StartTimestamp);
    }

    [Fact]
    public async Task Triggers_that_trigger_themselves_end_after_ten_and_the_log_says_so()
    {
        await CreateAsync("loop", Action("loop"));
        var raised = await RaiseAsync("loop");
        while (raised.TaskCount > 0)
        {
            var last = (await TasksAsync())[^1];
            Assert.Equal(raised.Depth + 1, last.Depth);
            raised = await RaiseAsync("loop", by: last.Id);
        }

        Assert.Equal((10, 10), (raised.Depth, (await TasksAsync()).Count));
        Assert.Equal([123], Logged);
        Assert.Equal(11, (await FindAsync("")).Count);
    }

    [Fact]
    public async Task The_depth_passes_to_a_retry_and_to_a_rerun()
    {
        await CreateAsync("paid", Action("ship"));
        await RaiseAsync("paid");
        var (task, worker, claim, successor) = (await OnlyTaskAsync(), await Engine.AddWorkerAsync(), Guid.NewGuid(), TaskId.New());
        await Engine.RaiseAsync(new TaskClaimed(task.Id.ToGuid(), claim, worker, TimeSpan.FromMinutes(1)));
        await Engine.RaiseAsync(new FunctionFailed(
            task.Id.ToGuid(), claim, new("runtime", "Broken", "It broke."), null, new(successor.ToString(), TimeSpan.Zero)));
        await Engine.ScheduleAsync((await Engine.FindAsync(task.Id))!.Again());

        Assert.Equal([1, 1, 1], (await TasksAsync()).Select(static each => each.Depth));
        Assert.Equal(1, (await RaiseAsync("other", by: successor)).Depth);
    }

    [Fact]
    public async Task An_event_of_a_task_that_nobody_knows_is_refused()
    {
        var refused = await Assert.ThrowsAsync<CommandRefusedException>(() => RaiseAsync("paid", by: TaskId.New()));

        Assert.Equal(ErrorCode.ResourceUnknown, refused.Refusal.Code);
        Assert.Empty(await FindAsync(""));
    }

    [Fact]
    public async Task An_action_whose_function_may_not_run_any_more_is_left_out_and_the_others_are_scheduled()
    {
        await Functions.ManagedRows.ManageAsync(Engine.Model, "kept", static _ => { });
        await CreateAsync("paid", Action("gone"), Action("kept"));
        Settings.OnlyRegisteredFunctions = true;

        var raised = await RaiseAsync("paid");

        Assert.Equal(("kept", 1), ((await OnlyTaskAsync()).FunctionName, raised.TaskCount));
        Assert.Contains(122, Logged);
    }

    [Fact]
    public async Task An_event_whose_tasks_would_be_too_large_together_is_refused()
    {
        var data = $$"""{"text":"{{new string('x', 900_000)}}"}""";
        for (var i = 0; i < 10; i++)
        {
            await CreateAsync("paid", [.. Enumerable.Repeat(Action("ship", data), 4)]);
        }

        var refused = await Assert.ThrowsAsync<CommandRefusedException>(() => RaiseAsync("paid"));

        Assert.Equal(ErrorCode.DataTooLarge, refused.Refusal.Code);
        Assert.Empty(await TasksAsync());
        Assert.Empty(await FindAsync(""));
    }

    [Fact]
    public async Task A_thousand_actions_are_one_event()
    {
        for (var i = 0; i < 10; i++)
        {
            await CreateAsync("paid", [.. Enumerable.Repeat(Action("ship"), 100)]);
        }

        Assert.Equal(1_000, (await RaiseAsync("paid", """{"n":1}""")).TaskCount);

        Assert.Equal(1_000, (await TasksAsync()).Count);
    }

    [Fact]
    public async Task A_transition_schedules_its_task_actions_with_schema_and_document_in_the_data()
    {
        await CreateAsync(EventRules.DocumentTransitioned, Action("audit"));
        var transition = NewEvent.Of(new DocumentTransitioned
        {
            SchemaId = "orders",
            DocumentId = "5",
            Transition = "pay",
            Actions =
            [
                new() { Type = "set" },
                new()
                {
                    FunctionName = "ship",
                    Priority = 3,
                    Data = System.Text.Json.JsonElement.Parse("""{"a":1,"documentId":"x"}"""),
                },
            ],
            AfterActions = [new() { Type = "task", FunctionName = "mail", Delay = 60 }],
        });
        var id = TaskId.New();

        var raised = await Intake.RaiseAsync(id, transition);
        await Intake.RaiseAsync(id, transition);

        var tasks = (await TasksAsync()).ToDictionary(static task => task.FunctionName);
        Assert.Equal(["audit", "mail", "ship"], tasks.Keys.Order());
        Assert.Equal(("""{"a":1,"schemaId":"orders","documentId":"5"}""", 3L), (tasks["ship"].Data, tasks["ship"].Priority));
        Assert.Equal("""{"schemaId":"orders","documentId":"5"}""", tasks["mail"].Data);
        Assert.Equal(raised.CreatedAt + 60_000_000, Microseconds.Of(tasks["mail"].StartTimestamp!.Value));
        Assert.Contains("\"transition\":\"pay\"", tasks["audit"].Data, StringComparison.Ordinal);
        Assert.Equal(EventRules.DocumentTransitioned, Assert.Single(await FindAsync("eq(content.schemaId,orders)")).Type);
        Assert.Equal([], Logged);
    }

    [Fact]
    public async Task Old_events_are_removed_and_their_tasks_stay_and_the_same_event_again_makes_no_second_task()
    {
        await CreateAsync("paid", Action("ship"), Action("mail"));
        var (id, epoch) = (TaskId.New(), await Engine.EpochAsync());
        await RaiseAsync("paid", id: id);

        Assert.Equal(0, (await Engine.Store.RemoveOldAsync(
            epoch, Prunable.RaisedEvents, TimeSpan.FromDays(1), 0, 10, default)).Removed);
        Assert.Equal(1, (await Engine.Store.RemoveOldAsync(
            epoch, Prunable.RaisedEvents, TimeSpan.FromDays(-1), 0, 10, default)).Removed);

        Assert.Empty(await FindAsync(""));
        await RaiseAsync("paid", id: id);
        Assert.Equal(2, (await TasksAsync()).Count);
    }
}
