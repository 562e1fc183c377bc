using System.Globalization;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TasksBus.Client.MassTransit;
using TasksBus.Contracts;

// A service that has nothing but the client package, for tests that break its broker. It schedules tasks with the keys NAME-0, NAME-1 and
// so on until its standard input ends, and says on its standard output what became of each call. Usage: ADDRESS NAME
const int AtOnce = 16;
const int WaitsForEach = 10;
var (address, name) = (new Uri(args[0]), args[1]);
var services = new ServiceCollection()
    .AddLogging(static logging => logging.SetMinimumLevel(LogLevel.None))
    .AddMassTransit(bus =>
    {
        bus.DisableUsageTelemetry();
        bus.AddTasksBusClient(options => (options.Publisher, options.RequestTimeout) = (name, TimeSpan.FromSeconds(5)));
        bus.UsingRabbitMq((_, transport) => transport.Host(address));
    })
    .BuildServiceProvider();
await using (services)
{
    var control = services.GetRequiredService<IBusControl>();
    await control.StartAsync();
    var (next, isEnough) = (-1, false);
    var callers = Enumerable.Range(0, AtOnce).Select(_ => Task.Run(CallAsync)).ToArray();
    await Console.In.ReadToEndAsync();
    Volatile.Write(ref isEnough, true);
    await Task.WhenAll(callers);
    await control.StopAsync();

    async Task CallAsync()
    {
        while (!Volatile.Read(ref isEnough))
        {
            var i = Interlocked.Increment(ref next);
            var key = string.Create(CultureInfo.InvariantCulture, $"{name}-{i}");
            Say("sent", key);
            var id = await ScheduleAsync(key, i);
            Say("accepted", key);
            if (i % WaitsForEach == 0)
            {
                var task = await services.GetRequiredService<IBusTaskClient>().WaitAsync(id, TimeSpan.FromMinutes(5));
                Say(task.Status, key);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100));
        }
    }

    // The key makes one task of all calls.
    async Task<TaskId> ScheduleAsync(string key, int i)
    {
        while (true)
        {
            try
            {
                await using var scope = services.CreateAsyncScope();
                return await scope.ServiceProvider.GetRequiredService<ITaskPublisher>().ScheduleAsync(
                    "record", new { key, ms = i * 37 % 200 }, new() { IdempotencyKey = key });
            }
            catch (TasksBusUnavailableException)
            {
                Say("again", key);
            }
        }
    }
}

static void Say(string what, string key) => Console.WriteLine($"{what} {key}");
