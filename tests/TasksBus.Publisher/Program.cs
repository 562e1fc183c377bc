using System.Text.Json;
using MassTransit;
using TasksBus.Contracts;

// Somebody else's service, with nothing of TasksBus but its contracts: publishes each task that a line of its input describes, and
// writes a line for each event that it hears. Ends with its input.
var bus = Bus.Factory.CreateUsingRabbitMq(transport =>
{
    transport.Host(new Uri(args[0]));
    transport.ReceiveEndpoint("publisher", static endpoint =>
    {
        endpoint.Consumer<CompletedConsumer>();
        endpoint.Consumer<FailedConsumer>();
    });
});
await bus.StartAsync();
Console.WriteLine("ready");
while (await Console.In.ReadLineAsync() is { } line)
{
    await bus.Publish(JsonSerializer.Deserialize<ScheduleTask>(line, JsonSerializerOptions.Web)!);
}

await bus.StopAsync();

internal sealed class CompletedConsumer : IConsumer<TaskCompleted>
{
    public Task Consume(ConsumeContext<TaskCompleted> context) =>
        Console.Out.WriteLineAsync($"{context.Message.TaskId} {context.Message.FunctionName} completed");
}

internal sealed class FailedConsumer : IConsumer<TaskFailed>
{
    public Task Consume(ConsumeContext<TaskFailed> context) =>
        Console.Out.WriteLineAsync($"{context.Message.TaskId} {context.Message.FunctionName} failed: {context.Message.Error.Name}");
}
