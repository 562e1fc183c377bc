using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TasksBus.Dispatch;
using TasksBus.Functions;
using TasksBus.Hosting;
using TasksBus.Intake;
using TasksBus.Server.Hosting;
using TasksBus.Service.Hosting;
using TasksBus.Storage.PostgreSql;

namespace TasksBus.IntegrationTests.Cluster;

/// <summary>What a process of the cluster has, here within this process: the engine with its own connections.</summary>
internal sealed class Member : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly PostgresDatabase _database;

    private Member(IHost host, PostgresDatabase database, ScriptedInvoker invoker, LogBook log) =>
        (_host, _database, Invoker, Log) = (host, database, invoker, log);

    public ScriptedInvoker Invoker { get; }

    public LogBook Log { get; }

    public TaskIntake Intake => _host.Services.GetRequiredService<TaskIntake>();

    public T Get<T>()
        where T : notnull => _host.Services.GetRequiredService<T>();

    public IReleaseSender Releases => _host.Services.GetRequiredService<IReleaseSender>();

    /// <summary>Starts a member, and waits until it takes part.</summary>
    /// <param name="services">Replaces parts of the engine.</param>
    public static async Task<Member> StartAsync(
        string connectionString, Uri broker, Roles roles, ScriptedInvoker invoker, Action<TasksBusOptions>? options,
        Action<IServiceCollection>? services)
    {
        var (builder, log, database) = (Host.CreateApplicationBuilder(), new LogBook(), new PostgresDatabase(connectionString));
        builder.Logging.ClearProviders().AddProvider(log);
        builder.Services.AddSingleton<IFunctionInvoker>(invoker);
        builder.Services.AddOptions<TasksBusOptions>().Configure(options ?? (static _ => { }));
        builder.Services.AddTasksBusCluster(database, broker, roles).AddTriggers();
        services?.Invoke(builder.Services);
        Member member = new(builder.Build(), database, invoker, log);
        await member._host.StartAsync();
        await member._host.Services.GetRequiredService<IBusControl>().WaitForHealthStatus(
            BusHealthStatus.Healthy, TimeSpan.FromSeconds(40));
        if (roles.HasFlag(Roles.Worker))
        {
            await Eventually.TrueAsync(() => log.Of(301).Count > 0, "the worker takes tasks");
        }

        return member;
    }

    public Task StopAsync() => _host.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
        await _database.DisposeAsync();
    }
}
