using TasksBus.Contracts;
using TasksBus.Query;
using TasksBus.Schedules;
using TasksBus.Storage;
using TasksBus.Tests.Storage;
using Xunit;

namespace TasksBus.Tests.Schedules;

/// <summary>How schedules are found, over either store.</summary>
public abstract class ScheduleQueryTests : IAsyncLifetime
{
    private readonly StoredEngine _engine;

    private protected ScheduleQueryTests(StoredEngine engine) => _engine = engine;

    private ScheduleStore Schedules => new(_engine.Model);

    public Task InitializeAsync() => _engine.StartAsync();

    public Task DisposeAsync() => _engine.DisposeAsync().AsTask();

    [Theory]
    [InlineData("interval=60")]
    [InlineData("ge(interval,59.5)")]
    [InlineData("in(functionName,greet,leave)&contains(data)")]
    [InlineData("data.name=world")]
    [InlineData("like(data.name,orl)")]
    [InlineData("priority=-7")]
    [InlineData("tags=b")]
    [InlineData("tags.1=b")]
    [InlineData("startTimestamp=1970-01-01T00:00:01Z")]
    [InlineData("nextTimestamp%3E1970-01-01T00:00:01.5Z")]
    [InlineData("catchUp=all")]
    [InlineData("overlap=skip")]
    [InlineData("paused=false&limit(1)&sort(interval)&interval%3E0")]
    [InlineData("contains(pauseReason)")]
    [InlineData("like(pauseReason,no%20such%20zone)")]
    [InlineData("lastTaskId=507f191e810c19729de860ea")]
    [InlineData("createdByApplicationId=app")]
    [InlineData("createdByUserId=user")]
    [InlineData("gt(creationTimestamp,epoch:1500)")]
    [InlineData("lt(updateTimestamp,epoch:2500)")]
    [InlineData("sort(-priority)&limit(1)")]
    public async Task A_schedule_is_found_by_each_of_its_properties(string rql)
    {
        var id = TaskId.New();
        await Schedules.AddAsync(new()
        {
            Id = id,
            Interval = 60,
            FunctionName = "greet",
            Data = """{"name":"world"}""",
            Priority = -7,
            Tags = ["a", "b"],
            StartAt = 1_000_000,
            NextAt = 2_000_000,
            CatchUp = CatchUp.All,
            Overlap = Overlap.Skip,
            LastTaskId = TaskId.Parse("507f191e810c19729de860ea"),
            PauseReason = "There is no such zone.",
            CreatedByApplicationId = "app",
            CreatedByUserId = "user",
            CreatedAt = 2_000_000,
            UpdatedAt = 2_000_000,
        });
        await Schedules.AddAsync(new()
        {
            Id = TaskId.New(),
            Cron = "* * * * *",
            TimeZone = "UTC",
            FunctionName = "other",
            StartAt = 5_000_000,
            CatchUp = CatchUp.One,
            Overlap = Overlap.Allow,
            IsPaused = true,
            CreatedAt = 1_000_000,
            UpdatedAt = 3_000_000,
        });

        Assert.Equal([id], (await FindAsync(rql)).Page.Select(static row => row.Id));
    }

    [Fact]
    public async Task Schedules_are_listed_newest_first_by_pages_with_their_number_unless_nobody_wants_it()
    {
        var rows = Enumerable.Range(0, 5).Select(static i => new StoredSchedule
        {
            Id = TaskId.New(),
            Interval = 1,
            FunctionName = "greet",
            CatchUp = CatchUp.One,
            Overlap = Overlap.Allow,
            CreatedAt = i,
        }).ToList();
        foreach (var row in rows)
        {
            await Schedules.AddAsync(row);
        }

        var (page, total) = await FindAsync("limit(2,1)");
        Assert.Equal((5L, rows[3].Id, rows[2].Id), (total, page[0].Id, page[1].Id));
        Assert.Null((await FindAsync("skipCount()")).Total);
        Assert.Equal(0, (await FindAsync("functionName=none")).Total);
    }

    private async Task<(IReadOnlyList<StoredSchedule> Page, long? Total)> FindAsync(string rql)
    {
        var (query, error) = RqlQuery.Parse(rql, ScheduleProperties.Schema);
        Assert.Null(error);
        var found = await Schedules.FindAsync(query, default);
        return (found.Schedules, found.Total);
    }
}
