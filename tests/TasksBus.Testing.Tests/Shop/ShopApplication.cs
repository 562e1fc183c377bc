using System.Collections.Concurrent;
using System.Text.Json;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TasksBus.Contracts;

namespace TasksBus.Testing.Tests.Shop;

/// <summary>An application such as a user of TasksBus has: it schedules tasks and hears of their end. It knows nothing of tests.</summary>
public static class ShopApplication
{
    public static IHostBuilder CreateHostBuilder() => new HostBuilder().ConfigureWebHost(static web => web
        .ConfigureServices(static services =>
        {
            services.AddRouting();
            services.AddSingleton(TimeProvider.System);
            services.AddSingleton<Orders>();
            services.AddMassTransit(static bus =>
            {
                bus.AddConsumer<InvoiceEnded>();
                bus.UsingInMemory(static (_, _) => throw new InvalidOperationException("A test must not reach the real broker."));
            });
        })
        .Configure(static application => application.UseRouting().UseEndpoints(static endpoints =>
        {
            endpoints.MapPost("/orders", async (Order order, Orders orders, IPublishEndpoint bus) =>
            {
                var id = TaskId.New().ToString();
                orders.Wait(order.Id, id);
                await bus.Publish(new ScheduleTask { TaskId = id, FunctionName = "invoice", Data = ToJson(order) });
            });
            endpoints.MapGet("/orders/{id}", (string id, Orders orders) => orders.StatusOf(id));
            endpoints.MapPost("/reminders", (Order order, TimeProvider time, IPublishEndpoint bus) => bus.Publish(new ScheduleTask
            {
                FunctionName = "reminder",
                Data = ToJson(order),
                StartTimestamp = time.GetUtcNow().AddDays(14),
            }));
        })));

    private static JsonElement ToJson(Order order) => JsonSerializer.SerializeToElement(order, JsonSerializerOptions.Web);
}

public sealed record Order(string Id, int Cents);

internal sealed class Orders
{
    private readonly ConcurrentDictionary<string, string> _orderOfTask = [];
    private readonly ConcurrentDictionary<string, string> _statuses = [];

    public string StatusOf(string order) => _statuses[order];

    public void Wait(string order, string task) => (_orderOfTask[task], _statuses[order]) = (order, "waits");

    public void End(string task, string status) => _statuses[_orderOfTask[task]] = status;
}

internal sealed class InvoiceEnded(Orders orders) : IConsumer<TaskCompleted>, IConsumer<TaskFailed>
{
    public Task Consume(ConsumeContext<TaskCompleted> context)
    {
        if (context.Message.FunctionName == "invoice")
        {
            orders.End(context.Message.TaskId, "invoiced");
        }

        return Task.CompletedTask;
    }

    public Task Consume(ConsumeContext<TaskFailed> context)
    {
        orders.End(context.Message.TaskId, $"failed: {context.Message.Error.Name}");
        return Task.CompletedTask;
    }
}
