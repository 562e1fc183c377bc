using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using TasksBus.Client.Http;

namespace TasksBus.Client;

/// <summary>Adds the client to a service.</summary>
public static class TasksBusClientSetup
{
    /// <summary>
    /// Adds <see cref="ITasksBusClient"/>. Its requests go through the HttpClient of the same name, so tracing, logging and handlers that
    /// are added to the result work for it.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options. The address is required.</param>
    public static IHttpClientBuilder AddTasksBusClient(this IServiceCollection services, Action<TasksBusClientOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<TasksBusClientOptions>().Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<TasksBusClientOptions>, OptionsCheck>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ApiCalls>();
        services.TryAddSingleton<ITasksBusClient, TasksBusClient>();
        // Each try has a time limit of its own.
        return services.AddHttpClient(ApiCalls.ClientName, static client => client.Timeout = Timeout.InfiniteTimeSpan);
    }

    /// <summary>Adds a check that asks the server whether it can do its work.</summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="name">The name of the check.</param>
    /// <param name="failureStatus">What the check reports when the server cannot do its work. Default: unhealthy.</param>
    /// <param name="tags">The tags of the check.</param>
    public static IHealthChecksBuilder AddTasksBusClient(
        this IHealthChecksBuilder builder, string name = "tasksbus", HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(
            new(name, static services => new ServerCheck(services.GetRequiredService<ApiCalls>()), failureStatus, tags));
    }

    private sealed class ServerCheck(ApiCalls calls) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(
            HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            var (isReady, text) = await calls.AskReadyAsync(cancellationToken);
            return new(isReady ? HealthStatus.Healthy : context.Registration.FailureStatus, text);
        }
    }
}
