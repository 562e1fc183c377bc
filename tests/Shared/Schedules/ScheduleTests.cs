using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Lifecycle;
using TasksBus.Query;
using TasksBus.Schedules;
using TasksBus.Storage;
using TasksBus.Tests.Functions;
using TasksBus.Tests.Storage;
using Xunit;

namespace TasksBus.Tests.Schedules;

/// <summary>Schedules over either store, with a leader that ticks when it is told.</summary>
public abstract class ScheduleTests : IAsyncLifetime
{
    /// <summary>Where what is stored is moved instead of the clock, a tick must not come to where one was before: it would have the same id.</summary>
    private static readonly TimeSpan s_more = TimeSpan.FromMilliseconds(1);

    private static readonly NewSchedule s_hourly = new(new ScheduleTask { FunctionName = "greet" }) { Interval = 3_600 };

    private readonly StoredEngine _engine;
    private readonly TasksBusOptions _options = new();
    private ScheduleBook _book = null!;
    private Ticks _ticks = null!;

    private protected ScheduleTests(StoredEngine engine) => _engine = engine;

    public async Task InitializeAsync()
    {
        await _engine.StartAsync();
        await _engine.Store.RefreshFunctionsAsync(default);
        _ticks = TicksOver(_engine.Faulty, _engine.Transitions);
        _book = new(new ScheduleStore(_engine.Model), _engine.Store, IntakeOver(_engine.Faulty, _engine.Transitions), Options.Create(_options), new());
    }

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    [Fact]
    public async Task Each_tick_makes_one_task_at_its_time_with_the_content_of_the_schedule()
    {
        const string Data = """{"large":12345678901234567890123,"Key":1,"key":"ü"}""";
        const string Application = "507f1f77bcf86cd799439011", User = "507f191e810c19729de860ea";
        var schedule = await _book.CreateAsync(new(new ScheduleTask
        {
            FunctionName = "greet",
            Data = JsonElement.Parse(Data),
            Priority = -7,
            Tags = ["a", "ü"],
        })
        { Interval = 3_600 }, Application, User);

        await TickAsync();
        await TickAsync();
        var first = Assert.Single(await TasksAsync());
        Assert.Equal(("greet", Data, -7L, Application), (first.FunctionName, first.Data, first.Priority, first.CreatedByApplicationId));
        Assert.Equal(["a", "ü"], first.Tags);
        Assert.Equal((schedule!.Row.StartAt, TaskStates.New), (Microseconds.Of(first.StartTimestamp!.Value), first.Status));
        Assert.Equal(["TaskScheduled"], await _engine.EventsAsync(first.Id));

        await _engine.AdvanceAsync(TimeSpan.FromHours(1) - TimeSpan.FromSeconds(30));
        await TickAsync();
        Assert.Single(await TasksAsync());
        await _engine.AdvanceAsync(TimeSpan.FromSeconds(30) + s_more);
        await TickAsync();
        Assert.Equal(2, (await TasksAsync()).Count);
        var row = await RowAsync(schedule);
        Assert.Equal((row.StartAt + Microseconds.Of(TimeSpan.FromHours(2)), 2L), (row.NextAt, row.Version));
        Assert.Equal((await TasksAsync())[^1].Id, row.LastTaskId);
    }

    [Theory]
    [InlineData(CatchUp.Skip, 0)]
    [InlineData(CatchUp.One, 1)]
    [InlineData(CatchUp.All, 40)]
    public async Task Forty_missed_intervals_are_caught_up_with_by_the_policy(string policy, int expected)
    {
        var schedule = await CreateAsync(s_hourly with { CatchUp = policy });
        await TickAsync();
        await _engine.AdvanceAsync(TimeSpan.FromHours(40) + TimeSpan.FromMinutes(1));
        await TickAsync();

        var tasks = await TasksAsync();
        Assert.Equal(1 + expected, tasks.Count);
        var row = await RowAsync(schedule);
        Assert.Equal(row.StartAt + Microseconds.Of(TimeSpan.FromHours(41)), row.NextAt);
        // The latest ones: an hour apart, and the last an hour before the next.
        Assert.All(tasks.Skip(1).Select((task, i) => row.NextAt - Microseconds.Of(TimeSpan.FromHours(expected - i)) - Microseconds.Of(task.StartTimestamp!.Value)), static off => Assert.Equal(0, off));
    }

