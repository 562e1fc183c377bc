using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TasksBus.Contracts;
using TasksBus.IntegrationTests.Cluster;
using TasksBus.IntegrationTests.Servers;
using TasksBus.Storage;
using TasksBus.Worker;
using Xunit;

namespace TasksBus.IntegrationTests.DotNet;

/// <summary>A cluster with a server that accepts and releases, and applications of others that run functions of their own.</summary>
public abstract class DotNetTest : ClusterTest, IAsyncLifetime
{
    private protected const string Pool = "shop";

    private readonly List<Application> _applications = [];

    private protected DotNetTest(LocalServers servers)
        : base(servers)
    {
    }

    private protected Member Server { get; private set; } = null!;

    async Task IAsyncLifetime.InitializeAsync()
    {
        await InitializeAsync();
        await StartServerAsync();
    }

    /// <summary>The applications stop before the servers.</summary>
    async Task IAsyncLifetime.DisposeAsync()
    {
        try
        {
            await Task.WhenAll(_applications.Select(static application => application.DisposeAsync().AsTask()));
        }
        finally
        {
            await DisposeAsync();
        }
    }

    private async Task StartServerAsync() => Server = await Cluster.AddAsync(
        Roles.Api | Roles.Dispatcher, static options => options.WorkerLease = TimeSpan.FromSeconds(5));

    /// <summary>Starts an application, and waits until its worker takes tasks.</summary>
    private protected async Task<Application> StartAsync(
        Action<WorkerBuilder> configure, Action<IServiceCollection>? services = null, bool waits = true)
    {
        var application = Build(configure, services);
        await application.Host.StartAsync();
        if (waits)
        {
            await Eventually.TrueAsync(() => application.Log.Of(301).Count > 0, "the worker takes tasks");
        }

        return application;
    }

    private protected Application Build(Action<WorkerBuilder> configure, Action<IServiceCollection>? services = null)
    {
        var (builder, log) = (Host.CreateApplicationBuilder(), new LogBook());
        builder.Logging.ClearProviders().AddProvider(log);
        builder.Services.AddTasksBusWorker(worker =>
        {
            (worker.Database, worker.Broker, worker.Pool) = (Cluster.Database.ConnectionString, Cluster.Broker.Address.ToString(), Pool);
            worker.Settings = static options => options.WorkerLease = TimeSpan.FromSeconds(5);
            configure(worker);
        });
        services?.Invoke(builder.Services);
        Application application = new(builder.Build(), log);
        _applications.Add(application);
        return application;
    }

    private protected async Task<TaskId> ScheduleAsync(string function, object? data = null, long? priority = null) =>
        (await Server.Intake.ScheduleAsync(TaskId.New(), new()
        {
            FunctionName = function,
            Data = data is null ? null : JsonSerializer.SerializeToElement(data, JsonSerializerOptions.Web),
            Priority = priority,
        })).Id;

    private protected async Task<TaskError> FailsAsync(TaskId id) => (await Cluster.ReachesAsync(id, TaskStates.Failed)).Error!;

    private protected async Task<string> LogOfAsync(TaskId id) => (await Cluster.Store.LogAsync(id, default))!.Text;

    /// <summary>An application with a worker.</summary>
    private protected sealed record Application(IHost Host, LogBook Log) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Host.StopAsync();
            await ((IAsyncDisposable)Host).DisposeAsync();
        }
    }
}
