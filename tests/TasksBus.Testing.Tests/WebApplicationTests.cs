using System.Net.Http.Json;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TasksBus.Contracts;
using TasksBus.Testing.Tests.Shop;
using Xunit;

namespace TasksBus.Testing.Tests;

/// <summary>The harness in a user's own web application. Its bus is on RabbitMQ, and the harness takes the transport's place.</summary>
public sealed class WebApplicationTests
{
    [Fact]
    public async Task An_order_over_HTTP_schedules_a_task_whose_end_the_application_hears_of()
    {
        await using ShopFactory shop = new(tasks => tasks.AddFunction("invoice"));
        using var client = shop.CreateClient();

        using var placed = await client.PostAsJsonAsync("/orders", new Order("7", 100));
        placed.EnsureSuccessStatusCode();
        await shop.Harness.RunAllAsync();

        Assert.Equal("7", Assert.Single(shop.Harness.Function("invoice").Calls).DataAs<Order>().Id);
        Assert.Equal("invoiced", await client.GetStringAsync("/orders/7"));
    }

    [Fact]
    public async Task An_invoice_that_fails_is_shown_by_the_application()
    {
        await using ShopFactory shop = new(tasks => tasks.AddFunction("invoice").Fails("PrinterOnFire", "Call somebody."));
        using var client = shop.CreateClient();

        using var placed = await client.PostAsJsonAsync("/orders", new Order("7", 100));
        await shop.Harness.RunAllAsync();

        Assert.Equal("failed: PrinterOnFire", await client.GetStringAsync("/orders/7"));
    }

    [Fact]
    public async Task The_application_sees_the_time_of_the_test()
    {
        await using ShopFactory shop = new(tasks => tasks.AddFunction("reminder"));
        using var client = shop.CreateClient();
        using var placed = await client.PostAsJsonAsync("/reminders", new Order("7", 100));

        await shop.Harness.AdvanceAsync(TimeSpan.FromDays(13));
        Assert.Empty(shop.Harness.Function("reminder").Calls);
        await shop.Harness.AdvanceAsync(TimeSpan.FromDays(1));

        Assert.Single(shop.Harness.Function("reminder").Calls);
    }

    [Fact]
    public async Task A_function_may_call_the_application()
    {
        await using ShopFactory shop = new(tasks => tasks.AddFunction("invoice"));
        using var client = shop.CreateClient();
        shop.Harness.Function("order").RunsAsync(async _ =>
        {
            using var placed = await client.PostAsJsonAsync("/orders", new Order("8", 5));
            placed.EnsureSuccessStatusCode();
        });

        await shop.Harness.Task(await shop.Harness.ScheduleAsync("order")).ShouldComplete();

        Assert.Equal("invoiced", await client.GetStringAsync("/orders/8"));
    }

    /// <summary>HangfireIO/Hangfire#2151, in the words of its author: applications in parallel, in a single process.</summary>
    [Fact]
    public async Task Applications_side_by_side_run_their_own_tasks()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(number => Task.Run(async () =>
        {
            await using ShopFactory shop = new(tasks => tasks.AddFunction("invoice"));
            using var client = shop.CreateClient();
            using var placed = await client.PostAsJsonAsync("/orders", new Order($"{number}", number));

            await shop.Harness.RunAllAsync();

            Assert.Equal(number, Assert.Single(shop.Harness.Function("invoice").Calls).DataAs<Order>().Cents);
        })));
    }

    private sealed class ShopFactory(Action<TasksBusTestHarnessOptions> configure) : WebApplicationFactory<ShopFactory>
    {
        public TasksBusTestHarness Harness => Services.GetTasksBusTestHarness();

        protected override IHostBuilder CreateHostBuilder() => ShopApplication.CreateHostBuilder();

        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            builder.UseContentRoot(AppContext.BaseDirectory);
            builder.ConfigureTestServices(services => services.AddTasksBusTestHarness(configure));
        }
    }
}
