using MassTransit;
using TasksBus.Contracts;
using TasksBus.Schedules;
using Xunit;

namespace TasksBus.Testing.Tests;

/// <summary>An assertion that does not hold says what happened instead.</summary>
public sealed class FailureMessageTests
{
    private static readonly DateTimeOffset s_start = new(2030, 3, 1, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_failed_task_shows_its_error_its_run_and_its_log()
    {
        await using var harness = await StartAsync();
        harness.Function("pay").Runs(call =>
        {
            call.Log("asking the bank");
            throw new TimeoutException("The bank is slow.");
        });
        var id = await harness.ScheduleAsync("pay");

        var broken = await Assert.ThrowsAsync<TaskAssertionException>(() => harness.Task(id).ShouldComplete());

        Assert.Equal(
            $"""
            The task {id} of the function 'pay' should be complete, but it is failed.
            Error: runtime TimeoutException: The bank is slow.
            Start: 2030-03-01T09:00:00.000Z.
            Runs:
              at 2030-03-01T09:00:00.000Z
            Log:
              asking the bank
            Now: 2030-03-01T09:00:00.000Z.
            Waiting: none.
            Refused messages: none.
            """,
            broken.Message, ignoreLineEndingDifferences: true);
    }

    [Fact]
    public async Task A_task_that_waits_shows_what_is_due_when()
    {
        await using var harness = await StartAsync();
        var id = await harness.ScheduleAsync(new ScheduleTask { FunctionName = "pay", StartTimestamp = s_start.AddDays(1) });
        var schedule = await harness.AddScheduleAsync(
            new NewSchedule(new ScheduleTask { FunctionName = "report", StartTimestamp = s_start.AddHours(2) }) { Interval = 60 });

        var broken = await Assert.ThrowsAsync<TaskAssertionException>(() => harness.Task(id).ShouldRunOnce());

        Assert.Contains("should be run once, but it is new.", broken.Message, StringComparison.Ordinal);
        Assert.Contains(
            $"  task {id} of 'pay' is due at 2030-03-02T09:00:00.000Z, in 1.00:00:00", broken.Message, StringComparison.Ordinal);
        Assert.Contains(
            $"  schedule {schedule} of 'report' ticks at 2030-03-01T11:00:00.000Z, in 02:00:00", broken.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_task_that_is_not_there_shows_which_messages_were_refused()
    {
        await using var harness = await StartAsync();
        var id = TaskId.New().ToString();
        await harness.Bus.Publish(new ScheduleTask { TaskId = id, FunctionName = "pay", Priority = long.MaxValue });

        var broken = await Assert.ThrowsAsync<TaskAssertionException>(() => harness.Task(id).ShouldComplete());

        Assert.StartsWith($"The task {id} should be complete, but there is no such task.", broken.Message, StringComparison.Ordinal);
        Assert.Contains("  tasksbus.schedule-task: priority must be an integer", broken.Message, StringComparison.Ordinal);
        await harness.Task(id).ShouldNotExist();
    }

    [Fact]
    public async Task A_task_that_is_retried_shows_by_which()
    {
        await using var harness = await StartAsync();
        await harness.ManageFunctionAsync("pay", pay => pay.IsRetried = true);
        harness.Function("pay").Fails("BankAway", "Try again.");
        var id = await harness.ScheduleAsync("pay");

        var broken = await Assert.ThrowsAsync<TaskAssertionException>(() => harness.Task(id).ShouldFail());

        var next = (await harness.Task(id).NextAttempt()).Id;
        Assert.Contains("should be failed, but it is retried.", broken.Message, StringComparison.Ordinal);
        Assert.Contains($"It is retried by the task {next}.", broken.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_error_than_the_expected_one_is_shown()
    {
        await using var harness = await StartAsync();
        harness.Function("pay").Fails("BankAway", "Try again.");
        var id = await harness.ScheduleAsync("pay");

        var broken = await Assert.ThrowsAsync<TaskAssertionException>(() => harness.Task(id).ShouldFail("CardDeclined", "money"));

        Assert.Contains("should fail with CardDeclined and a message with 'money'", broken.Message, StringComparison.Ordinal);
        Assert.Contains("Error: runtime BankAway: Try again.", broken.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_assertion_fails_when_it_does_not_hold()
    {
        await using var harness = await StartAsync();
        var complete = harness.Task(await harness.ScheduleAsync("pay"));
        await complete.ShouldComplete();

        foreach (var assertion in new Func<Task>[]
        {
            () => complete.ShouldFail(), complete.ShouldBeCanceled, complete.ShouldBeRetried, complete.ShouldBeNew,
            complete.ShouldBeInProgress, complete.ShouldNotRun, complete.ShouldNotExist, complete.NextAttempt,
        })
        {
            await Assert.ThrowsAsync<TaskAssertionException>(assertion);
        }
    }

    [Fact]
    public async Task A_function_that_does_not_end_is_named_when_the_patience_is_over()
    {
        TaskCompletionSource never = new();
        await using var harness = await StartAsync(TimeSpan.FromSeconds(1.5));
        harness.Function("pay").RunsAsync(_ => never.Task);
        var id = await harness.ScheduleAsync("pay");

        var stuck = await Assert.ThrowsAsync<TimeoutException>(() => harness.RunAllAsync());

        Assert.Equal(
            $"Nothing has happened for 1.5 seconds, and not everything has ended: the function of task {id} has not ended; "
                + "one that is to hang is made with Hangs().",
            stuck.Message);
    }

    [Fact]
    public async Task A_function_that_asks_the_harness_to_run_tasks_is_told_why_it_cannot()
    {
        await using var harness = await StartAsync();
        harness.Function("pay").RunsAsync(_ => harness.RunAllAsync());

        await harness.Task(await harness.ScheduleAsync("pay")).ShouldFail("InvalidOperationException", "would wait for itself");
    }

    private static Task<TasksBusTestHarness> StartAsync(TimeSpan? patience = null) => TasksBusTestHarness.StartAsync(tasks =>
    {
        tasks.Start = s_start;
        tasks.Patience = patience ?? tasks.Patience;
        tasks.AddFunction("pay");
    });
}
