using TasksBus.Contracts;
using TasksBus.Intake;
using Xunit;

namespace TasksBus.UnitTests.Engine;

public class IdempotencyTests
{
    private static readonly ScheduleTask s_task = new() { FunctionName = "keyed" };

    [Fact]
    public async Task A_key_stands_for_its_task_for_24_hours_and_for_a_new_one_afterwards()
    {
        var clock = new MovedClock();
        await using var engine = await TestEngine.StartAsync(new(), clock: clock);
        var key = Key("daily");
        var first = await ScheduleAsync(engine, key);

        // This goes into the next day of the key, but not to the end of the 24 hours.
        clock.Advance(IdempotencyKey.Lifetime - TimeSpan.FromMinutes(1));
        Assert.Equal(first, await ScheduleAsync(engine, key));
        clock.Advance(TimeSpan.FromMinutes(2));
        var second = await ScheduleAsync(engine, key);
        Assert.NotEqual(first, second);
        Assert.Equal(second, await ScheduleAsync(engine, key));

        clock.Advance(TimeSpan.FromDays(40));
        Assert.Equal(3, new[] { first, second, await ScheduleAsync(engine, key) }.Distinct().Count());
    }

    [Fact]
    public async Task A_request_that_was_on_its_way_when_the_keys_day_ended_is_still_found()
    {
        var clock = new MovedClock();
        await using var engine = await TestEngine.StartAsync(new(), clock: clock);
        var key = Key("midnight");
        clock.Advance(IdempotencyKey.Lifetime - key.DayAt(clock.GetUtcNow()).Passed + TimeSpan.FromMilliseconds(1));
        var day = key.DayAt(clock.GetUtcNow()).Day;

        var second = ScheduleAsync(engine, key);
        await Eventually.TrueAsync(
            () => engine.Get<WatchedReader>().Missed.Contains(key.IdOn(day - 1)), "the second request found nothing");
        await engine.Intake.ScheduleAsync(key.IdOn(day - 1), s_task);

        Assert.Equal(key.IdOn(day - 1), await second);
    }

    private static IdempotencyKey Key(string text) =>
        IdempotencyKey.TryParse("", text, out var key) ? key : throw new ArgumentException(text);

    private static async Task<TaskId> ScheduleAsync(TestEngine engine, IdempotencyKey key) =>
        (await engine.Get<IdempotentIntake>().ScheduleAsync(key, s_task, null, null, default))!.Id;
}
