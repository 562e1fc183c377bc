using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Npgsql;
using TasksBus.AspNetCore;
using TasksBus.Contracts;
using TasksBus.IntegrationTests.Cluster;
using TasksBus.IntegrationTests.Servers;
using TasksBus.Worker;
using Xunit;

namespace TasksBus.IntegrationTests.DotNet;

/// <summary>ASP.NET Core applications with the whole service in them, as members of a real cluster.</summary>
public sealed class EmbeddedTests(LocalServers servers) : ClusterTest(servers)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Applications_share_the_work_and_go_on_when_one_of_them_stops()
    {
        ConcurrentQueue<string> runs = [];
        await using var first = await StartAsync("first", runs);
        await using var second = await StartAsync("second", runs);
        var client = ClientOf(second);

        var ids = await client.ScheduleManyAsync([.. Enumerable.Range(0, 100).Select(n => client.NewTask("note", new { n }))]);
        foreach (var id in ids)
        {
            Assert.Equal(TaskStates.Complete, (await client.WaitAsync(id, s_patience)).Status);
        }

        Assert.Equal(100, runs.Count);
        Assert.Equal(["first", "second"], runs.Distinct().Order());

        await first.StopAsync();
        Assert.Equal(TaskStates.Complete, (await client.ScheduleAndWaitAsync("note", new { n = 100 }, s_patience)).Status);
        Assert.Equal("second", runs.Last());
    }

    [Fact]
    public async Task An_application_may_be_an_api_alone_and_a_worker_of_its_own_runs_the_functions()
    {
        ConcurrentQueue<string> runs = [];
        await using var server = await StartAsync("server", runs);
        await using var api = await StartAsync("api", runs, roles: "api");

        Assert.Equal(TaskStates.Complete, (await ClientOf(api).ScheduleAndWaitAsync("note", new { n = 1 }, s_patience)).Status);
        Assert.Equal(["server"], runs);
        var refused = await Assert.ThrowsAsync<TaskRefusedException>(() => ClientOf(api).ScheduleAsync("no name", new { }));
        Assert.Equal(ErrorCode.FieldFormat, refused.Code);
    }

    [Fact]
    public async Task While_the_database_is_away_the_application_runs_and_says_so()
    {
        await using Network network = new(new($"tcp://{Settings.Host}:{Settings.Port}"));
        network.Cut();
        await using var app = await StartAsync("late", [], database: new NpgsqlConnectionStringBuilder(Cluster.Database.ConnectionString)
        {
            Host = "127.0.0.1",
            Port = network.Address.Port,
        }.ToString());
        using HttpClient http = new() { BaseAddress = new(app.Urls.Single()) };
        var checks = app.Services.GetRequiredService<HealthCheckService>();

        await Assert.ThrowsAsync<TasksBusUnavailableException>(() => ClientOf(app).ScheduleAsync("note", new { n = 1 }));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await http.GetAsync(new Uri("/tasks/tasks/v1/", UriKind.Relative))).StatusCode);
        Assert.Equal("mine", await http.GetStringAsync(new Uri("/own", UriKind.Relative)));
        Assert.Contains(
            "waits for its database", (await checks.CheckHealthAsync()).Entries["tasksbus"].Description, StringComparison.Ordinal);

        network.Mend();
        await Eventually.TrueAsync(async () => (await checks.CheckHealthAsync()).Status == HealthStatus.Healthy, "it takes tasks");
        Assert.Equal(TaskStates.Complete, (await ClientOf(app).ScheduleAndWaitAsync("note", new { n = 1 }, s_patience)).Status);
    }

    [Fact]
    public async Task An_application_whose_function_has_another_pool_does_not_start()
    {
        await Cluster.Database.ExecuteAsync("insert into function_pools values ('note', 'gpu')");

        var refusal = await Assert.ThrowsAsync<WorkerStartException>(() => StartAsync("other", []));

        Assert.Contains("'gpu'", refusal.Message, StringComparison.Ordinal);
    }

    private NpgsqlConnectionStringBuilder Settings => new(Cluster.Database.ConnectionString);

    private static ITaskClient ClientOf(WebApplication app) => app.Services.GetRequiredService<ITaskClient>();

    /// <summary>Starts an application whose function <c>note</c> notes who ran it.</summary>
    private async Task<WebApplication> StartAsync(
        string name, ConcurrentQueue<string> runs, string roles = "api,dispatcher,worker", string? database = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ApplicationName = "Shop" });
        builder.Logging.ClearProviders();
        builder.Services.AddHealthChecks().AddTasksBus();
        builder.Services.AddTasksBus(tasks =>
        {
            (tasks.Database, tasks.Broker) = (database ?? Cluster.Database.ConnectionString, Cluster.Broker.Address.ToString());
            tasks.Slots = 2;
            tasks.Settings = options =>
            {
                options.Roles = roles;
                options.WorkerLease = TimeSpan.FromSeconds(5);
            };
            if (roles.Contains("worker", StringComparison.Ordinal))
            {
                tasks.AddFunction("note", async (_, cancellationToken) =>
                {
                    await Task.Delay(20, cancellationToken);
                    runs.Enqueue(name);
                });
            }
        });
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapTasksBus("/tasks");
        app.MapGet("/own", static () => "mine");
        try
        {
            await app.StartAsync();
            return app;
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }
}
