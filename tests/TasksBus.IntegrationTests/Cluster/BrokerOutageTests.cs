using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using TasksBus.Contracts;
using TasksBus.IntegrationTests.Servers;
using TasksBus.Server.Hosting;
using Xunit;

namespace TasksBus.IntegrationTests.Cluster;

/// <summary>Servers as they ship, whose broker goes away and comes back.</summary>
public sealed class BrokerOutageTests(LocalServers servers) : ClusterTest(servers)
{
    private static readonly HttpClient s_http = new();

    [Fact]
    public async Task While_the_broker_is_away_tasks_are_accepted_and_when_it_is_back_they_run_once_each()
    {
        await using var api = await Cluster.StartServerAsync("api");
        await using var dispatcher = await Cluster.StartServerAsync("dispatcher");
        await using var worker = await Cluster.StartServerAsync("worker");
        await using var service = await OtherService.StartAsync(Cluster.Broker);
        Assert.Equal((HttpStatusCode.OK, "ready"), await ReadyAsync(api));
        await ReachesAsync(worker, HttpStatusCode.OK, "ready");
        var held = Cluster.Invoker.Hold("held");
        var runs = await ScheduleAsync(api, "held");
        await Eventually.TrueAsync(() => Cluster.Invoker.CountOf("held") == 1, "its function runs");

        await Servers.StopRabbitMqAsync();
        List<TaskId> ids = [runs];
        try
        {
            await ReachesAsync(api, HttpStatusCode.OK, "ready, but the broker cannot be reached: tasks are accepted and wait");
            await ReachesAsync(worker, HttpStatusCode.ServiceUnavailable, "the broker cannot be reached");
            for (var i = 0; i < 20; i++)
            {
                ids.Add(await ScheduleAsync(api, "greet"));
            }

            // It takes from no queue, and learns of the outage when it sends.
            await ReachesAsync(dispatcher, HttpStatusCode.ServiceUnavailable, "the broker cannot be reached");

            // Running tasks end and are stored without the broker.
            held.SetResult(ScriptedInvoker.Success);
            await Cluster.ReachesAsync(runs, TaskStates.Complete);
            Assert.Equal(0, Cluster.Invoker.CountOf("greet"));
        }
        finally
        {
            await Servers.StartRabbitMqAsync();
        }

        await Cluster.CompleteAsync(ids);
        await ReachesAsync(api, HttpStatusCode.OK, "ready");
        await ReachesAsync(worker, HttpStatusCode.OK, "ready");
        await ReachesAsync(dispatcher, HttpStatusCode.OK, "ready");
        Assert.Equal(20, Cluster.Invoker.CountOf("greet"));
        await Eventually.TrueAsync(() => ids.All(id => service.Of(id).Count > 0), "every end is heard of");
        Assert.All(ids, id => Assert.Equal("TaskCompleted", service.Of(id).Distinct().Single()));
    }

    private static async Task<TaskId> ScheduleAsync(ServerHost server, string function)
    {
        using var response = await s_http.PostAsJsonAsync($"{server.Urls.First()}/tasks/v1/", new { functionName = function });
        response.EnsureSuccessStatusCode();
        return TaskId.Parse((await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!);
    }

    private static async Task<(HttpStatusCode Status, string Text)> ReadyAsync(ServerHost server)
    {
        using var response = await s_http.GetAsync($"{server.Urls.First()}/health/ready");
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private static Task ReachesAsync(ServerHost server, HttpStatusCode status, string text) =>
        Eventually.TrueAsync(async () => await ReadyAsync(server) == (status, text), $"it says {(int)status} {text}");
}
