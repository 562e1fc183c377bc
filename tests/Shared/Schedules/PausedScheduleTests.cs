using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Schedules;
using TasksBus.Storage;
using TasksBus.Tests.Storage;
using Xunit;

namespace TasksBus.Tests.Schedules;

/// <summary>Schedules that a caller pauses, resumes or deletes, or that the server pauses itself, over either store.</summary>
public abstract class PausedScheduleTests : ScheduleTest
{
    private protected PausedScheduleTests(StoredEngine engine)
        : base(engine)
    {
    }

    [Fact]
    public async Task A_paused_schedule_makes_nothing_and_goes_on_with_its_next_tick()
    {
        var schedule = await CreateAsync(Hourly with { CatchUp = CatchUp.All });
        var id = schedule.Row.Id;
        await TickAsync();
        Assert.True(await Book.PauseAsync(id));
        Assert.True(await Book.PauseAsync(id));
        var paused = Assert.Single((await FindAsync($"id={id}")).Page);
        Assert.Equal((true, (long?)null), (paused.Row.IsPaused, paused.NextAt));
        await Engine.AdvanceAsync(TimeSpan.FromHours(3) + TimeSpan.FromMinutes(1));
        await TickAsync();
        Assert.Single(await TasksAsync());

        Assert.True(await Book.ResumeAsync(id));
        await TickAsync();
        var resumed = Assert.Single((await FindAsync($"id={id}")).Page);
        Assert.False(resumed.Row.IsPaused);
        // The stored times were moved, or the clock was. Either way the next tick lies on the old grid.
        Assert.Equal(0, (resumed.NextAt - resumed.Row.StartAt) % Microseconds.Of(TimeSpan.FromHours(1)));
        Assert.True(await Book.ResumeAsync(id));
        Assert.Equal(resumed.NextAt, Assert.Single((await FindAsync($"id={id}")).Page).NextAt);
        Assert.Single(await TasksAsync());
        await HourAsync();
        Assert.Equal(2, (await TasksAsync()).Count);
    }

    [Fact]
    public async Task A_deleted_schedule_leaves_its_tasks_and_is_gone()
    {
        var id = (await CreateAsync(Hourly)).Row.Id;
        await TickAsync();

        Assert.True(await Book.DeleteAsync(id));
        Assert.False(await Book.DeleteAsync(id));
        Assert.False(await Book.PauseAsync(id));
        Assert.False(await Book.ResumeAsync(id));
        await HourAsync();
        Assert.Single(await TasksAsync());
        Assert.Equal(0, (await FindAsync("")).Total);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_schedule_that_is_paused_or_deleted_while_its_tick_is_committed_makes_nothing(bool isDeleted)
    {
        var epoch = await Engine.EpochAsync();
        var id = (await CreateAsync(Hourly)).Row.Id;
        var release = Engine.Faulty.HoldNextCommit();
        var ticking = Ticks.MakeDueAsync(epoch, default);
        var go = await release.EndsAsync();
        Assert.True(await (isDeleted ? Book.DeleteAsync(id) : Book.PauseAsync(id)));
        go();

        // Nobody else leads, so the leader only has to look again.
        Assert.Equal(TimeSpan.Zero, await ticking.EndsAsync());
        Assert.Empty(await TasksAsync());
        await TickAsync();
        Assert.Empty(await TasksAsync());
    }

    [Theory]
    [InlineData("0 0 * * *", "Mars/Olympus", "'Mars/Olympus'")]
    [InlineData("0 0 * * *", "Europe", "'Europe'")]
    [InlineData("99 0 * * *", "UTC", "Minutes")]
    public async Task A_schedule_that_cannot_be_computed_is_paused_with_its_reason_and_stops_no_other(
        string cron, string zone, string reason)
    {
        // A server that knows more time zones accepted it.
        StoredSchedule row = new()
        {
            Id = TaskId.New(),
            Cron = cron,
            TimeZone = zone,
            FunctionName = "bad",
            CatchUp = CatchUp.All,
            Overlap = Overlap.Allow,
            NextAt = 1,
            StartAt = 1,
            CreatedAt = 1,
            UpdatedAt = 1,
        };
        await new ScheduleStore(Engine.Model).AddAsync(row);
        await CreateAsync(Hourly);
        var id = row.Id;
        Assert.Null(Assert.Single((await FindAsync($"id={id}")).Page).NextAt);

        await TickAsync();

        Assert.Equal((1, 0), (await CountAsync("greet"), await CountAsync("bad")));
        var paused = Assert.Single((await FindAsync("paused=true&like(pauseReason,computed)")).Page);
        Assert.Equal((row.Id, true, (long?)null, 1L), (paused.Row.Id, paused.Row.IsPaused, paused.NextAt, paused.Row.Version));
        Assert.Contains(reason, paused.Row.PauseReason, StringComparison.Ordinal);
        Assert.True(paused.Row.UpdatedAt > 1);
        var refused = await Assert.ThrowsAsync<CommandRefusedException>(() => Book.ResumeAsync(id));
        Assert.Equal(ErrorCode.IllegalState, refused.Refusal.Code);
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
        Assert.True(await Book.PauseAsync(id));
        Assert.True(await Book.DeleteAsync(id));
    }

    [Fact]
    public async Task A_schedule_that_the_server_paused_goes_on_once_it_can_be_computed()
    {
        var schedule = await CreateAsync(Hourly);
        Assert.True(await new ScheduleStore(Engine.Model)
            .PauseAsync(schedule.Row, isPaused: true, null, 1, "Its ticks cannot be computed: here."));
        Assert.True(await Book.ResumeAsync(schedule.Row.Id));

        var row = await RowAsync(schedule);
        Assert.Equal((false, null), (row.IsPaused, row.PauseReason));
        Assert.NotNull(row.NextAt);
    }
}
