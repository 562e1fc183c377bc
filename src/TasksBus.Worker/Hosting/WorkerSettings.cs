using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TasksBus.RabbitMq;
using TasksBus.Settings;
using TasksBus.Storage.PostgreSql;

namespace TasksBus.Worker.Hosting;

/// <summary>What a worker needs to join its cluster.</summary>
internal sealed record WorkerSettings(string Database, Uri Broker, TasksBusOptions Options)
{
    private const int MaxPoolName = 60;

    /// <summary>The time for what remains when the drain is over, as in a server.</summary>
    private static readonly TimeSpan s_rest = TimeSpan.FromSeconds(15);

    /// <exception cref="WorkerStartException">A setting is missing or not valid.</exception>
    public static WorkerSettings Read(WorkerBuilder worker, IServiceProvider application)
    {
        var configuration = application.GetService<IConfiguration>();
        var database = worker.Database ?? configuration?.GetConnectionString("tasksbus");
        var broker = worker.Broker ?? configuration?.GetConnectionString("rabbitmq");
        if (string.IsNullOrWhiteSpace(database))
        {
            throw new WorkerStartException(
                "The worker needs the PostgreSQL of its cluster: set ConnectionStrings__tasksbus, or Database of the worker.");
        }

        if (string.IsNullOrWhiteSpace(broker))
        {
            throw new WorkerStartException(
                "The worker needs the RabbitMQ of its cluster: set ConnectionStrings__rabbitmq, or Broker of the worker.");
        }

        if (ConnectionText.FaultOf(database) is { } fault)
        {
            throw new WorkerStartException($"The worker's ConnectionStrings__tasksbus {fault}");
        }

        var address = BrokerText.Read(broker, out fault)
            ?? throw new WorkerStartException($"The worker's ConnectionStrings__rabbitmq {fault}");
        var options = OptionsOf(worker, application, configuration);
        var faults = SettingFaults.Of(options, TasksBusOptions.Section).ToList();
        return faults.Count == 0 ? new(database, address, options) : throw new WorkerStartException(string.Join(" ", faults));
    }

    /// <summary>Lets the host wait as long as the longest drain of the application's workers.</summary>
    public static void MakeTimeToDrain(HostOptions host, IServiceProvider application)
    {
        if (application.GetService<NoWorkers>() is not null)
        {
            return;
        }

        foreach (var worker in application.GetServices<WorkerBuilder>())
        {
            MakeTime(host, OptionsOf(worker, application, application.GetService<IConfiguration>()));
        }
    }

    /// <summary>Lets the host wait as long as the drain of an engine, and a little longer.</summary>
    public static void MakeTime(HostOptions host, TasksBusOptions engine)
    {
        var needed = engine.DrainTimeout + s_rest;
        host.ShutdownTimeout = host.ShutdownTimeout > needed ? host.ShutdownTimeout : needed;
    }

    private static TasksBusOptions OptionsOf(WorkerBuilder worker, IServiceProvider application, IConfiguration? configuration)
    {
        var section = configuration?.GetSection(TasksBusOptions.Section);
        TasksBusOptions options = new();
        section?.Bind(options);
        options.Pool = worker.Pool ?? section?[nameof(TasksBusOptions.Pool)]
            ?? PoolOf(application.GetService<IHostEnvironment>()?.ApplicationName ?? "");
        options.WorkerSlots = worker.Slots ?? options.WorkerSlots;
        worker.Settings?.Invoke(options);
        return options;
    }

    /// <summary>The pool of an application that sets none: its name, such as <c>shop-worker</c> for Shop.Worker.</summary>
    internal static string PoolOf(string application)
    {
        var letters = application.Select(static c => char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : '-').Take(MaxPoolName);
        return new string([.. letters]).Trim('-') is { Length: > 0 } pool ? pool : "dotnet";
    }
}
