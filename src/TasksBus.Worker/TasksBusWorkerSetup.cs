using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TasksBus.Worker.Hosting;
using TasksBus.Worker.Logs;

namespace TasksBus.Worker;

/// <summary>Adds workers to an application.</summary>
public static class TasksBusWorkerSetup
{
    /// <summary>
    /// Adds a worker that runs functions in this process. It starts and stops with the application, whose shutdown timeout becomes long
    /// enough for its drain. What functions log is also the log of their tasks.
    /// </summary>
    /// <param name="services">The services of the application. The worker adds nothing to them that could replace something of
    /// yours.</param>
    /// <param name="configure">Adds the functions, and sets what differs from the defaults.</param>
    /// <exception cref="ArgumentException">There is no function.</exception>
    public static IServiceCollection AddTasksBusWorker(this IServiceCollection services, Action<WorkerBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        WorkerBuilder worker = new();
        configure(worker);
        if (worker.Names.Count == 0)
        {
            throw new ArgumentException("A worker needs a function: worker.AddFunction(\"name\", ...).", nameof(configure));
        }

        services.AddSingleton(worker);
        services.AddSingleton<TaskFunctions>(worker);
        services.TryAddSingleton<WorkersService>();
        if (services.All(static service => service.ServiceType != typeof(WorkersMark)))
        {
            services.AddSingleton<WorkersMark>();
            services.AddHostedService(static provider => provider.GetRequiredService<WorkersService>());
            services.AddOptions<HostOptions>().PostConfigure<IServiceProvider>(WorkerSettings.MakeTimeToDrain);
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<ILoggerProvider, TaskLogProvider>());
        return services;
    }

    /// <summary>Adds a check that says whether the workers of this process take tasks, and why not.</summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="name">The name of the check.</param>
    /// <param name="failureStatus">What the check reports when a worker takes no tasks. Default: unhealthy.</param>
    /// <param name="tags">The tags of the check.</param>
    public static IHealthChecksBuilder AddTasksBusWorker(
        this IHealthChecksBuilder builder, string name = "tasksbus-worker", HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(
            new(name, static services => new WorkersCheck(services.GetRequiredService<WorkersService>()), failureStatus, tags));
    }
}
