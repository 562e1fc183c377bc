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
    /// are added to the result work for it. Redirects are not followed, because they may turn a POST into a GET.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options. The address is required.</param>
    /// <exception cref="InvalidOperationException">There is a client already. A service has one, for one server.</exception>
    public static IHttpClientBuilder AddTasksBusClient(this IServiceCollection services, Action<TasksBusClientOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        if (services.Any(static service => service.ServiceType == typeof(ApiCalls)))
        {
            throw new InvalidOperationException(
                "There is a client of TasksBus already, and a service has one, for one server. Change its options with "
                    + "services.Configure<TasksBusClientOptions>(...).");
        }

        services.AddOptions<TasksBusClientOptions>().Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<TasksBusClientOptions>, OptionsCheck>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ApiCalls>();
        services.TryAddSingleton<ITasksBusClient, TasksBusClient>();
        // Each try has a time limit of its own.
        return services.AddHttpClient(ApiCalls.ClientName, static client => client.Timeout = Timeout.InfiniteTimeSpan)
            .ConfigurePrimaryHttpMessageHandler(static (handler, _) => FollowNoRedirects(handler));
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

    /// <summary>The handler may be one that the application's own defaults made.</summary>
    private static void FollowNoRedirects(HttpMessageHandler handler)
    {
        switch (handler)
        {
            case SocketsHttpHandler { AllowAutoRedirect: true } sockets:
                sockets.AllowAutoRedirect = false;
                break;
            case HttpClientHandler { AllowAutoRedirect: true } client:
                client.AllowAutoRedirect = false;
                break;
            default:
                // It follows none, or it is of a kind that only its maker knows. Then the answers show that nothing was stored.
                break;
        }
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
