using System.Globalization;
using TasksBus.Contracts;
using Xunit;

namespace TasksBus.Testing.Tests;

/// <summary>The most urgent task goes first.</summary>
public sealed class OrderTests
{
    [Fact]
    public async Task The_higher_priority_runs_first_for_every_priority()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(tasks => tasks.AddFunction("work"));
        long[] priorities = [0, TaskRules.MaxPriority, -1, 256, 1, -TaskRules.MaxPriority, 255, 2];
        foreach (var priority in priorities)
        {
            await harness.ScheduleAsync(new ScheduleTask { FunctionName = "work", Priority = priority });
        }

        await harness.RunAllAsync();

        Assert.Equal(
            priorities.OrderDescending(), harness.Function("work").Calls.Select(call => call.Task.GetProperty("priority").GetInt64()));
    }

    [Fact]
    public async Task At_equal_priority_the_earlier_start_runs_first_and_then_the_earlier_insertion()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(tasks => tasks.AddFunction("work"));
        int[] hoursAgo = [1, 3, 2, 3, 1];
        foreach (var (place, hours) in hoursAgo.Index())
        {
            await harness.ScheduleAsync(new ScheduleTask
            {
                FunctionName = "work",
                StartTimestamp = harness.Now.AddHours(-hours),
                Tags = [place.ToString(CultureInfo.InvariantCulture)],
            });
        }

        await harness.RunAllAsync();

        Assert.Equal(
            ["1", "3", "2", "0", "4"], harness.Function("work").Calls.Select(call => call.Task.GetProperty("tags")[0].GetString()));
    }

    [Fact]
    public async Task An_urgent_task_that_comes_while_others_wait_is_next()
    {
        List<string> order = [];
        await using var harness = await TasksBusTestHarness.StartAsync(tasks => tasks.AddFunction("urgent").Runs(_ => order.Add("urgent")));
        harness.Function("work").RunsAsync(async call =>
        {
            order.Add($"work {call.Number}");
            if (call.Number == 1)
            {
                await harness.ScheduleAsync(new ScheduleTask { FunctionName = "urgent", Priority = 1 });
            }
        });
        for (var i = 0; i < 3; i++)
        {
            await harness.ScheduleAsync("work");
        }

        await harness.RunAllAsync();

        Assert.Equal(["work 1", "urgent", "work 2", "work 3"], order);
    }

    [Fact]
    public async Task A_task_without_a_priority_has_that_of_its_function()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(
            tasks => tasks.AddFunction("work", work => work.DefaultPriority = 7));

        var task = await harness.Task(await harness.ScheduleAsync("work")).ShouldComplete();

        Assert.Equal(7, task.Priority);
    }

    [Fact]
    public async Task Several_functions_run_at_once_if_the_test_allows_it()
    {
        using Barrier together = new(3);
        await using var harness = await TasksBusTestHarness.StartAsync(tasks =>
        {
            tasks.AtOnce = 3;
            tasks.AddFunction("work").RunsAsync(_ => Task.Run(() => Assert.True(together.SignalAndWait(TimeSpan.FromMinutes(1)))));
        });
        for (var i = 0; i < 3; i++)
        {
            await harness.ScheduleAsync("work");
        }

        await harness.RunAllAsync();

        foreach (var task in await harness.TasksAsync())
        {
            await task.ShouldComplete();
        }
    }
}
