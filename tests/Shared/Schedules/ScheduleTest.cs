using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Lifecycle;
using TasksBus.Query;
using TasksBus.Schedules;
using TasksBus.Storage;
using TasksBus.Tests.Storage;
using Xunit;

namespace TasksBus.Tests.Schedules;

/// <summary>A test of schedules over either store, with a leader that ticks when it is told.</summary>
public abstract class ScheduleTest : IAsyncLifetime
{
    private protected ScheduleTest(StoredEngine engine) => Engine = engine;

    /// <summary>
    /// On PostgreSQL a test moves the stored times instead of the clock. This keeps a tick from falling on the time of an earlier one,
    /// because it would get the same id.
    /// </summary>
    private protected static TimeSpan More { get; } = TimeSpan.FromMilliseconds(1);

    private protected static NewSchedule Hourly { get; } = new(new ScheduleTask { FunctionName = "greet" }) { Interval = 3_600 };

    private protected StoredEngine Engine { get; }

    private protected TasksBusOptions Settings { get; } = new();

    private protected ScheduleBook Book { get; private set; } = null!;

    private protected Ticks Ticks { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await Engine.StartAsync();
        await Engine.Store.RefreshFunctionsAsync(default);
        Ticks = TicksOver(Engine.Faulty, Engine.Transitions);
        Book = new(
            new ScheduleStore(Engine.Model), Engine.Store, IntakeOver(Engine.Faulty, Engine.Transitions), Options.Create(Settings),
            new());
    }

    public async Task DisposeAsync() => await Engine.DisposeAsync();

    private protected static NewSchedule Starting(NewSchedule schedule, DateTimeOffset start) =>
        schedule with { Task = schedule.Task with { StartTimestamp = start } };

    private TaskIntake IntakeOver(ICommitStore store, TaskTransitions transitions) =>
        new(transitions, store, store, Options.Create(Settings), NullLogger<TaskIntake>.Instance);

    private protected Ticks TicksOver(ICommitStore store, TaskTransitions transitions) => new(
        Engine.Store, store, new ScheduleStore(Engine.Model), IntakeOver(store, transitions), TimeProvider.System,
        NullLogger<Ticks>.Instance);

    private protected Task<Schedule> CreateAsync(NewSchedule wanted) => Book.CreateAsync(wanted, null, null);

    /// <summary>Makes rounds until nothing is due, as the leader does.</summary>
    private protected async Task<TimeSpan?> TickAsync()
    {
        var epoch = await Engine.EpochAsync();
        while (true)
        {
            try
            {
                if (await Ticks.MakeDueAsync(epoch, default) is var wait && wait != TimeSpan.Zero)
                {
                    return wait;
                }
            }
            catch (LeadershipLostException)
            {
                // The store says that this process leads.
            }
        }
    }

    private protected async Task HourAsync()
    {
        await Engine.AdvanceAsync(TimeSpan.FromHours(1) + More);
        await TickAsync();
    }

    private protected async Task<long> LeadAsync(Guid leader, Guid? after = null)
    {
        await (after is { } before ? Engine.Store.ResignAsync(before, default) : Task.CompletedTask);
        return (await Engine.Store.LeadAsync(leader, TimeSpan.FromHours(1), default))!.Epoch;
    }

    private protected async Task<(IReadOnlyList<Schedule> Page, long? Total)> FindAsync(string rql)
    {
        var (query, error) = RqlQuery.Parse(rql, ScheduleProperties.Schema);
        Assert.Null(error);
        var (page, total, _) = await Book.FindAsync(query, default);
        return (page, total);
    }

    /// <summary>Every task, in order of creation.</summary>
    private protected async Task<List<TaskRecord>> TasksAsync() =>
        [.. (await Engine.Store.FindAsync(RqlQuery.Everything with { Limit = 1_000 }, default)).Tasks.Reverse()];

    private protected async Task<int> CountAsync(string function) => (await TasksAsync()).Count(task => task.FunctionName == function);

    private protected async Task<StoredSchedule> RowAsync(Schedule schedule) =>
        (await new ScheduleStore(Engine.Model).FindAsync(schedule.Row.Id))!;
}
