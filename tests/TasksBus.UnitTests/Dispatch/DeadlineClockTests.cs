using Microsoft.Extensions.Time.Testing;
using TasksBus.Contracts;
using TasksBus.Dispatch;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.UnitTests.Dispatch;

public sealed class DeadlineClockTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(5);

    private readonly FakeTimeProvider _machine = new();
    private readonly DeadlineClock _clock;
    private long _now = Microseconds.Of(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public DeadlineClockTests() => _clock = new(_machine);

    [Fact]
    public void A_task_has_its_time_from_the_claim_on()
    {
        Look();
        Pass(TimeSpan.FromSeconds(10));
        var task = Claim();
        Pass(s_limit - TimeSpan.FromSeconds(1));
        Assert.False(_clock.HasPassed(task));

        Pass(TimeSpan.FromSeconds(1));

        Assert.True(_clock.HasPassed(task));
    }

    [Fact]
    public void A_task_that_is_first_seen_while_it_runs_has_what_was_left_then()
    {
        var task = Claim();
        _now += Microseconds.Of(TimeSpan.FromMinutes(4));
        Look();
        Pass(TimeSpan.FromSeconds(59));
        Assert.False(_clock.HasPassed(task));

        Pass(TimeSpan.FromSeconds(1));

        Assert.True(_clock.HasPassed(task));
    }

    [Fact]
    public void A_task_that_is_first_seen_past_its_deadline_has_nothing_left()
    {
        var task = Claim();
        _now += Microseconds.Of(TimeSpan.FromHours(1));

        Look();

        Assert.True(_clock.HasPassed(task));
    }

    [Fact]
    public void A_leap_of_the_databases_clock_takes_nothing_from_a_running_task()
    {
        Look();
        var (before, justBefore) = (Claim(), default(RunningTask));
        Pass(TimeSpan.FromMinutes(1));
        justBefore = Claim();

        _now += Microseconds.Of(TimeSpan.FromDays(1));
        Pass(TimeSpan.FromSeconds(1));
        var after = Claim();
        Assert.False(_clock.HasPassed(before) || _clock.HasPassed(justBefore) || _clock.HasPassed(after));

        Pass(s_limit - TimeSpan.FromMinutes(1));
        Assert.True(_clock.HasPassed(before));
        Assert.False(_clock.HasPassed(justBefore) || _clock.HasPassed(after));
        Pass(TimeSpan.FromMinutes(1));
        Assert.True(_clock.HasPassed(justBefore) && _clock.HasPassed(after));
    }

    [Fact]
    public void A_clock_that_is_set_back_makes_no_task_older_than_it_is()
    {
        Look();
        Pass(TimeSpan.FromMinutes(10));
        _now -= Microseconds.Of(TimeSpan.FromMinutes(8));
        Pass(TimeSpan.FromSeconds(1));
        var task = Claim();

        Pass(TimeSpan.FromMinutes(4));
        Assert.False(_clock.HasPassed(task));

        Pass(TimeSpan.FromMinutes(1));
        Assert.True(_clock.HasPassed(task));
    }

    [Fact]
    public void What_ran_long_ago_is_still_known_after_hours()
    {
        Look();
        Pass(TimeSpan.FromHours(2));
        var task = Claim();
        Pass(s_limit);

        Assert.True(_clock.HasPassed(task));
        Assert.True(_clock.HasPassed(task with { ClaimedAt = 1, DeadlineAt = 2 }));
    }

    private void Look() => _clock.Note(_now);

    private RunningTask Claim() => new(TaskId.New(), _now, _now + Microseconds.Of(s_limit));

    /// <summary>Time passes by both clocks, with a look every second.</summary>
    private void Pass(TimeSpan by)
    {
        for (var passed = TimeSpan.Zero; passed < by; passed += TimeSpan.FromSeconds(1))
        {
            _machine.Advance(TimeSpan.FromSeconds(1));
            _now += 1_000_000;
            Look();
        }
    }
}
