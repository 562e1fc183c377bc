using MassTransit;
using MassTransit.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TasksBus.Contracts;
using TasksBus.Schedules;
using Xunit;

namespace TasksBus.Testing.Tests;

/// <summary>
/// Any number of harnesses live in one process, beside and after each other. Each of these is what users of another job system asked for
/// in vain: the numbers are those of its issues.
/// </summary>
public sealed class HostTests
{
    /// <summary>HangfireIO/Hangfire#1007: what the first host left behind broke the second.</summary>
    [Fact]
    public async Task Hosts_that_are_made_one_after_the_other_all_work()
    {
        for (var i = 0; i < 3; i++)
        {
            using var host = Build();
            await host.StartAsync();
            var harness = host.Services.GetTasksBusTestHarness();

            await harness.Task(await harness.ScheduleAsync("work")).ShouldComplete();

            Assert.Single(harness.Function("work").Calls);
            await host.StopAsync();
        }
    }

    /// <summary>HangfireIO/Hangfire#1047: do all outstanding work now.</summary>
    [Fact]
    public async Task All_outstanding_work_is_done_when_the_call_returns()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(tasks => tasks.AddFunction("work"));
        for (var i = 0; i < 100; i++)
        {
            await harness.Bus.Publish(new ScheduleTask { FunctionName = "work" });
        }

        await harness.RunAllAsync();

        Assert.Equal(100, harness.Function("work").Calls.Count);
    }

    /// <summary>HangfireIO/Hangfire#2082: recurring jobs ran in the first host of a process only.</summary>
    [Fact]
    public async Task Schedules_tick_in_every_host_of_a_process()
    {
        for (var i = 0; i < 3; i++)
        {
            await using var harness = await TasksBusTestHarness.StartAsync(tasks => tasks.AddFunction("work"));
            await harness.AddScheduleAsync(new NewSchedule(new ScheduleTask { FunctionName = "work" }) { Interval = 60 });

            await harness.AdvanceAsync(TimeSpan.FromMinutes(3));

            Assert.Equal(4, harness.Function("work").Calls.Count);
        }
    }

    /// <summary>HangfireIO/Hangfire#2151: hosts side by side took each other's jobs.</summary>
    [Fact]
    public async Task Hosts_side_by_side_keep_their_tasks_to_themselves()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(number => Task.Run(async () =>
        {
            await using var harness = await TasksBusTestHarness.StartAsync(tasks => tasks.AddFunction("work"));
            for (var i = 0; i < 10; i++)
            {
                await harness.Bus.Publish(new ScheduleTask { FunctionName = "work", Priority = number });
            }

            await harness.RunAllAsync();

            var calls = harness.Function("work").Calls;
            Assert.Equal(10, calls.Count);
            Assert.All(calls, call => Assert.Equal(number, call.Task.GetProperty("priority").GetInt32()));
        })));
    }

    /// <summary>HangfireIO/Hangfire#2293: after the container was made anew, jobs were not queued.</summary>
    [Fact]
    public async Task A_container_that_is_made_anew_from_the_same_services_is_an_empty_one()
    {
        var services = new ServiceCollection().AddTasksBusTestHarness(tasks => tasks.AddFunction("work"));
        for (var i = 0; i < 3; i++)
        {
            await using var provider = services.BuildServiceProvider(validateScopes: true);
            var harness = provider.GetTasksBusTestHarness();
            await harness.StartAsync();

            Assert.Empty(await harness.TasksAsync());
            await harness.Task(await harness.ScheduleAsync("work")).ShouldComplete();

            Assert.Single(harness.Function("work").Calls);
        }
    }

    [Fact]
    public async Task Harnesses_are_disposed_in_any_order()
    {
        List<TasksBusTestHarness> harnesses = [];
        for (var i = 0; i < 4; i++)
        {
            harnesses.Add(await TasksBusTestHarness.StartAsync(tasks => tasks.AddFunction("work")));
        }

        foreach (var place in new[] { 2, 0, 2, 0 })
        {
            await harnesses[place].DisposeAsync();
            harnesses.RemoveAt(place == 2 && harnesses.Count < 3 ? 0 : place);
            foreach (var left in harnesses)
            {
                await left.Task(await left.ScheduleAsync("work")).ShouldComplete();
            }

            if (harnesses.Count < 3)
            {
                break;
            }
        }

        foreach (var left in harnesses)
        {
            await left.DisposeAsync();
            await left.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_harness_is_disposed_while_functions_hang()
    {
        TaskCompletionSource never = new();
        var harness = await TasksBusTestHarness.StartAsync(tasks =>
        {
            tasks.Patience = TimeSpan.FromSeconds(1.5);
            tasks.AddFunction("hang").Hangs();
        });
        harness.Function("deaf").RunsAsync(_ => never.Task);
        await harness.ScheduleAsync("hang");
        await harness.RunAllAsync();
        await harness.ScheduleAsync("deaf");
        await Assert.ThrowsAsync<TimeoutException>(() => harness.RunAllAsync());

        await harness.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(1));

        Assert.True(Assert.Single(harness.Function("hang").Calls).CancellationToken.IsCancellationRequested);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => harness.RunAllAsync());
    }

    [Fact]
    public async Task MassTransits_own_way_to_start_and_stop_works_too()
    {
        await using var provider = new ServiceCollection().AddTasksBusTestHarness(tasks => tasks.AddFunction("work"))
            .BuildServiceProvider(validateScopes: true);

        var masstransit = await provider.StartTestHarness();
        var harness = provider.GetTasksBusTestHarness();
        await harness.Task(await harness.ScheduleAsync("work")).ShouldComplete();

        await masstransit.Stop();
    }

    [Fact]
    public async Task A_harness_that_nobody_started_says_so()
    {
        await using var provider = new ServiceCollection()
            .AddTasksBusTestHarness().BuildServiceProvider(validateScopes: true);

        var harness = provider.GetTasksBusTestHarness();

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => harness.RunAllAsync());
        Assert.StartsWith("The bus does not run.", exception.Message, StringComparison.Ordinal);

        await harness.StartAsync();
        await harness.RunAllAsync();
    }

    /// <summary>
    /// As under a test framework that runs tests in a context of few threads: two tests that wait at once would wait for each other.
    /// </summary>
    [Fact]
    public Task A_host_that_a_thread_starts_and_disposes_and_waits_for_needs_that_thread_for_nothing() =>
        Task.Run(LiveInOneThread).WaitAsync(TimeSpan.FromSeconds(60));

    private static void LiveInOneThread()
    {
        SynchronizationContext.SetSynchronizationContext(new DeafContext());
        using var host = Build();
        host.Start();
        var harness = host.Services.GetTasksBusTestHarness();
        Task.Run(async () => await harness.Task(await harness.ScheduleAsync("work")).ShouldComplete()).Wait();
        host.StopAsync().Wait();
    }

    /// <summary>A context whose thread never comes to what it is to do.</summary>
    private sealed class DeafContext : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state)
        {
            // Nobody does it.
        }
    }

    private static IHost Build()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddTasksBusTestHarness(tasks => tasks.AddFunction("work"));
        return builder.Build();
    }
}
