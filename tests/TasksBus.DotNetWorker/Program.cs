using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TasksBus.Worker;

// Somebody else's application with functions of its own. Its settings come from the environment and the command line.
var builder = Host.CreateApplicationBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Services.AddTasksBusWorker(static worker =>
{
    worker.Pool = "program";
    worker.AddFunction("nothing", static (_, _) => Task.CompletedTask);
    worker.AddFunction<Wait>("wait", static (input, _, cancellationToken) => Task.Delay(input.Milliseconds, cancellationToken));
});
using var app = builder.Build();
await app.StartAsync();
Console.WriteLine("ready");
await app.WaitForShutdownAsync();

internal sealed record Wait(int Milliseconds);
