using System.Net.Http.Json;
using MassTransit;
using Npgsql;
using TasksBus.Contracts;

namespace TasksBus.Benchmarks;

/// <summary>Schedules tasks as other services do: over RabbitMQ, each publish confirmed by the broker, over HTTP, and by SQL.</summary>
internal sealed class Load : IAsyncDisposable
{
    /// <summary>How many producers wait for an answer at once.</summary>
    public const int Producers = 32;

    /// <summary>Tasks in one message or call.</summary>
    public const int AtOnce = 1_000;

    private const int BatchProducers = 4;

    private static readonly ScheduleTask s_task = new() { FunctionName = "noop" };

    private readonly IBusControl _bus;
    private readonly HttpClient _http = new();

    private readonly NpgsqlDataSource _database;

    private Load(IBusControl bus, NpgsqlDataSource database) => (_bus, _database) = (bus, database);

    public IBus Bus => _bus;

    public static async Task<Load> StartAsync(ClusterServers servers)
    {
        var bus = MassTransit.Bus.Factory.CreateUsingRabbitMq(transport => transport.Host(new Uri(servers.Broker)));
        await bus.StartAsync();
        return new(bus, servers.Source);
    }

    public Task PublishAsync(int tasks) => InParallelAsync(tasks, Producers, () => _bus.Publish(s_task));

    public Task PublishBatchesAsync(int tasks) => InParallelAsync(tasks / AtOnce, BatchProducers, () =>
        _bus.Publish(new ScheduleTasks { Tasks = [.. Enumerable.Repeat(s_task, AtOnce)] }));

    public Task PostAsync(string url, int tasks) =>
        InParallelAsync(tasks, Producers, () => PostAsync($"{url}/tasks/v1/", new { functionName = "noop" }));

    public Task PostBatchesAsync(string url, int tasks) => InParallelAsync(tasks / AtOnce, BatchProducers, () =>
        PostAsync($"{url}/tasks/v1/batch", new { tasks = Enumerable.Repeat(new { functionName = "noop" }, AtOnce) }));

    /// <summary>Each call is a transaction of its own.</summary>
    public Task CallAsync(int tasks) => InParallelAsync(tasks, Producers, () => CallAsync("select tasksbus.schedule_task('noop')"));

    public Task CallBatchesAsync(int tasks) => InParallelAsync(tasks / AtOnce, BatchProducers, () => CallAsync(
        $$"""select tasksbus.schedule_tasks((select json_agg('{"functionName":"noop"}'::json) from generate_series(1, {{AtOnce}})))"""));

    public async ValueTask DisposeAsync()
    {
        await _bus.StopAsync();
        _http.Dispose();
    }

    private async Task PostAsync<T>(string url, T body) => (await _http.PostAsJsonAsync(url, body)).EnsureSuccessStatusCode().Dispose();

    private async Task CallAsync(string sql)
    {
        await using var command = _database.CreateCommand(sql);
        await command.ExecuteScalarAsync();
    }

    private static Task InParallelAsync(int times, int atOnce, Func<Task> step) =>
        Parallel.ForAsync(0, times, new ParallelOptions { MaxDegreeOfParallelism = atOnce }, async (_, _) => await step());
}