    [Fact]
    public async Task In_the_time_that_a_change_of_leader_takes_no_tick_is_missed()
    {
        await CreateAsync(s_hourly with { Interval = 1 });
        await TickAsync();
        await _engine.AdvanceAsync(TimeSpan.FromSeconds(12) + s_more);
        await TickAsync();

        var starts = (await TasksAsync()).ConvertAll(static task => Microseconds.Of(task.StartTimestamp!.Value));
        Assert.True(starts.Count >= 13, $"{starts.Count} tasks");
        Assert.Equal(starts.Count, starts.Distinct().Count());
    }

    [Fact]
    public async Task A_start_ahead_is_waited_for_and_one_in_1970_runs_once_at_once()
    {
        var ahead = await CreateAsync(Starting(s_hourly, await _engine.NowAsync() + TimeSpan.FromDays(50)));
        var last = await CreateAsync(Starting(s_hourly, new(9999, 12, 31, 23, 59, 59, TimeSpan.Zero)));
        Assert.Equal((ahead.Row.StartAt, last.Row.StartAt), (ahead.NextAt!.Value, last.NextAt!.Value));
        await TickAsync();
        Assert.Empty(await TasksAsync());

        var old = await CreateAsync(Starting(s_hourly, DateTimeOffset.UnixEpoch));
        await TickAsync();
        Assert.Equal(old.NextAt, Microseconds.Of(Assert.Single(await TasksAsync()).StartTimestamp!.Value));
        Assert.Equal(0, old.NextAt % Microseconds.Of(TimeSpan.FromHours(1)));
        var (page, total) = await FindAsync("");
        Assert.Equal((3L, old.NextAt + Microseconds.Of(TimeSpan.FromHours(1))), (total, page.Single(one => one.Row.Id == old.Row.Id).NextAt));
    }

    [Fact]
    public async Task A_cron_expression_ticks_and_one_that_never_comes_is_refused()
    {
        await CreateAsync(s_hourly with { Interval = null, Cron = "* * * * *" });
        await _engine.AdvanceAsync(TimeSpan.FromMinutes(1));
        await TickAsync();

        var start = Assert.Single(await TasksAsync()).StartTimestamp!.Value;
        if (_engine.Instant < TimeSpan.FromMilliseconds(1))
        {
            // The clock of SQLite is moved itself; on PostgreSQL what is stored is moved.
            Assert.Equal((0, 0), (start.Second, start.Microsecond));
        }

        var refusal = await Refused.ByAsync(() => CreateAsync(s_hourly with { Interval = null, Cron = "0 0 30 2 *" }));
        Assert.Equal(ErrorCode.FieldFormat, refusal.Code);
    }

