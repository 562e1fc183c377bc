using TasksBus.Contracts;
using Xunit;

namespace TasksBus.Testing.Tests;

/// <summary>The retry policies of managed functions.</summary>
public sealed class RetryTests
{
    [Fact]
    public async Task A_failed_task_is_retried_two_seconds_later_by_a_task_of_its_own()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(
            tasks => tasks.AddFunction("pay", pay => pay.IsRetried = true).Answers(
                call => call.Number == 1 ? throw new TimeoutException("The bank is slow.") : "paid"));
        var id = await harness.ScheduleAsync("pay", new { amount = 5 });

        var retry = await harness.Task(id).NextAttempt();
        await retry.ShouldBeNew();
        await harness.AdvanceAsync(TimeSpan.FromSeconds(2));

        var task = await retry.ShouldComplete();
        Assert.Equal([id], task.RetryForTaskIds);
        Assert.Equal("""{"amount":5}""", task.Data);
        await harness.Task(id).ShouldRunOnce();
    }

    [Fact]
    public async Task After_three_retries_the_last_task_fails()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(
            tasks => tasks.AddFunction("pay", pay => pay.IsRetried = true).Fails("BankAway", "Try again."));
        await harness.ScheduleAsync("pay");

        await harness.AdvanceAsync(TimeSpan.FromMinutes(1));

        var tasks = await harness.TasksAsync();
        Assert.Equal(4, tasks.Count);
        foreach (var task in tasks.Take(3))
        {
            await task.ShouldBeRetried();
        }

        await tasks[3].ShouldFail("BankAway");
        var starts = harness.Function("pay").Calls.Select(call => call.At).ToArray();
        Assert.Equal([2, 5, 10], starts.Skip(1).Zip(starts, (later, earlier) => (later - earlier).TotalSeconds));
    }

    [Fact]
    public async Task Only_the_errors_that_are_named_are_retried()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(
            tasks => tasks.AddFunction("pay", pay => (pay.IsRetried, pay.ErrorsToRetry) = (true, ["BankAway"]))
                .Fails("CardDeclined", "No."));

        await harness.Task(await harness.ScheduleAsync("pay")).ShouldFail("CardDeclined");

        harness.Function("pay").Fails("BankAway", "Try again.");
        await harness.Task(await harness.ScheduleAsync("pay")).ShouldBeRetried();
    }

    [Fact]
    public async Task A_time_out_that_Lambda_reports_is_retried_and_one_without_an_answer_is_not()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(tasks =>
        {
            tasks.AddFunction("managed", managed => managed.IsRetried = true).Hangs();
            tasks.AddFunction("other").Hangs();
        });
        var (managed, other) = (await harness.ScheduleAsync("managed"), await harness.ScheduleAsync("other"));

        await harness.AdvanceAsync(TimeSpan.FromMinutes(5));

        await harness.Task(managed).ShouldBeRetried();
        await harness.Task(other).ShouldFail(TaskErrorNames.TimeLimitExceeded);
    }

    [Fact]
    public async Task A_setting_out_of_range_is_refused()
    {
        await using var harness = await TasksBusTestHarness.StartAsync();

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            () => harness.ManageFunctionAsync("pay", pay => pay.TimeLimit = TimeSpan.FromMinutes(6)));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            () => harness.ManageFunctionAsync("pay", pay => pay.DefaultPriority = long.MaxValue));
    }
}
