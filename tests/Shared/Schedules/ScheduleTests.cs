using System.Text.Json;
using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Lifecycle;
using TasksBus.Schedules;
using TasksBus.Storage;
using TasksBus.Tests.Functions;
using TasksBus.Tests.Storage;
using Xunit;

namespace TasksBus.Tests.Schedules;

/// <summary>When schedules tick and what their ticks make, over either store.</summary>
public abstract class ScheduleTests : ScheduleTest
{
    private protected ScheduleTests(StoredEngine engine)
        : base(engine)
    {
    }

    [Fact]
    public async Task Each_tick_makes_one_task_at_its_time_with_the_content_of_the_schedule()
    {
        const string Data = """{"large":12345678901234567890123,"Key":1,"key":"ü"}""";
        const string Application = "507f1f77bcf86cd799439011", User = "507f191e810c19729de860ea";
        var schedule = await Book.CreateAsync(new(new ScheduleTask
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
        Assert.Equal((schedule.Row.StartAt, TaskStates.New), (Microseconds.Of(first.StartTimestamp!.Value), first.Status));
        Assert.Equal(((TaskId?)schedule.Row.Id, (TaskId?)null), (first.ScheduleId, first.EventId));
        Assert.Equal(["TaskScheduled"], await Engine.EventsAsync(first.Id));

        await Engine.AdvanceAsync(TimeSpan.FromHours(1) - TimeSpan.FromSeconds(30));
        await TickAsync();
        Assert.Single(await TasksAsync());
        await Engine.AdvanceAsync(TimeSpan.FromSeconds(30) + More);
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
        var schedule = await CreateAsync(Hourly with { CatchUp = policy });
        await TickAsync();
        await Engine.AdvanceAsync(TimeSpan.FromHours(40) + TimeSpan.FromMinutes(1));
        await TickAsync();

        var tasks = await TasksAsync();
        Assert.Equal(1 + expected, tasks.Count);
        var row = await RowAsync(schedule);
        Assert.Equal(row.StartAt + Microseconds.Of(TimeSpan.FromHours(41)), row.NextAt);
        // These are the latest ones: an hour apart, the last of them an hour before the next tick.
        Assert.All(
            tasks.Skip(1).Select(
                (task, i) => row.NextAt - Microseconds.Of(TimeSpan.FromHours(expected - i)) - Microseconds.Of(task.StartTimestamp!.Value)),
            static off => Assert.Equal(0, off));
    }

    [Fact]
    public async Task In_the_time_that_a_change_of_leader_takes_no_tick_is_missed()
    {
        await CreateAsync(Hourly with { Interval = 1 });
        await TickAsync();
        await Engine.AdvanceAsync(TimeSpan.FromSeconds(12) + More);
        await TickAsync();

        var starts = (await TasksAsync()).ConvertAll(static task => Microseconds.Of(task.StartTimestamp!.Value));
        Assert.True(starts.Count >= 13, $"{starts.Count} tasks");
        Assert.Equal(starts.Count, starts.Distinct().Count());
    }

    [Fact]
    public async Task A_start_ahead_is_waited_for_and_one_in_1970_runs_once_at_once()
    {
        var ahead = await CreateAsync(Starting(Hourly, await Engine.NowAsync() + TimeSpan.FromDays(50)));
        var last = await CreateAsync(Starting(Hourly, new(9999, 12, 31, 23, 59, 59, TimeSpan.Zero)));
        Assert.Equal((ahead.Row.StartAt, last.Row.StartAt), (ahead.NextAt!.Value, last.NextAt!.Value));
        await TickAsync();
        Assert.Empty(await TasksAsync());

        var old = await CreateAsync(Starting(Hourly, DateTimeOffset.UnixEpoch));
        await TickAsync();
        Assert.Equal(old.NextAt, Microseconds.Of(Assert.Single(await TasksAsync()).StartTimestamp!.Value));
        Assert.Equal(0, old.NextAt % Microseconds.Of(TimeSpan.FromHours(1)));
        var (page, total) = await FindAsync("");
        Assert.Equal(
            (3L, old.NextAt + Microseconds.Of(TimeSpan.FromHours(1))), (total, page.Single(one => one.Row.Id == old.Row.Id).NextAt));
    }

    [Fact]
    public async Task A_cron_expression_ticks_and_one_that_never_comes_is_refused()
    {
        await CreateAsync(Hourly with { Interval = null, Cron = "* * * * *" });
        await Engine.AdvanceAsync(TimeSpan.FromMinutes(1));
        await TickAsync();

        var start = Assert.Single(await TasksAsync()).StartTimestamp!.Value;
        if (Engine.Instant < TimeSpan.FromMilliseconds(1))
        {
            // On SQLite the clock is moved; on PostgreSQL the stored times are.
            Assert.Equal((0, 0), (start.Second, start.Microsecond));
        }

        var refusal = await Refusals.ByAsync(() => CreateAsync(Hourly with { Interval = null, Cron = "0 0 30 2 *" }));
        Assert.Equal(ErrorCode.FieldFormat, refusal.Code);
    }

    [Fact]
    public async Task The_settings_of_a_managed_function_hold_for_each_tick_as_they_are_then()
    {
        await CreateAsync(Hourly);
        await Engine.Model.ManageAsync("greet", static function => function.DefaultPriority = 12);
        await TickAsync();
        await Engine.Model.ManageAsync("greet", static function => function.DefaultPriority = 34);
        await HourAsync();

        Assert.Equal([12L, 34L], (await TasksAsync()).Select(static task => task.Priority));
    }

    [Fact]
    public async Task Where_only_registered_functions_run_a_schedule_of_another_is_refused_and_later_its_ticks_are()
    {
        Settings.OnlyRegisteredFunctions = true;
        await Assert.ThrowsAsync<CommandRefusedException>(() => CreateAsync(Hourly));
        await Engine.Model.ManageAsync("greet", static _ => { });
        var schedule = await CreateAsync(Hourly);
        await TickAsync();
        Assert.Single(await TasksAsync());

        var functions = new FunctionStore(Engine.Model);
        var function = (await functions.FindAsync("greet"))!;
        await functions.BeginAsync(function, FunctionStep.Deleting, TimeSpan.FromMinutes(1));
        await functions.RemoveAsync(function);
        await HourAsync();
        Assert.Single(await TasksAsync());
        Assert.Equal(2, (await RowAsync(schedule)).Version);
    }

    [Fact]
    public async Task An_id_that_somebody_took_stays_his_and_the_schedule_goes_on()
    {
        var schedule = await CreateAsync(Hourly);
        await Engine.ScheduleAsync(new() { FunctionName = "mine" }, TickId.Of(schedule.Row.Id, schedule.NextAt!.Value));

        await TickAsync();

        Assert.Equal("mine", Assert.Single(await TasksAsync()).FunctionName);
        Assert.Equal(1, (await RowAsync(schedule)).Version);
    }

    [Fact]
    public async Task Between_ticks_the_time_to_the_next_is_known()
    {
        Assert.Null(await TickAsync());
        await CreateAsync(Starting(Hourly, await Engine.NowAsync() + TimeSpan.FromHours(2)));
        var wait = await TickAsync();
        Assert.InRange(wait!.Value, TimeSpan.FromHours(1.9), TimeSpan.FromHours(2));
        await CreateAsync(Hourly);
        Assert.InRange((await TickAsync())!.Value, TimeSpan.FromHours(0.9), TimeSpan.FromHours(1));
    }
}
