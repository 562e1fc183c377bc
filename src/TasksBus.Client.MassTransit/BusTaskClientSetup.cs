using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using TasksBus.Client.MassTransit.Waiting;

namespace TasksBus.Client.MassTransit;

/// <summary>Adds the client to a service that has a bus.</summary>
public static class BusTaskClientSetup
{
    /// <summary>
    /// Adds <see cref="ITaskPublisher"/>, which sends within the scope of its user, and <see cref="IBusTaskClient"/>, whose calls are
    /// answered. They use the bus that is set up here, whatever its transport is.
    /// </summary>
    /// <param name="bus">The bus, as <c>AddMassTransit</c> gives it.</param>
    /// <param name="configure">Sets the options. None is required.</param>
    /// <exception cref="NotSupportedException">The bus is one of several (<c>AddMassTransit&lt;TBus&gt;</c>), and not the default
    /// one.</exception>
    public static void AddTasksBusClient(this IBusRegistrationConfigurator bus, Action<BusTaskClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(bus);
        if (bus.GetType().GetInterfaces().FirstOrDefault(static one =>
            one.IsGenericType && one.GetGenericTypeDefinition() == typeof(IBusRegistrationConfigurator<>)) is { } other)
        {
            throw new NotSupportedException(
                $"The client of TasksBus uses the default bus, and this is {other.GetGenericArguments()[0].Name}. Add the client in "
                    + "AddMassTransit(...) without a type, or use ITasksBusClient, which needs no bus.");
        }

        IServiceCollection services = bus;
        services.AddOptions<BusTaskClientOptions>().Configure(configure ?? (static _ => { })).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<BusTaskClientOptions>, BusOptionsCheck>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<BusTries>();
        services.TryAddSingleton<BusRequests>();
        services.TryAddSingleton<EndListener>();
        services.TryAddSingleton<IBusTaskClient, BusTaskClient>();
        services.TryAddScoped<ITaskPublisher, TaskPublisher>();
    }

    /// <summary>Adds a check that asks over the bus whether TasksBus answers, within 5 seconds.</summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="name">The name of the check.</param>
    /// <param name="failureStatus">What the check reports when no answer comes. Default: unhealthy.</param>
    /// <param name="tags">The tags of the check.</param>
    public static IHealthChecksBuilder AddTasksBusOverBus(
        this IHealthChecksBuilder builder, string name = "tasksbus-over-bus", HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(
            new(name, static services => new BusCheck(services.GetRequiredService<BusRequests>()), failureStatus, tags));
    }

    private sealed class BusCheck(BusRequests requests) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(
            HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            var (answers, text) = await requests.AskReadyAsync(cancellationToken).ConfigureAwait(false);
            return new(answers ? HealthStatus.Healthy : context.Registration.FailureStatus, text);
        }
    }
}
