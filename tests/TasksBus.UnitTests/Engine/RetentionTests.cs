using TasksBus.Contracts;
using TasksBus.Query;
using TasksBus.Settings;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.UnitTests.Engine;

public class RetentionTests
{
    [Fact]
    public async Task A_server_removes_what_is_older_than_its_settings_say_and_without_them_nothing()
    {
        using var folder = new TempFolder();
        var clock = new MovedClock();
        TaskId old, waiting;
        await using (var engine = await TestEngine.StartAsync(new(), folder: folder, clock: clock))
        {
            waiting = (await engine.ScheduleAsync("later", clock.GetUtcNow().AddDays(30))).Id;
            old = (await engine.ScheduleAsync("hello")).Id;
            await engine.ReachesAsync(old, TaskStates.Complete);
        }

        clock.Advance(TimeSpan.FromDays(8));
        await using (var engine = await TestEngine.StartAsync(new(), folder: folder, clock: clock))
        {
            await engine.ReachesAsync((await engine.ScheduleAsync("hello")).Id, TaskStates.Complete);
            Assert.NotNull(await engine.FindAsync(old));
        }

        await using (var engine = await TestEngine.StartAsync(
            new(), options => options.Retention.Tasks = TimeSpan.FromDays(7), folder, clock))
        {
            await Eventually.TrueAsync(async () => await engine.FindAsync(old) is null, "the old task is removed");
            Assert.Equal(2, (await engine.Store.FindAsync(RqlQuery.Everything with { Limit = 50 }, default)).Total);
            Assert.Equal(TaskStates.New, (await engine.FindAsync(waiting))!.Status);
        }
    }

    [Theory]
    [InlineData("1.00:00:00", "01:00:00", "01:00:00", 0)]
    [InlineData(null, "30.00:00:00", "36525.00:00:00", 0)]
    [InlineData("23:59:59", "00:59:59", "00:59:59", 3)]
    [InlineData("00:00:00", "-01:00:00", "01:00:00", 2)]
    [InlineData("36525.00:00:01", "30.00:00:00", "36525.00:00:01", 2)]
    public void Ages_that_cannot_be_meant_are_refused(string? tasks, string logs, string requests, int faults)
    {
        var retention = new RetentionOptions { Tasks = tasks is null ? null : Age(tasks), Logs = Age(logs), ApiRequests = Age(requests) };

        Assert.Equal(faults, SettingFaults.Of(retention, "TasksBus:Retention").Count());
    }

    private static TimeSpan Age(string text) => TimeSpan.Parse(text, null);
}
