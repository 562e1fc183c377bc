using Microsoft.Extensions.DependencyInjection;
using TasksBus.Client;
using TasksBus.Contracts;
using TasksBus.IntegrationTests.Servers;
using Xunit;

namespace TasksBus.IntegrationTests.Cluster;

/// <summary>The client of a service, against a cluster.</summary>
public sealed class ServiceClientTests(LocalServers servers) : ClusterTest(servers)
{
    [Fact]
    public async Task Hundreds_wait_at_one_server_for_tasks_that_another_runs()
    {
        var held = Cluster.Invoker.Hold("held");
        await using var api = await Cluster.StartServerAsync("api");
        await Cluster.AddAsync(Roles.Dispatcher);
        await Cluster.AddAsync(Roles.Worker, static options => options.WorkerSlots = 10);
        ServiceCollection services = new();
        services.AddTasksBusClient(options => options.Address = new(api.Urls.Single()));
        await using var provider = services.BuildServiceProvider();
        var client = provider.GetRequiredService<ITasksBusClient>();

        ScheduleTask[] tasks =
            [.. Enumerable.Range(0, 300).Select(n => client.NewTask("held", new { n }, new() { IdempotencyKey = $"held {n}" }))];
        // Some are known when all are sent.
        await client.ScheduleManyAsync(tasks[100..200]);
        var ids = await client.ScheduleManyAsync(tasks);
        Assert.Equal(ids, await client.ScheduleManyAsync(tasks));
        Assert.Equal(300, await Cluster.CountTasksAsync());

        var waiting = ids.Select(id => client.WaitAsync(id, TimeSpan.FromSeconds(60))).ToArray();
        await Eventually.TrueAsync(() => Cluster.Invoker.CountOf("held") == 10, "the slots are full");
        Assert.DoesNotContain(waiting, static task => task.IsCompleted);
        held.SetResult(ScriptedInvoker.Success);

        var ended = await Task.WhenAll(waiting).EndsAsync();
        Assert.Equal(ids, ended.Select(static task => task.Id));
        Assert.All(ended, static task => Assert.Equal(TaskStates.Complete, task.Status));
        Assert.Equal(Enumerable.Range(0, 300), ended.Select(static task => task.Data!.Value.GetProperty("n").GetInt32()));
        await api.StopAsync();
    }
}