    [Fact]
    public async Task A_tick_is_skipped_while_the_task_before_it_or_its_retry_has_not_ended()
    {
        var worker = await _engine.AddWorkerAsync();
        await CreateAsync(s_hourly with { Overlap = Overlap.Skip });
        var overlapping = await CreateAsync(s_hourly with { Task = new() { FunctionName = "overlapping" } });
        await HourAsync();
        await HourAsync();
        Assert.Equal((1, 2), (await CountAsync("greet"), await CountAsync("overlapping")));

        var first = (await TasksAsync()).Single(static task => task.FunctionName == "greet");
        var claim = Guid.NewGuid();
        await _engine.RaiseAsync(new TaskClaimed(first.Id.ToGuid(), claim, worker, TimeSpan.FromMinutes(5)));
        var successor = TaskId.New();
        await _engine.RaiseAsync(new FunctionFailed(first.Id.ToGuid(), claim, new(TaskErrorTypes.Runtime, "Error", "It broke."), null) { Retry = new(successor.ToString(), TimeSpan.FromSeconds(2)) });
        Assert.Equal(TaskStates.Retried, await _engine.StateAsync(first.Id));
        await HourAsync();
        Assert.Equal(2, await CountAsync("greet"));

        await _engine.RaiseAsync(new CancelTask(successor.ToString()));
        await HourAsync();
        Assert.Equal((3, 4), (await CountAsync("greet"), await CountAsync("overlapping")));
        Assert.NotNull(overlapping);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_tick_is_skipped_also_when_what_began_the_chain_of_retries_is_too_old_to_be_kept(bool afterItIsRead)
    {
        var worker = await _engine.AddWorkerAsync();
        var schedule = await CreateAsync(s_hourly with { Overlap = Overlap.Skip });
        await TickAsync();
        var current = Assert.Single(await TasksAsync()).Id;
        foreach (var _ in Enumerable.Range(0, 2))
        {
            var (claim, successor) = (Guid.NewGuid(), TaskId.New());
            await _engine.RaiseAsync(new TaskClaimed(current.ToGuid(), claim, worker, TimeSpan.FromMinutes(5)));
            await _engine.RaiseAsync(new FunctionFailed(current.ToGuid(), claim, new(TaskErrorTypes.Runtime, "Error", "It broke."), null) { Retry = new(successor.ToString(), TimeSpan.Zero) });
            current = successor;
        }

        await _engine.LetAgeAsync(TimeSpan.FromDays(2) + s_more);
        if (afterItIsRead)
        {
            // The schedule is read, and then the task that it names is removed.
            _engine.Faulty.BeforeLoad = async _ =>
            {
                _engine.Faulty.BeforeLoad = null;
                await RemoveAsync();
            };
        }
        else
        {
            await RemoveAsync();
        }

        await TickAsync();
        Assert.Equal(current, Assert.Single(await TasksAsync()).Id);
        Assert.Equal(current, (await RowAsync(schedule)).LastTaskId);
        await _engine.RaiseAsync(new CancelTask(current.ToString()));
        await HourAsync();
        Assert.Equal(2, (await TasksAsync()).Count);

        async Task RemoveAsync() =>
            Assert.Equal(2, (await _engine.Store.RemoveOldAsync(await _engine.EpochAsync(), Prunable.FinishedTasks, TimeSpan.FromDays(1), 0, 100, default)).Removed);
    }

    [Fact]
    public async Task A_paused_schedule_makes_nothing_and_goes_on_with_its_next_tick()
    {
        var schedule = await CreateAsync(s_hourly with { CatchUp = CatchUp.All });
        var id = schedule.Row.Id;
        await TickAsync();
        Assert.True(await _book.PauseAsync(id));
        Assert.True(await _book.PauseAsync(id));
        var paused = Assert.Single((await FindAsync($"id={id}")).Page);
        Assert.Equal((true, (long?)null), (paused.Row.IsPaused, paused.NextAt));
        await _engine.AdvanceAsync(TimeSpan.FromHours(3) + TimeSpan.FromMinutes(1));
        await TickAsync();
        Assert.Single(await TasksAsync());

        Assert.True(await _book.ResumeAsync(id));
        await TickAsync();
        var resumed = Assert.Single((await FindAsync($"id={id}")).Page);
        Assert.False(resumed.Row.IsPaused);
        // The times were moved with all that is stored, or the clock was: the next tick lies on the old grid.
        Assert.Equal(0, (resumed.NextAt - resumed.Row.StartAt) % Microseconds.Of(TimeSpan.FromHours(1)));
        Assert.True(await _book.ResumeAsync(id));
        Assert.Equal(resumed.NextAt, Assert.Single((await FindAsync($"id={id}")).Page).NextAt);
        Assert.Single(await TasksAsync());
        await HourAsync();
        Assert.Equal(2, (await TasksAsync()).Count);
    }

    [Fact]
    public async Task A_deleted_schedule_leaves_its_tasks_and_is_gone()
    {
        var id = (await CreateAsync(s_hourly)).Row.Id;
        await TickAsync();

        Assert.True(await _book.DeleteAsync(id));
        Assert.False(await _book.DeleteAsync(id));
        Assert.False(await _book.PauseAsync(id));
        Assert.False(await _book.ResumeAsync(id));
        await HourAsync();
        Assert.Single(await TasksAsync());
        Assert.Equal(0, (await FindAsync("")).Total);
    }

    [Fact]
    public async Task The_settings_of_a_managed_function_hold_for_each_tick_as_they_are_then()
    {
        await CreateAsync(s_hourly);
        await _engine.Model.ManageAsync("greet", static function => function.DefaultPriority = 12);
        await TickAsync();
        await _engine.Model.ManageAsync("greet", static function => function.DefaultPriority = 34);
        await HourAsync();

        Assert.Equal([12L, 34L], (await TasksAsync()).Select(static task => task.Priority));
    }

    [Fact]
    public async Task Where_only_registered_functions_run_a_schedule_of_another_is_refused_and_later_its_ticks_are()
    {
        _options.OnlyRegisteredFunctions = true;
        await Assert.ThrowsAsync<CommandRefusedException>(() => CreateAsync(s_hourly));
        await _engine.Model.ManageAsync("greet", static _ => { });
        var schedule = await CreateAsync(s_hourly);
        await TickAsync();
        Assert.Single(await TasksAsync());

        var functions = new FunctionStore(_engine.Model);
        var function = (await functions.FindAsync("greet"))!;
        await functions.BeginAsync(function, FunctionStep.Deleting, TimeSpan.FromMinutes(1));
        await functions.RemoveAsync(function);
        await HourAsync();
        Assert.Single(await TasksAsync());
        Assert.Equal(2, (await RowAsync(schedule)).Version);
    }

    [Fact]
    public async Task A_commit_of_unknown_outcome_makes_one_task_whether_it_arrived_or_not()
    {
        var schedule = await CreateAsync(s_hourly);
        _engine.Faulty.BeforeCommit = Once(static () => throw new CommitOutcomeUnknownException("Cut before it arrived."), () => _engine.Faulty.BeforeCommit = null);
        await TickAsync();
        Assert.Equal((1, 1L), ((await TasksAsync()).Count, (await RowAsync(schedule)).Version));

        await _engine.AdvanceAsync(TimeSpan.FromHours(1) + s_more);
        _engine.Faulty.AfterCommit = Once(static () => throw new CommitOutcomeUnknownException("Cut after it arrived."), () => _engine.Faulty.AfterCommit = null);
        await TickAsync();
        Assert.Equal((2, 2L), ((await TasksAsync()).Count, (await RowAsync(schedule)).Version));
        await TickAsync();
        Assert.Equal(2, (await TasksAsync()).Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_leader_that_dies_around_the_commit_leaves_the_tick_to_the_next_which_makes_one_task(bool arrived)
    {
        var schedule = await CreateAsync(s_hourly);
        Func<IReadOnlyList<TaskChange>, Task> die = static _ => throw new InvalidOperationException("The process is gone.");
        _engine.Faulty.BeforeCommit = arrived ? null : die;
        _engine.Faulty.AfterCommit = arrived ? die : null;
        var leader = Guid.NewGuid();
        await _ticks.MakeDueAsync(await LeadAsync(leader), default);
        Assert.Equal(arrived ? 1 : 0, (await TasksAsync()).Count);

        (_engine.Faulty.BeforeCommit, _engine.Faulty.AfterCommit) = (null, null);
        await TicksOver(_engine.Faulty, _engine.Transitions).MakeDueAsync(await LeadAsync(Guid.NewGuid(), after: leader), default);
        Assert.Equal((1, 1L), ((await TasksAsync()).Count, (await RowAsync(schedule)).Version));
    }

    [Fact]
    public async Task A_leader_of_before_moves_nothing()
    {
        var leader = Guid.NewGuid();
        var before = await LeadAsync(leader);
        var schedule = await CreateAsync(s_hourly);
        var skipping = await CreateAsync(Starting(s_hourly, await _engine.NowAsync() - TimeSpan.FromMinutes(90)) with { CatchUp = CatchUp.Skip });
        await _engine.AdvanceAsync(TimeSpan.FromMinutes(45));
        await LeadAsync(Guid.NewGuid(), after: leader);

        await Assert.ThrowsAsync<LeadershipLostException>(() => _ticks.MakeDueAsync(before, default));

        Assert.Empty(await TasksAsync());
        Assert.Equal((0L, 0L), ((await RowAsync(schedule)).Version, (await RowAsync(skipping)).Version));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_schedule_that_is_paused_or_deleted_while_its_tick_is_committed_makes_nothing(bool isDeleted)
    {
        var epoch = await _engine.EpochAsync();
        var id = (await CreateAsync(s_hourly)).Row.Id;
        var release = _engine.Faulty.HoldNextCommit();
        var ticking = _ticks.MakeDueAsync(epoch, default);
        var go = await release.EndsAsync();
        Assert.True(await (isDeleted ? _book.DeleteAsync(id) : _book.PauseAsync(id)));
        go();

        // Nobody else leads, so nothing but another look is called for.
        Assert.Equal(TimeSpan.Zero, await ticking.EndsAsync());
        Assert.Empty(await TasksAsync());
        await TickAsync();
        Assert.Empty(await TasksAsync());
    }

    [Fact]
    public async Task A_schedule_that_fails_is_set_aside_and_holds_up_no_other()
    {
        var bad = await CreateAsync(s_hourly with { Task = new() { FunctionName = "bad" } });
        await CreateAsync(s_hourly);
        _engine.Faulty.BeforeCommit = static changes => changes.Any(static change => change.Task.FunctionName == "bad") ? throw new InvalidOperationException("Broken.") : Task.CompletedTask;

        var wait = await TickAsync();

        Assert.InRange(wait!.Value, TimeSpan.FromTicks(1), TimeSpan.FromSeconds(10));
        Assert.Equal((1, 0), (await CountAsync("greet"), await CountAsync("bad")));
        Assert.Equal(0, (await RowAsync(bad)).Version);
        _engine.Faulty.BeforeCommit = null;
        await TicksOver(_engine.Faulty, _engine.Transitions).MakeDueAsync(await _engine.EpochAsync(), default);
        Assert.Equal(1, await CountAsync("bad"));
    }

    [Theory]
    [InlineData("0 0 * * *", "Mars/Olympus", "'Mars/Olympus'")]
    [InlineData("0 0 * * *", "Europe", "'Europe'")]
    [InlineData("99 0 * * *", "UTC", "Minutes")]
    public async Task A_schedule_that_cannot_be_computed_is_paused_with_its_reason_and_stops_no_other(string cron, string zone, string reason)
    {
        // As a server with more zones took it in.
        StoredSchedule row = new() { Id = TaskId.New(), Cron = cron, TimeZone = zone, FunctionName = "bad", CatchUp = CatchUp.All, Overlap = Overlap.Allow, NextAt = 1, StartAt = 1, CreatedAt = 1, UpdatedAt = 1 };
        await new ScheduleStore(_engine.Model).AddAsync(row);
        await CreateAsync(s_hourly);
        var id = row.Id;
        Assert.Null(Assert.Single((await FindAsync($"id={id}")).Page).NextAt);

        await TickAsync();

        Assert.Equal((1, 0), (await CountAsync("greet"), await CountAsync("bad")));
        var paused = Assert.Single((await FindAsync("paused=true&like(pauseReason,computed)")).Page);
        Assert.Equal((row.Id, true, (long?)null, 1L), (paused.Row.Id, paused.Row.IsPaused, paused.NextAt, paused.Row.Version));
        Assert.Contains(reason, paused.Row.PauseReason, StringComparison.Ordinal);
        Assert.True(paused.Row.UpdatedAt > 1);
        var refused = await Assert.ThrowsAsync<CommandRefusedException>(() => _book.ResumeAsync(id));
        Assert.Equal(ErrorCode.IllegalState, refused.Refusal.Code);
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
        Assert.True(await _book.PauseAsync(id));
        Assert.True(await _book.DeleteAsync(id));
    }

    [Fact]
    public async Task A_schedule_that_the_server_paused_goes_on_once_it_can_be_computed()
    {
        var schedule = await CreateAsync(s_hourly);
        Assert.True(await new ScheduleStore(_engine.Model).PauseAsync(schedule.Row, isPaused: true, null, 1, "Its ticks cannot be computed: here."));
        Assert.True(await _book.ResumeAsync(schedule.Row.Id));

        var row = await RowAsync(schedule);
        Assert.Equal((false, null), (row.IsPaused, row.PauseReason));
        Assert.NotNull(row.NextAt);
    }

    [Fact]
    public async Task An_id_that_somebody_took_stays_his_and_the_schedule_goes_on()
    {
        var schedule = await CreateAsync(s_hourly);
        await _engine.ScheduleAsync(new() { FunctionName = "mine" }, TickId.Of(schedule.Row.Id, schedule.NextAt!.Value));

        await TickAsync();

        Assert.Equal("mine", Assert.Single(await TasksAsync()).FunctionName);
        Assert.Equal(1, (await RowAsync(schedule)).Version);
    }

    [Fact]
    public async Task Between_ticks_the_time_to_the_next_is_known()
    {
        Assert.Null(await TickAsync());
        await CreateAsync(Starting(s_hourly, await _engine.NowAsync() + TimeSpan.FromHours(2)));
        var wait = await TickAsync();
        Assert.InRange(wait!.Value, TimeSpan.FromHours(1.9), TimeSpan.FromHours(2));
        await CreateAsync(s_hourly);
        Assert.InRange((await TickAsync())!.Value, TimeSpan.FromHours(0.9), TimeSpan.FromHours(1));
    }

    private static NewSchedule Starting(NewSchedule schedule, DateTimeOffset start) => schedule with { Task = schedule.Task with { StartTimestamp = start } };

    private static Func<IReadOnlyList<TaskChange>, Task> Once(Action fail, Action first) => _ =>
    {
        first();
        fail();
        return Task.CompletedTask;
    };

    private TaskIntake IntakeOver(ICommitStore store, TaskTransitions transitions) => new(transitions, store, store, Options.Create(_options), NullLogger<TaskIntake>.Instance);

    private Ticks TicksOver(ICommitStore store, TaskTransitions transitions) => new(_engine.Store, store, new ScheduleStore(_engine.Model), IntakeOver(store, transitions), TimeProvider.System, NullLogger<Ticks>.Instance);

    private Task<Schedule> CreateAsync(NewSchedule wanted) => _book.CreateAsync(wanted, null, null);

    /// <summary>Makes rounds until nothing is due, as the leader does.</summary>
    private async Task<TimeSpan?> TickAsync()
    {
        var epoch = await _engine.EpochAsync();
        while (true)
        {
            try
            {
                if (await _ticks.MakeDueAsync(epoch, default) is var wait && wait != TimeSpan.Zero)
                {
                    return wait;
                }
            }
            catch (LeadershipLostException)
            {
                // The store says who leads: it is this one.
            }
        }
    }

    private async Task HourAsync()
    {
        await _engine.AdvanceAsync(TimeSpan.FromHours(1) + s_more);
        await TickAsync();
    }

    private async Task<long> LeadAsync(Guid leader, Guid? after = null)
    {
        await (after is { } before ? _engine.Store.ResignAsync(before, default) : Task.CompletedTask);
        return (await _engine.Store.LeadAsync(leader, TimeSpan.FromHours(1), default))!.Epoch;
    }

    private async Task<(IReadOnlyList<Schedule> Page, long? Total)> FindAsync(string rql)
    {
        var (query, error) = RqlQuery.Parse(rql, ScheduleProperties.Schema);
        Assert.Null(error);
        var (page, total, _) = await _book.FindAsync(query, default);
        return (page, total);
    }

    /// <summary>Every task, in the order of their creation.</summary>
    private async Task<List<TaskRecord>> TasksAsync() => [.. (await _engine.Store.FindAsync(RqlQuery.Everything with { Limit = 1_000 }, default)).Tasks.Reverse()];

    private async Task<int> CountAsync(string function) => (await TasksAsync()).Count(task => task.FunctionName == function);

    private async Task<StoredSchedule> RowAsync(Schedule schedule) => (await new ScheduleStore(_engine.Model).FindAsync(schedule.Row.Id))!;
}
