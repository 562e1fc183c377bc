using TasksBus.Lambda;

namespace TasksBus.Service.Hosting;

/// <summary>Functions in AWS Lambda, or at an endpoint that is compatible with it.</summary>
public static class LambdaSetup
{
    /// <summary>Returns true when the settings name a region or an endpoint.</summary>
    public static bool IsLambdaSet(this IConfiguration configuration) =>
        Section(configuration) is var lambda && (lambda["Endpoint"] ?? lambda["Region"]) is not null;

    /// <summary>Adds the invoker, with as many connections as the process may run functions at once.</summary>
    public static IServiceCollection AddLambda(this IServiceCollection services, IConfiguration configuration, TasksBusOptions options)
    {
        services.AddLambdaInvoker().Bind(Section(configuration))
            .PostConfigure(invoker =>
            {
                // An invalid number is refused, not replaced by a valid one.
                if (invoker.MaxConnections > 0)
                {
                    var atOnce = options.WorkerSlots + options.MaxDirectExecutions + options.MaxApiRequests;
                    invoker.MaxConnections = Math.Max(invoker.MaxConnections, atOnce + 100);
                }
            });
        return services;
    }

    private static IConfigurationSection Section(IConfiguration configuration) =>
        configuration.GetSection(TasksBusOptions.Section).GetSection("Lambda");
}
