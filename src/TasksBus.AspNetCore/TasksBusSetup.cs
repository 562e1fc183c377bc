using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using TasksBus.AspNetCore.Hosting;
using TasksBus.Contracts;
using TasksBus.Worker;
using TasksBus.Worker.Logs;

namespace TasksBus.AspNetCore;

/// <summary>Puts TasksBus into an ASP.NET Core application.</summary>
public static class TasksBusSetup
{
    /// <summary>
    /// Adds the whole service: it accepts tasks, starts them at their time, runs their functions, and keeps them in SQLite or in the
    /// cluster's PostgreSQL. It starts before the application's own services and stops after them. The application schedules tasks with
    /// <see cref="ITaskClient"/>. <see cref="MapTasksBus"/> serves the HTTP API.
    /// </summary>
    /// <param name="services">The services of the application. TasksBus has a container of its own. It replaces nothing here.</param>
    /// <param name="configure">Adds the functions, and sets what differs from the defaults. Without functions, tasks are run by AWS Lambda
    /// (<c>TasksBus:Lambda</c>).</param>
    /// <exception cref="InvalidOperationException">TasksBus is there already.</exception>
    public static IServiceCollection AddTasksBus(this IServiceCollection services, Action<TasksBusBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        if (services.Any(static service => service.ServiceType == typeof(TasksBusBuilder)))
        {
            throw new InvalidOperationException("TasksBus is in this application already. Add all functions in one call of AddTasksBus.");
        }

        TasksBusBuilder tasks = new();
        configure(tasks);
        services.AddSingleton(tasks);
        services.AddSingleton<TaskFunctions>(tasks);
        services.AddSingleton<EmbeddedService>();
        services.AddSingleton<EmbeddedApi>();
        services.AddHostedService(static provider => provider.GetRequiredService<EmbeddedService>());
        services.AddOptions<HostOptions>().PostConfigure<IServiceProvider>(EmbeddedSettings.MakeTimeToDrain);
        services.TryAddSingleton<ITaskClient>(static provider => provider.GetRequiredService<EmbeddedService>().Client);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ILoggerProvider, TaskLogProvider>());
        return services;
    }

    /// <summary>
    /// Serves the HTTP API below a path: with the prefix <c>/tasks</c>, tasks are at <c>/tasks/tasks/v1/</c> and the description of the API
    /// is at <c>/tasks/docs</c>. This is also the address that clients get: <c>https://HOST/tasks</c>.
    /// </summary>
    /// <remarks>
    /// Who may call is decided in one of three ways. With <c>MapTasksBus().RequireAuthorization()</c> the application decides, by any of
    /// its policies. Otherwise API keys or tokens do, if the section <c>TasksBus</c> has some, as in a server. Otherwise anyone may call
    /// from this machine; an application that listens beyond it then does not start.
    /// </remarks>
    /// <param name="endpoints">The endpoints of the application, or a group of them.</param>
    /// <param name="prefix">The path. It may have several segments, and parameters.</param>
    /// <exception cref="InvalidOperationException"><c>AddTasksBus</c> was not called.</exception>
    public static IEndpointConventionBuilder MapTasksBus(this IEndpointRouteBuilder endpoints, string prefix = "/tasksbus")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(prefix);
        var api = endpoints.ServiceProvider.GetService<EmbeddedApi>()
            ?? throw new InvalidOperationException("Call builder.Services.AddTasksBus(...) before MapTasksBus.");
        return endpoints.Map($"{prefix.TrimEnd('/')}/{{**tasksbus}}", api.AnswerAsync)
            .WithDisplayName("TasksBus").WithMetadata(TasksBusEndpoint.It).ExcludeFromDescription();
    }

    /// <summary>Adds a check that says whether TasksBus does its work in this process, and why not.</summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="name">The name of the check.</param>
    /// <param name="failureStatus">What the check reports when it does not. Default: unhealthy.</param>
    /// <param name="tags">The tags of the check.</param>
    public static IHealthChecksBuilder AddTasksBus(
        this IHealthChecksBuilder builder, string name = "tasksbus", HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(
            new(name, static services => new EmbeddedCheck(services.GetRequiredService<EmbeddedService>()), failureStatus, tags));
    }
}
